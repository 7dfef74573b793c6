"""The state of the platform as Prometheus metrics, printed or served. Read at every scrape."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from livelihood.settings import Settings
from livelihood.status.model import Status
from livelihood.status.read import read_status

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import GaugeMetricFamily

# Help text of each metric; stream, level and kind are labels.
METRICS = {
    "healthy": "1 when `livelihood status` calls the platform healthy",
    "warehouse_up": "1 when PostgreSQL answers and has the platform's tables",
    "kafka_up": "1 when Kafka answers",
    "stream_waiting_records": "Records of the stream in Kafka that have not landed",
    "stream_behind_seconds": "Age of the oldest record that has not landed, 0 without one",
    "stream_lost": "1 when Kafka no longer has the records after the loaded offsets",
    "stream_stopped": "1 when the stream is stopped until an operator acts",
    "stream_open_transactions": "Partitions of the stream with an open transaction of a producer",
    "stream_landed_records": "Records of the stream that have landed since the first load",
    "stream_quarantined_records": "Rejected messages of the stream that were not replayed",
    "stream_last_load_timestamp_seconds": "When the stream's newest load was committed",
    "unbuilt_seconds": "Age of the oldest load that no build includes, 0 without one",
    "build_ok": "0 when the newest build failed",
    "gate_open": "1 when the gate is open for the newest candidate that it checked",
    "gate_failed_checks": "Checks that failed at the gate, by kind (critical, warning)",
    "release_number": "Number of the newest release",
    "release_age_seconds": "Age of the newest release",
    "alerts_active": "Alerts that are not cleared, by level",
    "outbox_waiting_messages": "Messages about alerts that have not been sent",
    "overdue": "What is overdue, by kind (targets_missed, reports, figures, dead_messages)",
}
PREFIX = "livelihood_"
Sample = tuple[str, dict[str, str], float]


def samples(status: Status) -> Iterator[Sample]:
    """Yield metric, labels and value. A metric whose value is not known has no sample."""
    yield "healthy", {}, status.is_healthy
    yield "warehouse_up", {}, bool(status.streams)
    if not status.streams:
        return
    yield "kafka_up", {}, all(s.waiting_records is not None for s in status.streams)
    yield from _streams(status)
    yield "unbuilt_seconds", {}, status.seconds_since(status.unbuilt_since) or 0
    yield from _stages(status)
    yield "outbox_waiting_messages", {}, status.waiting_messages
    for level, count in status.open_alerts.items():
        yield "alerts_active", {"level": level}, count
    for kind, count in status.overdue.items():
        yield "overdue", {"kind": kind}, count


def _streams(status: Status) -> Iterator[Sample]:
    for stream in status.streams:
        label = {"stream": stream.stream}
        if stream.waiting_records is not None:
            yield "stream_waiting_records", label, stream.waiting_records
            yield "stream_lost", label, stream.is_lost
            yield "stream_open_transactions", label, len(stream.open_transactions)
        yield "stream_stopped", label, stream.stop_reason is not None
        if stream.behind_seconds is not None:
            yield "stream_behind_seconds", label, stream.behind_seconds
        yield "stream_landed_records", label, stream.loaded_records
        yield "stream_quarantined_records", label, stream.quarantined_records
        if stream.last_load_at is not None:
            yield "stream_last_load_timestamp_seconds", label, stream.last_load_at.timestamp()


def _stages(status: Status) -> Iterator[Sample]:
    if status.build is not None:
        yield "build_ok", {}, status.build["status"] != "failed"
    if status.gate is not None:
        yield "gate_open", {}, status.gate["verdict"] == "open"
        for kind in ("critical", "warning"):
            yield "gate_failed_checks", {"kind": kind}, status.gate[f"{kind}_failed"]
    if status.release is not None:
        yield "release_number", {}, status.release["release_id"]
        yield "release_age_seconds", {}, status.release_age_seconds or 0


class StatusCollector:
    """Collector that reads the state once per scrape."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def describe(self) -> list[GaugeMetricFamily]:
        """Return the metrics without samples, so that registering reads no state."""
        return list(_families().values())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the metrics as of now."""
        families = _families()
        for name, labels, value in samples(read_status(self.settings)):
            families[name].add_sample(PREFIX + name, labels, float(value))
        yield from (family for family in families.values() if family.samples)


def _families() -> dict[str, GaugeMetricFamily]:
    from prometheus_client.core import GaugeMetricFamily

    return {name: GaugeMetricFamily(PREFIX + name, text) for name, text in METRICS.items()}


def _registry(settings: Settings) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    registry.register(StatusCollector(settings))
    return registry


def exposition(settings: Settings) -> str:
    """Return all metrics in Prometheus's text format."""
    from prometheus_client import generate_latest

    return generate_latest(_registry(settings)).decode()


def serve(settings: Settings, address: str, port: int) -> tuple[Any, threading.Thread]:
    """Serve the metrics under /metrics until the returned server is shut down.

    Raises OSError if the port is in use.
    """
    from prometheus_client import start_http_server

    return start_http_server(port, address, _registry(settings))
