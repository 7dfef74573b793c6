"""Ways into the embedded Kafka: without a password, in another role, past its files, by size."""

from __future__ import annotations

import shutil
import socket
import stat
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource
from kafka import KafkaAdminClient
from kafka import TopicPartition as KafkaPythonPartition

from infra.local.kafka import KafkaServer
from infra.local.kafka_users import BROKER, read_password
from livelihood.contracts import Contract, load_contract
from livelihood.errors import BrokerUnavailable
from livelihood.kafka import create_topics, topic_states
from livelihood.kafka.admin import admin_client
from livelihood.kafka.clients import (
    ROLES,
    Connection,
    Role,
    connection,
    credentials_folder,
    librdkafka_settings,
)
from livelihood.settings import Settings
from testkit.message_factory import message
from testkit.topics import send, send_zeros

STREAM = "training"
TOPIC = load_contract(STREAM).topic
SECONDS = 5.0
# Code and version of the request for metadata in Kafka's protocol.
METADATA_REQUEST, METADATA_VERSION = 3, 12
GROUP_REFUSED = KafkaError.GROUP_AUTHORIZATION_FAILED
REFUSED = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED}


class Foreign(NamedTuple):
    """A topic on which no role has a right."""

    name: str = "foreign"
    topic: str = "foreign.topic"


@pytest.fixture
def topics(settings: Settings, kafka: KafkaServer) -> Settings:
    """Settings of the shared Kafka with all topics."""
    create_topics(settings)
    return settings


def quiet(properties: dict[str, Any]) -> dict[str, Any]:
    return {**properties, "log_level": 0, "error_cb": lambda error: None}


def anonymous(settings: Settings) -> dict[str, Any]:
    return quiet(Connection(settings.bootstrap_servers).librdkafka())


def guessed(settings: Settings) -> dict[str, Any]:
    admin = connection(settings, "admin")
    return quiet(
        Connection(
            settings.bootstrap_servers,
            admin.security_protocol,
            admin.mechanism,
            admin.username,
            "a guess",
        ).librdkafka()
    )


def produce(properties: dict[str, Any]) -> None:
    errors: list[KafkaError | None] = []
    producer = Producer({**properties, "message.timeout.ms": int(SECONDS * 1000)})
    producer.produce(TOPIC, b"{}", on_delivery=lambda error, _: errors.append(error))
    producer.flush(SECONDS * 2)
    raise_first([error for error in errors if error is not None])
    assert errors, "neither accepted nor refused"


def consume(properties: dict[str, Any]) -> None:
    consumer = Consumer(
        {**properties, "group.id": "livelihood-attack", "auto.offset.reset": "earliest"}
    )
    try:
        consumer.assign([TopicPartition(TOPIC, 0, 0)])
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            received = consumer.poll(0.5)
            error = received.error() if received else None
            # Refused the group, it reads nevertheless: only the topic counts.
            if received and (error is None or error.code() != GROUP_REFUSED):
                raise_first([error] if error else [])
                return
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
    finally:
        consumer.close()


def raise_first(errors: list[KafkaError]) -> None:
    for error in errors:
        raise KafkaException(error)


def describe(properties: dict[str, Any]) -> None:
    metadata = AdminClient(properties).list_topics(TOPIC, timeout=SECONDS)
    raise_first([e for e in [metadata.topics[TOPIC].error] if e is not None])


def delete(properties: dict[str, Any]) -> None:
    client = AdminClient(properties)
    for future in client.delete_topics([TOPIC], request_timeout=SECONDS).values():
        future.result(SECONDS * 2)


def alter(properties: dict[str, Any]) -> None:
    resource = ConfigResource(ConfigResource.Type.TOPIC, TOPIC, set_config={"retention.ms": "1"})
    client = AdminClient(properties)
    for future in client.alter_configs([resource], request_timeout=SECONDS).values():
        future.result(SECONDS * 2)


@pytest.mark.parametrize("log_in", [anonymous, guessed])
@pytest.mark.parametrize("attempt", [produce, consume, describe, delete])
def test_client_without_the_password_is_refused(
    topics: Settings,
    log_in: Callable[[Settings], dict[str, Any]],
    attempt: Callable[[dict[str, Any]], None],
) -> None:
    before = topic_states(topics, [load_contract(STREAM)])
    with pytest.raises(KafkaException):
        attempt(log_in(topics))
    assert topic_states(topics, [load_contract(STREAM)]) == before


