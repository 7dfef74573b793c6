"""The build: fixes the horizon of loads, runs dbt, and records the result in the ledger."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg

from livelihood.contracts import load_contracts
from livelihood.errors import BuildFailed, LivelihoodError
from livelihood.settings import Settings
from livelihood.transform.dbt import code_version, dbt_version, run_dbt
from livelihood.warehouse import connect, lease, raise_if_disconnected
from livelihood.warehouse.ledger import builds, loads

logger = logging.getLogger(__name__)

# The dbt command of a first build: seeds and data tests included.
FULL_BUILD = ["build", "--exclude", "tag:keys", "--exclude-resource-type", "unit_test"]

# From this share of new records on, and at least so many, computing everything is faster than
# following the new records: docs/performance.md.
_FULL_REFRESH_SHARE, _FULL_REFRESH_MIN_RECORDS = 0.05, 50_000


@dataclass(frozen=True)
class BuildReport:
    """A candidate: its number, whether this call built it, and how long that took."""

    build_id: int
    is_new: bool
    horizon: dict[str, int]
    as_of_date: dt.date
    seconds: float


@dataclass(frozen=True)
class _Inputs:
    """The inputs that determine a candidate: newest load per stream, as-of date, and code."""

    horizon: dict[str, int]
    as_of_date: dt.date
    code_version: str


def build(settings: Settings, *, full_refresh: bool = False) -> BuildReport:
    """Build all layers from the records that have landed; does nothing when nothing is new.

    The horizon, the newest load of each stream, is fixed before dbt starts: later loads wait for
    the next build, so that all figures include the same records. On the same day only models
    downstream of streams with new loads run, and of these only the changed keys, unless a large
    share of all records is new. After a change of models, catalogue or contracts, or of the
    positions of landed records, everything is computed from scratch, because any row may differ.

    Raises `BuildFailed` with dbt's message, `StageBusy` if another build is running.
    """
    began = time.monotonic()
    with (
        raise_if_disconnected("build"),
        connect(settings, autocommit=True) as connection,
        lease(connection, "build"),
    ):
        inputs = _Inputs(read_horizon(connection), settings.today, code_version())
        last_id, last = _last_built(connection)
        # Other code counts even if its build failed.
        refresh = full_refresh or builds.needs_full_refresh(connection, inputs.code_version)
        if last == inputs and not refresh:
            return _report(last_id, inputs, began, is_new=False)
        build_id = _begin(connection, inputs)
        command = _command(last, inputs, full_refresh=refresh)
        if last and not refresh and exceeds_full_refresh_threshold(connection, last.horizon):
            command = [*command, "--full-refresh"]
        dbt_variables = variables(build_id, inputs.horizon, inputs.as_of_date)
        try:
            # A full parse, because dbt's partial one misses some changes of macros. A killed build
            # may leave half a manifest: then there is no last build, and it is written again.
            run_dbt(
                settings,
                command,
                dbt_variables,
                full_parse=refresh,
                artifacts=last is None or refresh,
            )
        except BaseException as error:
            # Without PostgreSQL the build stays `running`; the next one supersedes it.
            with contextlib.suppress(psycopg.OperationalError):
                builds.finish(connection, build_id, "failed", str(error))
            if isinstance(error, LivelihoodError):
                raise BuildFailed(f"build {build_id}: {error}") from error
            raise
        builds.finish(connection, build_id, "built")
    return _report(build_id, inputs, began, is_new=True)


def _report(build_id: int, inputs: _Inputs, began: float, *, is_new: bool) -> BuildReport:
    """Log and return the result of a build."""
    seconds = time.monotonic() - began
    logger.info(
        "build %d as of %s: %s, %.1f s",
        build_id,
        inputs.as_of_date,
        "new" if is_new else "nothing new",
        seconds,
        extra={"build_id": build_id},
    )
    return BuildReport(build_id, is_new, inputs.horizon, inputs.as_of_date, seconds)


def exceeds_full_refresh_threshold(connection: psycopg.Connection, horizon: dict[str, int]) -> bool:
    """Return whether so many records landed after the horizon that a full refresh is faster."""
    new, total = loads.count_since(connection, horizon)
    return new >= _FULL_REFRESH_MIN_RECORDS and new >= _FULL_REFRESH_SHARE * total


def variables(build_id: int, horizon: dict[str, int], as_of: dt.date) -> dict[str, Any]:
    """Return the variables of the dbt project for one build."""
    return {"build_id": build_id, "horizon": horizon, "as_of_date": as_of.isoformat()}


def read_horizon(connection: psycopg.Connection) -> dict[str, int]:
    """Return the newest committed load of each stream, 0 for a stream that has none."""
    return dict.fromkeys(load_contracts(), 0) | loads.horizon(connection)


def _last_built(connection: psycopg.Connection) -> tuple[int, _Inputs | None]:
    """Return the newest build and its inputs; without inputs if it did not succeed."""
    last = builds.newest(connection)
    if last is None or not last.is_built:
        return 0, None
    return last.build_id, _Inputs(last.horizon, last.as_of_date, last.code_version)


def _command(last: _Inputs | None, inputs: _Inputs, *, full_refresh: bool) -> list[str]:
    """Return the dbt command that leads from the last candidate to the new one."""
    if full_refresh:
        return [*FULL_BUILD, "--full-refresh"]
    if last is None:
        return FULL_BUILD
    if last.as_of_date != inputs.as_of_date:
        return ["build", "--selector", "monitor"]
    return select_downstream(
        [name for name, load_id in inputs.horizon.items() if load_id != last.horizon[name]]
    )


def select_downstream(streams: Collection[str]) -> list[str]:
    """Return the dbt command for new loads of these streams, on the day of the last build.

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


def _begin(connection: psycopg.Connection, inputs: _Inputs) -> int:
    return builds.begin(
        connection,
        horizon=inputs.horizon,
        as_of_date=inputs.as_of_date,
        code_version=inputs.code_version,
        contract_versions={name: c.version for name, c in load_contracts().items()},
        dbt_version=dbt_version(),
    )
