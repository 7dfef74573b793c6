"""Kafka Connect with Debezium's JDBC sink, as somebody would set it up who wants it fast."""

from bench.connect.jars import SINK_LOCK, WORKER_LOCK
from bench.connect.records import connect_messages, connect_schema, key_of, make_sink_table
from bench.connect.worker import ConnectWorker

__all__ = [
    "SINK_LOCK",
    "WORKER_LOCK",
    "ConnectWorker",
    "connect_messages",
    "connect_schema",
    "key_of",
    "make_sink_table",
]
