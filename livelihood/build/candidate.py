"""Builds the candidate: fixes what counts (the horizon), runs dbt, and stamps the result."""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from livelihood.build.dbt import code_version, dbt_version, run_dbt
from livelihood.contracts import load_contracts
from livelihood.errors import BuildFailed, LivelihoodError, StageBusy
from livelihood.settings import Settings
from livelihood.warehouse import connect

logger = logging.getLogger(__name__)

_BUILD_LOCK = 7_003


@dataclass(frozen=True)
class BuildReport:
    """A candidate: its number, whether it was built just now, and how long that took."""

    build_id: int
    is_new: bool
    horizon: dict[str, int]
    as_of_date: dt.date
    seconds: float


def build(settings: Settings, *, full_refresh: bool = False, force: bool = False) -> BuildReport:
    """Build all layers from the records that have landed; nothing is done when nothing is new.

    The horizon, the newest load of each stream, is fixed before dbt starts: loads that are
    committed meanwhile wait for the next build, so that all figures speak of the same records.
    When models, catalogue or contracts have changed since, everything is computed anew: what no
    record touched may have changed as well. Raises `BuildFailed` with dbt's words, `StageBusy`
    when another build is running.
    """
    began = time.monotonic()
    with connect(settings, autocommit=True) as connection:
        lock_builds(connection)
        horizon, as_of = read_horizon(connection), settings.today
        last = _last_built(connection)
        has_new_code = last is not None and last[3] != code_version()
        if last is not None and not (force or full_refresh) and last[1:] == (
            horizon, as_of, code_version()
        ):  # fmt: skip
            return BuildReport(last[0], False, horizon, as_of, time.monotonic() - began)
        build_id = _begin(connection, horizon, as_of)
        try:
            run_dbt(
                settings,
                _command(full_refresh or has_new_code, with_seeds=last is None or has_new_code),
                variables(build_id, horizon, as_of),
            )
        except BaseException as error:
            _finish(connection, build_id, "failed", str(error))
            if isinstance(error, LivelihoodError):
                raise BuildFailed(f"build {build_id}: {error}") from error
            raise
        _finish(connection, build_id, "built", None)
    logger.info(
        "build %d as of %s: %.1f s",
        build_id,
        as_of,
        time.monotonic() - began,
        extra={"build_id": build_id},
    )
    return BuildReport(build_id, True, horizon, as_of, time.monotonic() - began)


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


def _last_built(
    connection: psycopg.Connection,
) -> tuple[int, dict[str, int], dt.date, str] | None:
    """The newest build, if it was built whole."""
    row = connection.execute(
        "select build_id, horizon, as_of_date, code_version, status from ops.build"
        " order by build_id desc limit 1"
    ).fetchone()
    return None if row is None or row[4] != "built" else (row[0], row[1], row[2], row[3])


def _command(full_refresh: bool, with_seeds: bool) -> list[str]:
    if full_refresh or with_seeds:
        refresh = ["--full-refresh"] if full_refresh else []
        return ["build", "--exclude-resource-type", "unit_test", *refresh]
    return ["build", "--selector", "monitor"]


def _begin(connection: psycopg.Connection, horizon: dict[str, int], as_of: dt.date) -> int:
    versions = {contract.name: contract.version for contract in load_contracts().values()}
    row = connection.execute(
        "insert into ops.build (status, horizon, as_of_date, code_version, contract_versions,"
        " dbt_version) values ('running', %s, %s, %s, %s, %s) returning build_id",
        (Jsonb(horizon), as_of, code_version(), Jsonb(versions), dbt_version()),
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
