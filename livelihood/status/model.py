"""The state of the platform as values: each stream, the last run of each stage, what is overdue."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class StreamStatus:
    """How far behind a stream is (None if Kafka is unreachable), its last load and quarantine.

    `stop_reason` is set while the stream is stopped. `open_transactions` are those of producers,
    with partition, offset and since when.
    """

    stream: str
    title_zh: str
    waiting_records: int | None
    behind_seconds: float | None
    is_lost: bool
    last_load_id: int | None
    last_load_at: dt.datetime | None
    loaded_records: int
    quarantined_records: int
    stop_reason: str | None = None
    open_transactions: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Disk:
    """The disk of the home folder: its free space, and why it cannot be written, if so."""

    folder: str
    free_bytes: int
    write_error: str | None = None


@dataclass(frozen=True)
class Status:
    """The state of all stages at one instant.

    `unreachable` has an error message per server that did not answer. `issues` lists what an
    operator must fix; without any the platform is healthy. `overdue` counts
    missed targets and missing reports by kind, `overdue_titles` names some of them.
    """

    asked_at: dt.datetime
    streams: tuple[StreamStatus, ...] = ()
    build: dict[str, Any] | None = None
    gate: dict[str, Any] | None = None
    release: dict[str, Any] | None = None
    open_alerts: dict[str, int] = field(default_factory=dict)
    waiting_messages: int = 0
    unbuilt_since: dt.datetime | None = None
    overdue: dict[str, int] = field(default_factory=dict)
    overdue_titles: tuple[str, ...] = ()
    unreachable: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    servers: dict[str, Any] | None = None
    disk: Disk | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether the platform itself needs no action."""
        return not self.issues

    def seconds_since(self, instant: dt.datetime | None) -> float | None:
        """Return the seconds from an instant to `asked_at`, None for None."""
        return None if instant is None else max(0.0, (self.asked_at - instant).total_seconds())

    @property
    def release_age_seconds(self) -> float | None:
        """Age of the newest release."""
        return self.seconds_since(self.release["released_at"]) if self.release else None

    def as_json(self) -> dict[str, Any]:
        """Return the state as JSON types, with times in ISO 8601."""
        fields: dict[str, Any] = _json_types(asdict(self))
        age = {"release_age_seconds": self.release_age_seconds}
        # The keys of 0.1.0, until 0.3.0.
        former = {"problems": fields["unreachable"], "troubles": fields["issues"]}
        return {"healthy": self.is_healthy} | fields | age | former


def _json_types(value: Any) -> Any:  # noqa: ANN401  (walks any JSON-like value)
    if isinstance(value, dict):
        return {key: _json_types(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_types(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value
