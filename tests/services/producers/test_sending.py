"""Sending to a real Kafka: all acknowledged, keyed, in order, resumed, refused with reasons."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from kafka.partitioner.default import murmur2

from infra.local.kafka import KafkaServer
from livelihood.errors import BrokerUnavailable, LivelihoodError
from livelihood.kafka import create_topics
from livelihood.settings import Settings
from producers.errors import SendFailed
from producers.importing import import_source, require_topic
from producers.sender import Sender
from producers.sources.file import FileSource
from producers.sources.mapping import plain_mapping
from producers.writer import MAX_REQUEST_BYTES
from testkit.raw_rows import wage_rows
from tests.services.producers.topic_tail import WAGES, TopicTail


@pytest.fixture
def tail(settings: Settings, kafka: KafkaServer) -> TopicTail:
    create_topics(settings)
    return TopicTail(settings)


def test_every_row_arrives_once_under_its_person(settings: Settings, tail: TopicTail) -> None:
    report = Sender(settings, "wage_payment").send([wage_rows(30_000), wage_rows(0)])
    assert (report.sent, report.rejected, report.rejects_path) == (30_000, 0, None)
    messages = tail.messages()
    documents = [json.loads(value or b"") for _, _, value in messages]
    assert {d["record_id"] for d in documents} == {f"w:{n}" for n in range(30_000)}
    assert len(messages) == 30_000
    for (partition, key, _), document in zip(messages, documents, strict=True):
        assert key == document["person_token"].encode()
        assert partition == (murmur2(key) & 0x7FFFFFFF) % WAGES.partitions
    by_person: dict[str, list[int]] = {}
    for document in documents:
        number = int(document["record_id"].removeprefix("w:"))
        by_person.setdefault(document["person_token"], []).append(number)
    assert all(numbers == sorted(numbers) for numbers in by_person.values())


def test_raw_messages_pass_unchanged(settings: Settings, tail: TopicTail) -> None:
    raw = [
        (b"k", b"{broken"),
        (b"k", None),
        (None, b"no key"),
        (b"k", b""),
        (b"k", b"x" * 2_000_000),
    ]
    assert Sender(settings, "wage_payment").send_raw(raw) == 5
    assert {(key, value) for _, key, value in tail.messages()} == set(raw)


def test_a_record_too_large_for_kafka_is_a_clear_error(settings: Settings, tail: TopicTail) -> None:
    with pytest.raises(SendFailed, match="refused records"):
        Sender(settings, "wage_payment").send_raw([(b"k", b"x" * (MAX_REQUEST_BYTES + 1))])
    assert tail.messages() == []


def test_a_file_sent_again_adds_nothing(
    settings: Settings, tail: TopicTail, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    wage_rows(500, wage_month="2022-03-01").drop("recorded_at").write_csv(path)
    for _ in range(2):
        report = import_source(settings, WAGES, FileSource(path), plain_mapping(WAGES), "test")
        assert (report.sent, report.rejected) == (500, 0)
    assert len(tail.messages()) == 500


def test_an_unreachable_kafka_is_reported_within_the_retry_limit(settings: Settings) -> None:
    away = settings.model_copy(update={"kafka_port": 1, "retry_seconds": 2.0})
    started = time.monotonic()
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1 .*KAFKA_BOOTSTRAP_SERVERS"):
        Sender(away, "wage_payment").send([wage_rows(1)])
    assert time.monotonic() - started < 15


@pytest.mark.usefixtures("kafka")
def test_a_missing_topic_is_an_error(settings: Settings) -> None:
    later = WAGES.model_copy(update={"version": "9.0.0"})
    with pytest.raises(LivelihoodError, match=r"wage_payment\.v9: run `livelihood migrate`"):
        require_topic(settings, later)


def test_a_broker_killed_in_the_middle_loses_nothing(
    new_settings: Settings, tmp_path: Path
) -> None:
    """Kill the broker while a file is sent, restart it, and send again: the rest is sent."""
    path = tmp_path / "a.csv"
    wage_rows(60_000).drop("recorded_at").write_csv(path)
    patient = new_settings.model_copy(update={"retry_seconds": 60.0})
    hasty = patient.model_copy(update={"retry_seconds": 3.0})
    source, mapping = FileSource(path), plain_mapping(WAGES)
    with KafkaServer(patient) as server:
        create_topics(patient)
        tail = TopicTail(patient)
        killed = _KillAfterFirstWindow(server, path)
        with pytest.raises(LivelihoodError):
            import_source(hasty, WAGES, killed, mapping, "test")
        server.start()
        report = import_source(patient, WAGES, source, mapping, "test")
        assert (report.sent, report.rejected) == (60_000, 0)
        messages = tail.messages()
    ids = {json.loads(value or b"")["record_id"] for _, _, value in messages}
    assert ids == {f"w:{number}" for number in range(60_000)}
    # Messages that Kafka stored without acknowledging are stored twice, equal to the byte.
    assert len({value for _, _, value in messages}) == 60_000


class _KillAfterFirstWindow(FileSource):
    """The file, during whose third frame the broker is killed."""

    def __init__(self, server: KafkaServer, path: Path) -> None:
        super().__init__(path)
        self._server = server

    def frames(self, start_row: int = 0) -> Iterator[pl.DataFrame]:
        for number, frame in enumerate(super().frames(start_row)):
            if number == 2:
                self._server.kill()
            yield frame
