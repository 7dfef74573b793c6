"""Producers: raw rows to acknowledged messages, compared with a bare producer of the same bytes."""

from __future__ import annotations

import polars as pl
from kafka import KafkaProducer

from bench.environment import BenchEnvironment
from bench.measurements import Measurement, alternate, timed
from livelihood.contracts import load_contract, load_contracts
from livelihood.kafka.clients import client_settings
from livelihood.settings import Settings
from producers.sender import Sender
from producers.writer import BATCH_BYTES, LINGER_MILLISECONDS, MAX_REQUEST_BYTES
from testkit.simulated_messages import valid_messages
from testkit.topics import Message

TITLE = "Producers: tokens, contract, JSON, acknowledged by Kafka"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure records per second of the sender and of kafka-python alone, for each stream."""
    return [_stream(environment, stream) for stream in load_contracts()]


def _stream(environment: BenchEnvironment, stream: str) -> Measurement:
    environment.log(f"sending {stream}")
    count = environment.sized(150_000, 5_000)
    rows = environment.county.accepted(stream).head(count)
    ready = valid_messages(environment, stream, count)
    sender, bare = alternate(
        environment.sized(3, 1),
        lambda: rows.height / _sender_seconds(environment.settings, stream, rows),
        lambda: len(ready) / _bare_seconds(environment.settings, stream, ready),
    )
    return Measurement(stream, sender, "records/s", "bare kafka-python", bare)


def _sender_seconds(settings: Settings, stream: str, rows: pl.DataFrame) -> float:
    def send() -> int:
        # A new sender, so that no token is cached from the round before.
        return Sender(settings, stream).send([rows]).sent

    seconds, sent = timed(send)
    if sent != rows.height:
        raise RuntimeError(f"{sent} of {rows.height} rows of {stream} were sent")
    return seconds


def _bare_seconds(settings: Settings, stream: str, ready: list[Message]) -> float:
    return timed(lambda: _send_bare(settings, stream, ready))[0]


def _send_bare(settings: Settings, stream: str, ready: list[Message]) -> None:
    contract = load_contract(stream)
    producer = KafkaProducer(
        **client_settings(settings, "producer"),
        enable_idempotence=True,
        acks="all",
        compression_type=contract.compression,
        batch_size=BATCH_BYTES,
        linger_ms=LINGER_MILLISECONDS,
        max_request_size=MAX_REQUEST_BYTES,
        metrics_enabled=False,
    )
    futures = [producer.send(contract.topic, value, key) for key, value in ready]
    producer.flush()
    if failed := [future for future in futures if not future.succeeded()]:
        raise RuntimeError(f"{len(failed)} messages of {stream} were not acknowledged")
    producer.close()
