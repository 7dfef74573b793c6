"""PostgreSQL and Kafka in a temporary home folder, on ports that no other program uses."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.kafka import create_topics
from livelihood.kafka.clients import credentials_folder
from livelihood.settings import Settings

TOKEN_KEY = "a key for tests, 32 bytes or more"


@dataclass(frozen=True)
class Servers:
    """A running PostgreSQL and Kafka, and the settings that lead to them."""

    settings: Settings
    postgres: PostgresServer
    kafka: KafkaServer


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 on which no program listens, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def isolated_settings(**changes: Any) -> Iterator[Settings]:
    """Yield settings with an empty home folder and free ports. The folder is deleted afterwards.

    Every other setting has its default, or the value in `changes`: neither environment variables
    nor an .env file count.
    """
    ports = ("kafka_port", "kafka_controller_port", "airflow_port")
    values = {
        name: field.get_default(call_default_factory=True)
        for name, field in Settings.model_fields.items()
    }
    values |= dict(zip(ports, free_ports(len(ports)), strict=True)) | {"token_key": TOKEN_KEY}
    # Each test has a warehouse of its own, which counts as external.
    values["register_sources"] = "first_use"
    with tempfile.TemporaryDirectory(prefix="livelihood-", ignore_cleanup_errors=True) as home:
        values["home"] = Path(home)
        yield Settings(_env_file=None, **(values | changes))


def move_home(settings: Settings, home: Path) -> Settings:
    """Return settings with another home folder, for a process that uses the same Kafka."""
    link = credentials_folder(home)
    if not link.exists():
        home.mkdir(parents=True, exist_ok=True)
        link.symlink_to(credentials_folder(settings.home).resolve(), target_is_directory=True)
    return settings.model_copy(update={"home": home})


@contextmanager
def running_servers(
    kafka_type: type[KafkaServer] = KafkaServer,
    **changes: Any,
) -> Iterator[Servers]:
    """Start PostgreSQL and Kafka with isolated settings and all topics. Stop them afterwards."""
    with (
        isolated_settings(**changes) as settings,
        PostgresServer(settings) as postgres,
        kafka_type(settings) as kafka,
    ):
        create_topics(settings)
        yield Servers(settings, postgres, kafka)
