"""The reader of the platform's state: Kafka and the warehouse, in well under a second."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg

from livelihood.contracts import load_contracts
from livelihood.errors import BrokerUnavailable, LivelihoodError
from livelihood.settings import Settings
from livelihood.status.disk import read_disk
from livelihood.status.health import find_issues
from livelihood.status.model import Status, StreamStatus
from livelihood.warehouse import connect
from livelihood.warehouse.ledger import builds, loads, offsets, releases, verdicts

if TYPE_CHECKING:
    # Imported at run time only if Kafka answers, because its client takes a third of the time.
    from livelihood.load.backlog import Lag

# A server that has not answered after this time is unreachable.
TIMEOUT_SECONDS = 0.5
MAX_TITLES = 5
BUILD_FIELDS = ("build_id", "status", "as_of_date", "started_at", "finished_at", "message")
GATE_FIELDS = (
    "gate_id", "build_id", "verdict", "checked_at", "checks", "critical_failed", "warning_failed",
)  # fmt: skip
RELEASE_FIELDS = ("release_id", "released_at", "as_of_date", "build_id", "is_simulated")


def read_status(settings: Settings, servers: Mapping[str, Any] | None = None) -> Status:
    """Read the state of Kafka and the warehouse. An unreachable one is an issue, not an error.

    `servers` are the local servers by name, with is_running, address and pid.
    """
    status = replace(
        _ask(settings),
        servers=None if servers is None else _servers(servers),
        disk=read_disk(settings.home),
    )
    issues = find_issues(status, settings.status_behind_minutes, settings.status_min_free_megabytes)
    return replace(status, issues=tuple(issues))


def _ask(settings: Settings) -> Status:
    impatient = settings.model_copy(update={"retry_seconds": TIMEOUT_SECONDS})
    now = dt.datetime.now(dt.UTC)
    unreachable: list[str] = []
    lag: dict[str, Lag] | None = None
    try:
        with connect(impatient, autocommit=True) as connection:
            try:
                lag = _lags(impatient)
            except LivelihoodError as error:
                unreachable.append(str(error))
            return replace(_read(connection, lag, now), unreachable=tuple(unreachable))
    except LivelihoodError as error:
        return Status(now, unreachable=(str(error),))
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return Status(
            now, unreachable=("the warehouse has no tables yet: run `livelihood migrate`",)
        )


def _lags(settings: Settings) -> dict[str, Lag]:
    # The client retries for many seconds; a closed port is found immediately.
    host, _, port = settings.bootstrap_servers.split(",")[0].rpartition(":")
    try:
        with closing(socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS)):
            pass
    except OSError as error:
        raise BrokerUnavailable(
            f"Kafka at {settings.bootstrap_servers} does not answer ({error}): run `livelihood up`"
        ) from error
    from livelihood.load.backlog import lags

    return lags(settings)


def _read(connection: psycopg.Connection, lag: dict[str, Lag] | None, now: dt.datetime) -> Status:
    built = builds.newest_built(connection)
    row = connection.execute(_ALERTS, {"titles": MAX_TITLES}).fetchone()
    # A select of scalars always has a row.
    levels, waiting, overdue, titles = row or [None] * 4
    return Status(
        asked_at=now,
        streams=_streams(connection, lag, now),
        build=_fields(builds.newest(connection), BUILD_FIELDS),
        gate=_fields(verdicts.newest(connection), GATE_FIELDS),
        release=_fields(releases.newest(connection), RELEASE_FIELDS),
        open_alerts=dict.fromkeys(("red", "orange", "yellow"), 0) | (levels or {}),
        waiting_messages=waiting or 0,
        unbuilt_since=loads.first_after(connection, built.horizon if built else {}),
        overdue=overdue or {},
        overdue_titles=tuple(titles or ()),
    )


def _streams(
    connection: psycopg.Connection, lag: dict[str, Lag] | None, now: dt.datetime
) -> tuple[StreamStatus, ...]:
    quarantined: dict[str, int] = dict(connection.execute(_QUARANTINED).fetchall())
    totals = loads.totals(connection)
    stops = offsets.read_stops(connection)
    return tuple(
        StreamStatus(
            name,
            contract.title_zh,
            *_behind(None if lag is None else lag.get(name), now),
            last_load_id=total.load_id if (total := totals.get(name)) else None,
            last_load_at=total.committed_at if total else None,
            loaded_records=total.records if total else 0,
            quarantined_records=quarantined.get(name, 0),
            stop_reason=stops.get(name),
            open_transactions=_open_transactions(lag, name),
        )
        for name, contract in load_contracts().items()
    )


def _open_transactions(lag: dict[str, Lag] | None, stream: str) -> tuple[dict[str, Any], ...]:
    if lag is None or stream not in lag:
        return ()
    return tuple(transaction._asdict() for transaction in lag[stream].open_transactions)


def _fields(entry: object | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    return None if entry is None else {name: getattr(entry, name) for name in names}


def _behind(lag: Lag | None, now: dt.datetime) -> tuple[int | None, float | None, bool]:
    """Return the waiting records, the age of the oldest, and whether the stream is stopped."""
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


_QUARANTINED = """
    select stream, count(*) from ops.quarantine
    where replayed_load_id is null and purged_at is null group by stream"""

# Messages that never had a destination do not count as undelivered.
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
