"""The embedded servers: they start, outlive their starter, stop, crash and restart."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from typing import Any

import psycopg
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from infra.local.environment import process_environment
from infra.local.errors import LocalServerError
from infra.local.kafka import KafkaServer
from infra.local.kafka_users import answers
from infra.local.ports import answers_on_port
from infra.local.postgres import PostgresServer
from infra.local.process import LocalServer
from infra.local.process_tree import is_alive
from livelihood.kafka.clients import Connection, librdkafka_settings
from livelihood.settings import Settings


def tables(settings: Settings) -> list[str]:
    query = "select table_name from information_schema.tables where table_schema = 'public'"
    with psycopg.connect(settings.database_url()) as connection:
        return [row[0] for row in connection.execute(query)]


def test_postgres_preserves_commits_across_stop_and_crash(new_settings: Settings) -> None:
    with PostgresServer(new_settings) as server:
        with psycopg.connect(new_settings.database_url()) as connection:
            connection.execute("create table committed (id int)")
        server.stop()
        assert not server.is_running
        server.start()
        server.kill()
        assert not server.is_running
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(new_settings.database_url())
        server.start()
        assert tables(new_settings) == ["committed"]
    assert not server.is_running


def test_postgres_starts_after_its_parent_process_was_killed(new_settings: Settings) -> None:
    """Kill only the first process, like the kernel when memory runs out."""
    with PostgresServer(new_settings) as server:
        url = new_settings.database_url()
        busy = psycopg.connect(url)
        busy.pgconn.send_query(b"select count(*) from generate_series(1, 1000000000)")
        process = server.process()
        assert process is not None
        process.kill()
        while is_alive(process):
            time.sleep(0.01)
        server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError):
            busy.execute("select 1")


def test_postgres_answers_only_on_its_socket(postgres: PostgresServer, settings: Settings) -> None:
    with psycopg.connect(settings.database_url("airflow")) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)
        assert connection.execute("show jit").fetchone() == ("off",)
    assert settings.socket_directory.stat().st_mode & 0o777 == 0o700


def test_role_without_password_logs_in_over_the_socket(
    postgres: PostgresServer, settings: Settings
) -> None:
    with psycopg.connect(settings.database_url(), autocommit=True) as connection:
        connection.execute("create role visitor login")
    try:
        with psycopg.connect(settings.database_url(), user="visitor") as connection:
            assert connection.execute("select current_user").fetchone() == ("visitor",)
    finally:
        with psycopg.connect(settings.database_url(), autocommit=True) as connection:
            connection.execute("drop role visitor")


def test_kafka_preserves_acknowledged_records_across_stop_and_crash(new_settings: Settings) -> None:
    with KafkaServer(new_settings) as server:
        create_topic(server, "durable")
        send(server, "durable", b"one")
        server.stop()
        server.start()
        send(server, "durable", b"two")
        server.kill()
        assert not server.is_running
        server.start()
        assert read(server, "durable", 2) == [b"one", b"two"]


class PlaintextKafka(KafkaServer):
    """The Kafka of version 0.1.0: no log-in, and folders that every account can enter."""

    def prepare(self) -> None:
        """Write the configuration of 0.1.0 and format the data folder with it."""
        self.data_path.mkdir(parents=True)
        self.data_path.chmod(0o755)
        self.home.chmod(0o755)
        client = f"PLAINTEXT://{self.address}"
        controller = f"127.0.0.1:{self.settings.kafka_controller_port}"
        self.properties_path.write_text(
            "node.id=1\nprocess.roles=broker,controller\n"
            "controller.listener.names=CONTROLLER\ninter.broker.listener.name=PLAINTEXT\n"
            "auto.create.topics.enable=false\noffsets.topic.replication.factor=1\n"
            f"listeners={client},CONTROLLER://{controller}\nadvertised.listeners={client}\n"
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
            f"controller.quorum.voters=1@{controller}\nlog.dirs={self.data_path}\n"
        )
        self._format(self.properties_path)

    def is_ready(self) -> bool:
        """Return whether it answers a client that does not log in."""
        return answers_on_port(self.settings.kafka_port) and answers(Connection(self.address))

    def after_start(self) -> None:
        """Do nothing: it has no users."""


def test_home_of_an_earlier_version_gets_passwords_and_keeps_its_records(
    new_settings: Settings,
) -> None:
    with PlaintextKafka(new_settings) as old:
        anonymous = Connection(old.address).librdkafka()
        create_topic(old, "earlier", anonymous)
        send(old, "earlier", b"one", anonymous)
        with pytest.raises(LocalServerError, match="livelihood down"):
            KafkaServer(new_settings).start()
    with KafkaServer(new_settings) as server:
        send(server, "earlier", b"two")
        assert read(server, "earlier", 2) == [b"one", b"two"]
        assert not answers(Connection(server.address))
        assert stat.S_IMODE(server.data_path.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.home.stat().st_mode) == 0o700


def test_kafka_creates_no_topic_automatically_and_accepts_two_megabytes(
    kafka: KafkaServer,
) -> None:
    assert "unknown.topic" not in AdminClient(config(kafka)).list_topics(timeout=10).topics
    create_topic(kafka, "large")
    send(kafka, "large", b"x" * 2_000_000)
    assert len(read(kafka, "large", 1)[0]) == 2_000_000


@pytest.mark.parametrize("kind", [PostgresServer, KafkaServer])
def test_server_outlives_its_starter_and_is_adopted(
    kind: type[LocalServer], new_settings: Settings
) -> None:
    program = (
        f"from {kind.__module__} import {kind.__name__} as Server\n"
        "from livelihood.settings import get_settings\n"
        "Server(get_settings()).start()\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], env=process_environment(new_settings), check=True
    )
    owner = kind(new_settings)
    try:
        pid = owner.status().pid
        assert pid is not None
        with kind(new_settings) as adopter:
            assert adopter.was_running
            assert adopter.status().pid == pid
        assert owner.is_running, "adopting a server must not stop it"
    finally:
        owner.stop()
    assert not owner.is_running


def test_port_in_use_names_the_setting_to_change(
    kafka: KafkaServer, new_settings: Settings
) -> None:
    same_port = new_settings.model_copy(update={"kafka_port": kafka.settings.kafka_port})
    with pytest.raises(LocalServerError, match="set LIVELIHOOD_KAFKA_PORT to a free port"):
        KafkaServer(same_port).start()


def test_error_of_an_exited_server_contains_the_reason(
    new_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = PostgresServer(new_settings)
    invalid_command = [*server.command(), "--no-such-setting=1"]
    monkeypatch.setattr(server, "command", lambda: invalid_command)
    began = time.monotonic()
    with pytest.raises(LocalServerError, match="no_such_setting"):
        server.start()
    assert time.monotonic() - began < server.start_seconds / 2


def config(server: KafkaServer) -> dict[str, Any]:
    return librdkafka_settings(server.settings, "admin")


def create_topic(server: KafkaServer, topic: str, properties: dict[str, Any] | None = None) -> None:
    admin = AdminClient(properties or config(server))
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(timeout=20)


def send(
    server: KafkaServer, topic: str, value: bytes, properties: dict[str, Any] | None = None
) -> None:
    log_in = properties or config(server)
    producer = Producer({**log_in, "acks": "all", "message.max.bytes": 4_000_000})
    producer.produce(topic, value)
    assert producer.flush(20) == 0


def read(server: KafkaServer, topic: str, count: int) -> list[bytes]:
    consumer = Consumer({**config(server), "group.id": "test"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values: list[bytes] = []
    deadline = time.monotonic() + 30
    while len(values) < count and time.monotonic() < deadline:
        message = consumer.poll(1.0)
        if message is not None and message.error() is None:
            values.append(message.value())
    consumer.close()
    return values