@pytest.mark.parametrize(
    ("role", "attempt"),
    [
        ("producer", consume),
        ("producer", delete),
        ("producer", alter),
        ("loader", produce),
        ("loader", delete),
        ("loader", alter),
        ("monitor", consume),
        ("monitor", produce),
    ],
)
def test_role_can_do_only_its_own_work(
    topics: Settings, role: Role, attempt: Callable[[dict[str, Any]], None]
) -> None:
    # One record, so that a permitted reader would receive it.
    send(topics, STREAM, [message(STREAM)], partition=0)
    with pytest.raises(KafkaException) as refusal:
        attempt(quiet(librdkafka_settings(topics, role)))
    assert refusal.value.args[0].code() in REFUSED


def test_each_role_can_do_its_work(topics: Settings) -> None:
    produce(librdkafka_settings(topics, "producer"))
    send(topics, STREAM, [message(STREAM)], partition=0)
    consume(librdkafka_settings(topics, "loader"))
    for role in ("producer", "loader", "monitor"):
        describe(librdkafka_settings(topics, role))


def test_refused_role_is_a_clear_error_without_the_password(
    topics: Settings, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(credentials_folder(topics.home), credentials_folder(home))
    (credentials_folder(home) / "loader").write_text("replaced")
    with pytest.raises(BrokerUnavailable, match="refused the loader") as refusal:
        topic_states(topics.model_copy(update={"home": home}), [load_contract(STREAM)])
    assert "replaced" not in str(refusal.value)
    with pytest.raises(BrokerUnavailable, match="livelihood up"):
        topic_states(topics.model_copy(update={"home": home / "other"}), [load_contract(STREAM)])


def test_controller_answers_no_anonymous_request(topics: Settings) -> None:
    """Ask for metadata without a log-in: the controller closes the connection."""
    request = struct.pack("!hhih", METADATA_REQUEST, METADATA_VERSION, 1, -1) + b"\0\0\0\0\0"
    with socket.create_connection(("127.0.0.1", topics.kafka_controller_port), SECONDS) as probe:
        probe.sendall(struct.pack("!i", len(request)) + request)
        probe.settimeout(SECONDS)
        try:
            answer = probe.recv(1024)
        except ConnectionResetError:
            answer = b""
    assert answer == b""


def test_files_of_kafka_are_closed_to_other_accounts(topics: Settings, kafka: KafkaServer) -> None:
    folders = [topics.home, kafka.data_path, credentials_folder(topics.home)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    secrets = [kafka.properties_path, *credentials_folder(topics.home).iterdir()]
    assert len(secrets) == 2 + len(ROLES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}


def test_no_password_in_command_line_environment_or_log(
    topics: Settings, kafka: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = [read_password(topics.home, role) for role in (BROKER, *ROLES)]
    process = kafka.process()
    assert process is not None
    visible = [*process.cmdline(), *process.environ().values(), kafka.log_path.read_text()]
    visible.append(repr(connection(topics, "admin")))
    assert [text for text in visible if any(password in text for password in passwords)] == []
    monkeypatch.setenv("LIVELIHOOD_TOKEN_KEY", "the key of the tokens")
    assert "LIVELIHOOD_TOKEN_KEY" not in kafka.environment()


def test_compressed_zeros_do_not_stop_the_broker(topics: Settings, kafka: KafkaServer) -> None:
    """Send a record that expands to more than Kafka's memory; other topics continue."""
    process, partition = kafka.process(), 5
    try:
        assert send_zeros(topics, TOPIC, "zstd", partition)
        assert send(topics, "employment", [message("employment")]) == 1
        assert kafka.process() == process, "it was restarted"
    finally:
        # No later test shall read it; -1 is the end of the partition.
        with admin_client(topics) as client:
            client.delete_records({KafkaPythonPartition(TOPIC, partition): -1})


def test_a_topic_that_may_not_be_described_is_not_taken_for_missing(topics: Settings) -> None:
    with pytest.raises(BrokerUnavailable, match=r"refused the loader .*Authorization"):
        topic_states(topics, [cast(Contract, Foreign())])
    assert topic_states(topics, [cast(Contract, Foreign())], role="admin") == {}


def test_rights_are_applied_once_the_topics_are_created(
    topics: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grant to a broker that learns of the rights late: create_topics waits for it."""
    described: list[int] = []
    original = KafkaAdminClient.describe_acls

    def late(client: KafkaAdminClient, which: Any) -> Any:
        found, error = original(client, which)
        described.append(len(found))
        return (found[:-1] if len(described) < 3 else found), error

    monkeypatch.setattr(KafkaAdminClient, "describe_acls", late)
    create_topics(topics)
    assert len(described) == 3
