"""Kafka Connect with Debezium's JDBC sink, tuned for speed."""

from bench.experiments.connect.jars import SINK_LOCK, WORKER_LOCK
from bench.experiments.connect.records import (
    connect_messages,
    connect_schema,
    create_sink_table,
    key_of,
)
from bench.experiments.connect.worker import ConnectWorker

__all__ = [
    "SINK_LOCK",
    "WORKER_LOCK",
    "ConnectWorker",
    "connect_messages",
    "connect_schema",
    "create_sink_table",
    "key_of",
]
