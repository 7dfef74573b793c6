"""The reader of the scorecard: all its tables as one release shows them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg
from psycopg.rows import dict_row

from livelihood.alerts import list_alerts
from livelihood.errors import LivelihoodError
from livelihood.scorecard.model import Part, PlanCard, Point, Scorecard, TargetCard
from livelihood.scorecard.wording import section_order
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.ledger import releases, verdicts
from livelihood.warehouse.ledger.releases import Release
from livelihood.warehouse.ledger.verdicts import GateVerdict


def read_scorecard(settings: Settings, year: int | None = None) -> Scorecard:
    """Read the scorecard of the newest release, or of the last with an as-of date in `year`.

    A release never changes, so the scorecard of a past year does not change either. It has no
    alerts, because alerts are of today. Raises LivelihoodError if there is no such release.
    """
    with connect(settings) as connection:
        # All statements must see the same release, even if another is published meanwhile.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        release, verdict = _release(connection, year)
        plans = _plans(connection, _Tables(release, is_newest=year is None))
    alerts = tuple(list_alerts(settings)) if year is None else ()
    return Scorecard(**_release_fields(release, verdict), plans=plans, alerts=alerts)


def _release_fields(release: Release, verdict: GateVerdict) -> dict[str, Any]:
    return {
        "release_id": release.release_id,
        "released_at": release.released_at,
        "as_of_date": release.as_of_date,
        "build_id": release.build_id,
        "gate_id": release.gate_id,
        "gate_verdict": verdict.verdict,
        "gate_warnings": verdict.warning_failed,
        "gate_checks": verdict.checks,
        "accepted_checks": tuple(release.accepted_checks),
        "is_simulated": release.is_simulated,
        "provenance": {
            "loads": release.horizon,
            "offsets": release.offsets,
            "code": release.code_version,
            "dbt": release.dbt_version,
            "contracts": release.contract_versions,
        },
    }


class _Tables(dict[str, str]):
    """Names of the published tables as a release shows them. The newest has them by name."""

    def __init__(self, release: Release, *, is_newest: bool) -> None:
        names = ("target_status", "target_progress", "dim_target", "dim_plan", "dim_region")
        at = "" if is_newest else f"_at({release.release_id})"
        super().__init__({name: f"published.{name}{at}" for name in names})
        if "target_status" not in release.row_counts:
            self["target_status"] = _NEWEST_PROGRESS.format(**self)


def _release(connection: psycopg.Connection, year: int | None) -> tuple[Release, GateVerdict]:
    release = (
        releases.newest(connection) if year is None else releases.newest_of_year(connection, year)
    )
    verdict = release and verdicts.newest(connection, gate_id=release.gate_id)
    if release and verdict:
        return release, verdict
    if year is None:
        raise LivelihoodError("nothing has been published yet: run `livelihood run`")
    raise LivelihoodError(
        f"no release has an as-of date in {year}: `livelihood releases` lists all releases"
    )


def _plans(connection: psycopg.Connection, tables: _Tables) -> tuple[PlanCard, ...]:
    series, parts = _series(connection, tables), _parts(connection, tables)
    by_plan: dict[str, list[TargetCard]] = defaultdict(list)
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_query(_LATEST_TARGETS, tables)):
            target = TargetCard(
                **row,
                series=tuple(series[row["target_id"]]),
                parts=tuple(parts[row["target_id"]]),
            )
            by_plan[target.plan_id].append(target)
    plans = connection.execute(_query(_PLANS, tables)).fetchall()
    return tuple(
        PlanCard(plan_id, name_zh, name_en, region_zh, _ordered(by_plan[plan_id]))
        for plan_id, name_zh, name_en, region_zh in plans
    )


def _ordered(targets: list[TargetCard]) -> tuple[TargetCard, ...]:
    return tuple(
        sorted(targets, key=lambda t: (not t.is_headline, section_order(t.section), t.section))
    )


def _query(text: str, tables: _Tables) -> bytes:
    """Insert the names of the tables, which need no quoting because they are constants."""
    return text.format(**tables).encode()


def _series(connection: psycopg.Connection, tables: _Tables) -> dict[str, list[Point]]:
    series: dict[str, list[Point]] = defaultdict(list)
    rows = connection.execute(_query(_SERIES, tables))
    for target_id, *point in rows:
        series[target_id].append(Point(*point))
    return series


def _parts(connection: psycopg.Connection, tables: _Tables) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = defaultdict(list)
    rows = connection.execute(_query(_PARTS, tables))
    for target_id, *part in rows:
        parts[target_id].append(Part(*part))
    return parts


_PLANS = """
    select plan_id, p.name_zh, p.name_en, r.name_zh
    from {dim_plan} p left join {dim_region} r using (region_code)
    order by starts_on desc, plan_id"""

_SERIES = """
    select target_id, period_month, value, expected_value, status
    from {target_progress} where not is_part order by target_id, period_month"""

# Releases of version 0.1.0 have no target_status.
_NEWEST_PROGRESS = """(
        select distinct on (target_id, region_code) *
        from {target_progress} order by target_id, region_code, period_month desc
    )"""

_PARTS = """
    select target_id, region_code, coalesce(r.name_zh, region_code), s.value, s.status,
        s.target_value, p.expected_value, s.status_since
    from {target_status} s
    join {target_progress} p using (target_id, region_code, period_month)
    left join {dim_region} r using (region_code)
    where s.is_part order by target_id, region_code"""

# A promise that the plan repeats is judged again, and shown once.
_LATEST_TARGETS = """
    select target_id, t.plan_id, t.section, t.name_zh, t.name_en,
        coalesce(t.owner, '') as owner, coalesce(t.supporting, '') as supporting, t.basis,
        coalesce(t.measured_by, '') as measured_by, coalesce(t.is_headline, false) as is_headline,
        coalesce(t.is_approximate, false) as is_approximate, p.periodicity, p.comparator,
        t.value::numeric as promised_value, t.value_high::numeric as promised_high,
        t.unit as promised_unit, s.target_value, p.expected_value, s.value, s.unit, s.status,
        s.status_since, t.starts_on, period_month,
        concat_ws(' ', nullif(t.not_measurable_reason, ''), '“' || t.quote_zh || '”',
            nullif(t.note, '')) as note
    from {target_status} s
    join {target_progress} p using (target_id, region_code, period_month)
    join {dim_target} t using (target_id)
    where not s.is_part and coalesce(t.duplicate_of, '') = ''"""
