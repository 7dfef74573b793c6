"""Producers: raw rows to acknowledged messages, beside a bare producer of the same ready bytes."""

from __future__ import annotations

import polars as pl
from kafka import KafkaProducer

from bench.bed import Bed
from bench.figures import Figure, alternate, timed
from bench.messages import prepared
from bench.topics import Message
from livelihood.contracts import load_contract, load_contracts
from livelihood.settings import Settings
from producers.sender import Sender
from producers.writer import BATCH_BYTES, LARGEST_REQUEST_BYTES, LINGER_MILLISECONDS

TITLE = "Producers: tokens, contract, JSON, acknowledged by Kafka"


def measure(bed: Bed) -> list[Figure]:
    """Records a second of the sender and of kafka-python alone, per stream."""
    return [_stream(bed, stream) for stream in load_contracts()]


def _stream(bed: Bed, stream: str) -> Figure:
    bed.say(f"sending {stream}")
    count = bed.sized(150_000, 5_000)
    rows = bed.county.accepted(stream).head(count)
    ready = prepared(bed, stream, count)
    sender, bare = alternate(
        bed.sized(3, 1),
        lambda: rows.height / _sender_seconds(bed.settings, stream, rows),
        lambda: len(ready) / _bare_seconds(bed.settings, stream, ready),
    )
    return Figure(stream, sender, "records/s", "bare kafka-python", bare)


def _sender_seconds(settings: Settings, stream: str, rows: pl.DataFrame) -> float:
    def send() -> int:
        # A new sender: none of its tokens are remembered from the round before.
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
        bootstrap_servers=settings.bootstrap_servers.split(","),
        enable_idempotence=True,
        acks="all",
        compression_type=contract.compression,
        batch_size=BATCH_BYTES,
        linger_ms=LINGER_MILLISECONDS,
        max_request_size=LARGEST_REQUEST_BYTES,
        metrics_enabled=False,
    )
    futures = [producer.send(contract.topic, value, key) for key, value in ready]
    producer.flush()
    if failed := [future for future in futures if not future.succeeded()]:
        raise RuntimeError(f"{len(failed)} messages of {stream} were not acknowledged")
    producer.close()
