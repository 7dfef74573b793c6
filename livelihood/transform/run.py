"""Builds the candidate: fixes what counts (the horizon), runs dbt, and stamps the result."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from livelihood.contracts import load_contracts
from livelihood.errors import BuildFailed, LivelihoodError, StageBusy
from livelihood.settings import Settings
from livelihood.transform.dbt import code_version, dbt_version, run_dbt
from livelihood.warehouse import connect, losing

logger = logging.getLogger(__name__)

_BUILD_LOCK = 7_003

# The dbt command of a first build: seeds and data tests included.
EVERYTHING = ["build", "--exclude", "tag:keys", "--exclude-resource-type", "unit_test"]

# Beyond this share of all records, if they are so many, computing all is faster than what follows
# from the new ones: docs/performance.md.
_MUCH_SHARE, _MUCH_RECORDS = 0.05, 50_000


@dataclass(frozen=True)
class BuildReport:
    """A candidate: its number, whether it was built just now, and how long that took."""

    build_id: int
    is_new: bool
    horizon: dict[str, int]
    as_of_date: dt.date
    seconds: float


@dataclass(frozen=True)
class _Basis:
    """What decides a candidate: newest load per stream, the day, and the code."""

    horizon: dict[str, int]
    as_of_date: dt.date
    code_version: str


def build(settings: Settings, *, full_refresh: bool = False) -> BuildReport:
    """Build all layers from the records that have landed; nothing is done when nothing is new.

    The horizon, the newest load of each stream, is fixed before dbt starts: loads that are
    committed meanwhile wait for the next build, so that all figures speak of the same records.
    On the same day only what follows from a stream with new loads is run, and of that only what
    their records touch, unless they are a great part of all. When models, catalogue or contracts
    have changed since, or landed records their places, everything is computed anew: what no record
    touched may have changed as well. Raises `BuildFailed` with dbt's words, `StageBusy` when
    another build is running.
    """
    began = time.monotonic()
    with losing("build"), connect(settings, autocommit=True) as connection:
        lock_builds(connection)
        wanted = _Basis(read_horizon(connection), settings.today, code_version())
        last_id, last = _last_built(connection)
        # What a build that failed had begun with other code counts as well.
        refresh = full_refresh or must_refresh(connection, wanted.code_version)
        if last == wanted and not refresh:
            return _report(last_id, wanted, began, is_new=False)
        build_id = _begin(connection, wanted)
        command = _command(last, wanted, full_refresh=refresh)
        if last is not None and not refresh and _is_much(connection, last.horizon):
            command = [*command, "--full-refresh"]
        known = variables(build_id, wanted.horizon, wanted.as_of_date)
        try:
            # After a change of macros dbt's memory of the project is not to be trusted.
            # A build that was killed may have left half a manifest: then there is no last one.
            run_dbt(settings, command, known, anew=refresh, artifacts=last is None or refresh)
        except BaseException as error:
            # Where PostgreSQL is away the build stays `running`, and the next one takes its place.
            with contextlib.suppress(psycopg.OperationalError):
                _finish(connection, build_id, "failed", str(error))
            if isinstance(error, LivelihoodError):
                raise BuildFailed(f"build {build_id}: {error}") from error
            raise
        _finish(connection, build_id, "built", None)
    return _report(build_id, wanted, began, is_new=True)


def _report(build_id: int, basis: _Basis, began: float, *, is_new: bool) -> BuildReport:
    """What was built, logged once for whoever asked for it."""
    seconds = time.monotonic() - began
    logger.info(
        "build %d as of %s: %s, %.1f s",
        build_id,
        basis.as_of_date,
        "new" if is_new else "nothing new",
        seconds,
        extra={"build_id": build_id},
    )
    return BuildReport(build_id, is_new, basis.horizon, basis.as_of_date, seconds)


def must_refresh(connection: psycopg.Connection, code: str) -> bool:
    """Whether tables may contain results of other code, or places that records no longer have.

    Builds that failed since the last whole one count: they may have written some of the models.
    """
    row = connection.execute(
        "with whole as (select max(build_id) as build_id, max(started_at) as started_at"
        " from ops.build where status = 'built')"
        " select exists (select from ops.build, whole where code_version <> %s"
        " and ops.build.build_id >= coalesce(whole.build_id, 0))"
        " or exists (select from ops.offset_gap, whole where moved_by is not null"
        " and decided_at >= whole.started_at)",
        (code,),
    ).fetchone()
    return bool(row and row[0])


def _is_much(connection: psycopg.Connection, horizon: dict[str, int]) -> bool:
    """Whether what has landed since that horizon is a great part of all that has landed."""
    row = connection.execute(
        "select coalesce(sum(records) filter ("
        "where load_id > coalesce((%s ->> stream)::bigint, 0)), 0), coalesce(sum(records), 0)"
        " from ops.load",
        (Jsonb(horizon),),
    ).fetchone()
    new, all_ = row or (0, 0)
    return bool(new >= _MUCH_RECORDS and new >= _MUCH_SHARE * float(all_))


def variables(build_id: int, horizon: dict[str, int], as_of: dt.date) -> dict[str, Any]:
    """The variables of the dbt project for one build."""
    return {"build_id": build_id, "horizon": horizon, "as_of_date": as_of.isoformat()}


def read_horizon(connection: psycopg.Connection) -> dict[str, int]:
    """Newest committed load of each stream, 0 for a stream that has none."""
    rows = connection.execute("select stream, max(load_id) from ops.load group by stream")
    return dict.fromkeys(load_contracts(), 0) | dict(rows.fetchall())


def lock_builds(connection: psycopg.Connection) -> None:
    """Hold all builds off for this session; `StageBusy` when one is running."""
    row = connection.execute("select pg_try_advisory_lock(%s)", (_BUILD_LOCK,)).fetchone()
    if not (row and row[0]):
        raise StageBusy("another build is running; nothing was done")


def _last_built(connection: psycopg.Connection) -> tuple[int, _Basis | None]:
    """The newest build and what it was built from; without a basis if it failed."""
    row = connection.execute(
        "select build_id, horizon, as_of_date, code_version, status = 'built' from ops.build"
        " order by build_id desc limit 1"
    ).fetchone()
    return (0, None) if row is None or not row[4] else (int(row[0]), _Basis(*row[1:4]))


def _command(last: _Basis | None, wanted: _Basis, *, full_refresh: bool) -> list[str]:
    """The dbt command that leads from the last candidate to the one that is wanted."""
    if full_refresh:
        return [*EVERYTHING, "--full-refresh"]
    if last is None:
        return EVERYTHING
    if last.as_of_date != wanted.as_of_date:
        return ["build", "--selector", "monitor"]
    return following(
        [name for name, load_id in wanted.horizon.items() if load_id != last.horizon[name]]
    )


def following(streams: Collection[str]) -> list[str]:
    """The dbt command that follows new loads of these streams alone, on the day of the last build.

    Data tests are left out: the gate checks keys and nulls of the marts on every candidate.
    """
    return [
        "build",
        "--select",
        "fqn:livelihood.intermediate.changed_keys",
        *(f"source:landing.{stream}+" for stream in streams),
        "--exclude",
        *("tag:reference", "resource_type:unit_test", "resource_type:test"),
        *(f"config.meta.stream:{other}" for other in load_contracts() if other not in streams),
    ]


def _begin(connection: psycopg.Connection, wanted: _Basis) -> int:
    versions = {contract.name: contract.version for contract in load_contracts().values()}
    row = connection.execute(
        "insert into ops.build (status, horizon, as_of_date, code_version, contract_versions,"
        " dbt_version) values ('running', %s, %s, %s, %s, %s) returning build_id",
        (
            Jsonb(wanted.horizon),
            wanted.as_of_date,
            wanted.code_version,
            Jsonb(versions),
            dbt_version(),
        ),
    ).fetchone()
    return int(row[0]) if row else 0


def _finish(
    connection: psycopg.Connection, build_id: int, status: str, message: str | None
) -> None:
    connection.execute(
        "update ops.build set status = %s, message = %s, finished_at = clock_timestamp()"
        " where build_id = %s",
        (status, message, build_id),
    )
