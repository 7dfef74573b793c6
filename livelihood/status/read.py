"""The state of the platform at a glance, for operators and scripts, in well under a second."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg

from livelihood.contracts import load_contracts
from livelihood.errors import BrokerUnavailable, LivelihoodError
from livelihood.settings import Settings
from livelihood.status.health import troubles
from livelihood.warehouse import connect
from livelihood.warehouse.ledger import builds, loads, releases, verdicts

if TYPE_CHECKING:
    # At run time it is imported only when Kafka answers: its client takes a third of the time.
    from livelihood.load.backlog import Lag

# How long a server may take to answer before it counts as away.
PATIENCE_SECONDS = 0.5
SHOWN_TITLES = 5
BUILD_FIELDS = ("build_id", "status", "as_of_date", "started_at", "finished_at", "message")
GATE_FIELDS = (
    "gate_id", "build_id", "verdict", "checked_at", "checks", "critical_failed", "warning_failed",
)  # fmt: skip
RELEASE_FIELDS = ("release_id", "released_at", "as_of_date", "build_id", "is_simulated")


@dataclass(frozen=True)
class StreamStatus:
    """A stream: how far behind it is (None if Kafka is away), last load, open quarantine."""

    stream: str
    title_zh: str
    waiting_records: int | None
    behind_seconds: float | None
    is_lost: bool
    last_load_id: int | None
    last_load_at: dt.datetime | None
    loaded_records: int
    quarantined_records: int


@dataclass(frozen=True)
class Status:
    """What runs behind the figures; `problems` names what could not be asked.

    `troubles` says in a sentence each what somebody has to put right; without one the platform is
    healthy. `overdue` counts what the figures and the offices owe, `overdue_titles` names some.
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
    problems: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    servers: dict[str, Any] | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether nobody has to do anything for the platform itself."""
        return not self.troubles

    def seconds_since(self, instant: dt.datetime | None) -> float | None:
        """Age at the moment of asking."""
        return None if instant is None else max(0.0, (self.asked_at - instant).total_seconds())

    @property
    def release_age_seconds(self) -> float | None:
        """How long readers have had the newest release."""
        return self.seconds_since(self.release["released_at"]) if self.release else None

    def as_json(self) -> dict[str, Any]:
        """Plain values: times in ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(self))
        return (
            {"healthy": self.is_healthy}
            | plain
            | {
                "release_age_seconds": self.release_age_seconds,
            }
        )


def status(settings: Settings, servers: Mapping[str, Any] | None = None) -> Status:
    """Ask Kafka and the warehouse once each; whichever is away becomes a problem, not an error.

    `servers` are the local servers by name, with is_running, address and pid.
    """
    found = replace(_ask(settings), servers=None if servers is None else _servers(servers))
    return replace(found, troubles=tuple(troubles(found, settings.status_behind_minutes)))


def _ask(settings: Settings) -> Status:
    hasty = settings.model_copy(update={"retry_seconds": PATIENCE_SECONDS})
    now = dt.datetime.now(dt.UTC)
    problems: list[str] = []
    lag: dict[str, Lag] | None = None
    try:
        with connect(hasty, autocommit=True) as connection:
            try:
                lag = _lags(hasty)
            except LivelihoodError as error:
                problems.append(str(error))
            return replace(_read(connection, lag, now), problems=tuple(problems))
    except LivelihoodError as error:
        return Status(now, problems=(str(error),))
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return Status(now, problems=("The warehouse has no tables yet: run `livelihood migrate`.",))


def _lags(settings: Settings) -> dict[str, Lag]:
    # The client would try for many seconds; a port that does not answer says the same at once.
    host, _, port = settings.bootstrap_servers.split(",")[0].rpartition(":")
    try:
        with closing(socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)):
            pass
    except OSError as error:
        message = f"Kafka at {settings.bootstrap_servers} does not answer ({error})."
        raise BrokerUnavailable(message) from error
    from livelihood.load.backlog import lags

    return lags(settings)


def _read(connection: psycopg.Connection, lag: dict[str, Lag] | None, now: dt.datetime) -> Status:
    quarantined: dict[str, int] = dict(connection.execute(_QUARANTINED).fetchall())
    totals = loads.totals(connection)
    streams = tuple(
        StreamStatus(
            name,
            contract.title_zh,
            *_behind(None if lag is None else lag.get(name), now),
            total.load_id if (total := totals.get(name)) else None,
            total.committed_at if total else None,
            total.records if total else 0,
            quarantined.get(name, 0),
        )
        for name, contract in load_contracts().items()
    )
    built = builds.newest_built(connection)
    row = connection.execute(_ALERTS, {"titles": SHOWN_TITLES}).fetchone()
    # A select of scalars always has a row.
    levels, waiting, overdue, titles = row or [None] * 4
    return Status(
        now,
        streams,
        _fields(builds.newest(connection), BUILD_FIELDS),
        _fields(verdicts.newest(connection), GATE_FIELDS),
        _fields(releases.newest(connection), RELEASE_FIELDS),
        dict.fromkeys(("red", "orange", "yellow"), 0) | (levels or {}),
        waiting or 0,
        loads.first_after(connection, built.horizon if built else {}),
        overdue or {},
        tuple(titles or ()),
    )


def _fields(entry: object | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    return None if entry is None else {name: getattr(entry, name) for name in names}


def _behind(lag: Lag | None, now: dt.datetime) -> tuple[int | None, float | None, bool]:
    """Records waiting, the age of the oldest of them, and whether the stream cannot go on."""
    if lag is None:
        return None, None, False
    age = max(0.0, (now - lag.oldest_at).total_seconds()) if lag.oldest_at else None
    return lag.waiting, age if lag.waiting else 0.0, lag.is_lost


def _servers(servers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: asdict(server)
        if is_dataclass(server) and not isinstance(server, type)
        else vars(server)
        for name, server in servers.items()
    }


def _plain(value: Any) -> Any:  # noqa: ANN401  (walks any JSON-like value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


_QUARANTINED = """
    select stream, count(*) from ops.quarantine where replayed_load_id is null group by stream"""

# Messages that never had a destination are no failure to send.
_ALERTS = """
    with owed as (
        select rule, level, title from ops.alert
        where state <> 'cleared'
            and (rule in ('report_overdue', 'figure_overdue')
                or (rule = 'target' and level = 'red'))
    )
    select
        (select jsonb_object_agg(level, alerts) from (
            select level, count(*) as alerts from ops.alert
            where state <> 'cleared' group by level) a),
        (select count(*) from ops.outbox where sent_at is null and not dead),
        (select jsonb_build_object(
            'targets_missed', count(*) filter (where rule = 'target'),
            'reports', count(*) filter (where rule = 'report_overdue'),
            'figures', count(*) filter (where rule = 'figure_overdue'),
            'dead_messages', (select count(*) from ops.outbox
                where dead and last_error not like 'no destination%%')) from owed),
        (select array_agg(title) from (
            select title from owed order by level = 'red' desc, title limit %(titles)s) t)"""
