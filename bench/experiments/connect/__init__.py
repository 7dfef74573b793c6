"""Kafka Connect with Debezium's JDBC sink, as somebody would set it up who wants it fast."""

from bench.experiments.connect.jars import SINK_LOCK, WORKER_LOCK
from bench.experiments.connect.records import (
    connect_messages,
    connect_schema,
    key_of,
    make_sink_table,
)
from bench.experiments.connect.worker import ConnectWorker

__all__ = [
    "SINK_LOCK",
    "WORKER_LOCK",
    "ConnectWorker",
    "connect_messages",
    "connect_schema",
    "key_of",
    "make_sink_table",
]
