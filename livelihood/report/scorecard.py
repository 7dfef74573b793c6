"""The scorecard's data, read from one release as a whole."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg
from psycopg.rows import dict_row

from livelihood.alert import list_alerts
from livelihood.errors import LivelihoodError
from livelihood.report.card import Part, PlanCard, Point, Scorecard, TargetCard
from livelihood.report.figures import section_order
from livelihood.settings import Settings
from livelihood.warehouse import connect


def scorecard(settings: Settings) -> Scorecard:
    """Read the newest release; raises LivelihoodError when nothing has been published."""
    with connect(settings) as connection:
        # Several statements, one release: a publication in between must not be seen.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        release = _release(connection)
        plans = _plans(connection)
    return Scorecard(**release, plans=plans, alerts=tuple(list_alerts(settings)))


def _release(connection: psycopg.Connection) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        release = cursor.execute(
            """
            select release_id, released_at, as_of_date, r.build_id, r.gate_id,
                verdict as gate_verdict, warning_failed as gate_warnings, checks as gate_checks,
                is_simulated, jsonb_build_object('loads', horizon, 'offsets', offsets,
                    'code', code_version, 'dbt', dbt_version, 'contracts', contract_versions
                ) as provenance
            from published.release r join ops.gate_result g using (gate_id)
            order by release_id desc limit 1"""
        ).fetchone()
    if release is None:
        raise LivelihoodError("Nothing has been published yet: run `livelihood run` first.")
    return release


def _plans(connection: psycopg.Connection) -> tuple[PlanCard, ...]:
    series, parts = _series(connection), _parts(connection)
    by_plan: dict[str, list[TargetCard]] = defaultdict(list)
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_LATEST_TARGETS):
            target = TargetCard(
                **row,
                series=tuple(series[row["target_id"]]),
                parts=tuple(parts[row["target_id"]]),
            )
            by_plan[target.plan_id].append(target)
    plans = connection.execute(
        """
        select plan_id, p.name_zh, p.name_en, r.name_zh
        from published.dim_plan p left join published.dim_region r using (region_code)
        order by starts_on desc, plan_id"""
    ).fetchall()
    return tuple(
        PlanCard(plan_id, name_zh, name_en, region_zh, _ordered(by_plan[plan_id]))
        for plan_id, name_zh, name_en, region_zh in plans
    )


def _ordered(targets: list[TargetCard]) -> tuple[TargetCard, ...]:
    return tuple(sorted(targets, key=lambda t: (section_order(t.section), t.section)))


def _series(connection: psycopg.Connection) -> dict[str, list[Point]]:
    series: dict[str, list[Point]] = defaultdict(list)
    rows = connection.execute(
        """
        select target_id, period_month, value, expected_value, status
        from published.target_progress where not is_part order by target_id, period_month"""
    )
    for target_id, *point in rows:
        series[target_id].append(Point(*point))
    return series


def _parts(connection: psycopg.Connection) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = defaultdict(list)
    rows = connection.execute(
        """
        with latest as (
            select target_id, max(period_month) as period_month
            from published.target_progress where is_part group by target_id
        )
        select target_id, p.region_code, coalesce(r.name_zh, p.region_code), p.value, p.status
        from published.target_progress p
        join latest using (target_id, period_month)
        left join published.dim_region r on r.region_code = p.region_code
        where p.is_part order by target_id, p.region_code"""
    )
    for target_id, *part in rows:
        parts[target_id].append(Part(*part))
    return parts


_LATEST_TARGETS = """
    with latest as (
        select target_id, max(period_month) as period_month
        from published.target_progress where not is_part group by target_id
    )
    select target_id, t.plan_id, t.section, t.name_zh, t.name_en,
        coalesce(t.owner, '') as owner, coalesce(t.supporting, '') as supporting, t.basis,
        coalesce(t.is_approximate, false) as is_approximate, p.periodicity, p.comparator,
        t.value::numeric as promised_value, t.value_high::numeric as promised_high,
        t.unit as promised_unit, p.target_value, p.expected_value, p.value, p.unit, p.status,
        p.status_since, p.period_month,
        concat_ws(' ', nullif(t.not_measurable_reason, ''), nullif(t.note, '')) as note
    from published.target_progress p
    join latest using (target_id, period_month)
    join published.dim_target t using (target_id)
    where not p.is_part"""
