"""The state of the platform at a glance, for operators and scripts, in well under a second."""

from __future__ import annotations

import datetime as dt
import socket
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg

from livelihood.contracts import load_contracts
from livelihood.errors import BrokerUnavailable, LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import connect

# How long a server may take to answer before it counts as away.
PATIENCE_SECONDS = 0.5


@dataclass(frozen=True)
class StreamStatus:
    """A stream: records waiting in Kafka (None if Kafka is away), last load, open quarantine."""

    stream: str
    title_zh: str
    waiting_records: int | None
    last_load_id: int | None
    last_load_at: dt.datetime | None
    loaded_records: int
    quarantined_records: int


@dataclass(frozen=True)
class Status:
    """What runs behind the figures; `problems` names what could not be asked."""

    streams: tuple[StreamStatus, ...] = ()
    build: dict[str, Any] | None = None
    gate: dict[str, Any] | None = None
    release: dict[str, Any] | None = None
    open_alerts: dict[str, int] = field(default_factory=dict)
    waiting_messages: int = 0
    problems: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values: times in ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def status(settings: Settings) -> Status:
    """Ask Kafka and the warehouse once each; whichever is away becomes a problem, not an error."""
    hasty = settings.model_copy(update={"retry_seconds": PATIENCE_SECONDS})
    problems: list[str] = []
    waiting: dict[str, int] | None = None
    try:
        with connect(hasty, autocommit=True) as connection:
            try:
                waiting = _waiting(hasty)
            except LivelihoodError as error:
                problems.append(str(error))
            return _read(connection, waiting, problems)
    except LivelihoodError as error:
        return Status(problems=(str(error),))
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return Status(problems=("The warehouse has no tables yet: run `livelihood migrate`.",))


def _waiting(settings: Settings) -> dict[str, int]:
    # The client would try for many seconds; a port that does not answer says the same at once.
    host, _, port = settings.bootstrap_servers.split(",")[0].rpartition(":")
    try:
        with closing(socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)):
            pass
    except OSError as error:
        message = f"Kafka at {settings.bootstrap_servers} does not answer ({error})."
        raise BrokerUnavailable(message) from error
    from livelihood.backlog import backlog

    return backlog(settings)


def _read(
    connection: psycopg.Connection, waiting: dict[str, int] | None, problems: list[str]
) -> Status:
    loads = {row[0]: row[1:] for row in connection.execute(_LOADS)}
    streams = tuple(
        StreamStatus(
            name,
            contract.title_zh,
            None if waiting is None else waiting.get(name, 0),
            *loads.get(name, (None, None, 0, 0)),
        )
        for name, contract in load_contracts().items()
    )
    row = connection.execute(_STAGES).fetchone()
    build, gate, release, alerts, messages = row or (None, None, None, None, 0)
    levels = dict.fromkeys(("red", "orange", "yellow"), 0) | (alerts or {})
    return Status(streams, build, gate, release, levels, messages, tuple(problems))


def _plain(value: Any) -> Any:  # noqa: ANN401  (walks any JSON-like value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


_LOADS = """
    with loaded as (
        select stream, max(load_id) as load_id, max(committed_at) as committed_at,
            sum(records)::bigint as records
        from ops.load group by stream
    ),
    rejected as (
        select stream, count(*) as records
        from ops.quarantine where replayed_load_id is null group by stream
    )
    select stream, load_id, committed_at, coalesce(loaded.records, 0), coalesce(rejected.records, 0)
    from loaded full join rejected using (stream)"""

_STAGES = """
    select
        (select to_jsonb(b) from (
            select build_id, status, as_of_date, started_at, finished_at, message
            from ops.build order by build_id desc limit 1) b),
        (select to_jsonb(g) from (
            select gate_id, build_id, verdict, checked_at, checks, critical_failed, warning_failed
            from ops.gate_result order by gate_id desc limit 1) g),
        (select to_jsonb(r) from (
            select release_id, released_at, as_of_date, build_id, is_simulated
            from published.release order by release_id desc limit 1) r),
        (select jsonb_object_agg(level, alerts) from (
            select level, count(*) as alerts from ops.alert
            where state <> 'cleared' group by level) a),
        (select count(*) from ops.outbox where sent_at is null and not dead)"""
