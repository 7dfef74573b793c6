"""One fault per check, planted in the clean warehouse, and the checks that must detect it."""

from __future__ import annotations

from dataclasses import dataclass

from livelihood.contracts import load_contracts

# A fault in both schemas is no change since the last release.
BOTH_SCHEMAS = ("marts", "published")


@dataclass(frozen=True)
class Fault:
    """Statements that plant a fault, and the checks that fail in addition to its own."""

    statements: tuple[str, ...]
    also: frozenset[str] = frozenset()


def fault(*statements: str, also: tuple[str, ...] = ()) -> Fault:
    """Create a fault; a statement with `{schema}` runs on `marts` and on `published`."""
    expanded = [
        statement.format(schema=schema) if "{schema}" in statement else statement
        for statement in statements
        for schema in (BOTH_SCHEMAS if "{schema}" in statement else BOTH_SCHEMAS[:1])
    ]
    return Fault(tuple(expanded), frozenset(also))


def _values(
    code: str, month: int = 6, population: str = "all", regions: str = "%", schema: str = "marts"
) -> str:
    return (
        f"{schema}.indicator_value where indicator_code = '{code}' and population = '{population}'"
        f" and period_month = '2023-0{month}-01' and region_code like '{regions}'"
    )


def _set(assignments: str, rows: str) -> str:
    table, condition = rows.split(" where ")
    return f"update {table} set {assignments} where {condition}"


def _copy(column: str, replacement: str, rows: str) -> str:
    """Return a statement that copies indicator values and replaces one column."""
    columns = (
        "indicator_code, region_code, population, period_month, value, numerator, denominator,"
        " unit, coverage_pct, status"
    )
    selected = ", ".join(replacement if name == column else name for name in columns.split(", "))
    return f"insert into marts.indicator_value ({columns}) select {selected} from {rows}"


def _add_rows(stream: str, load_id: int, rows: int) -> tuple[str, ...]:
    """Return statements that add rows to a load of a stream, in landing and in ops.load."""
    return (
        f"create temp table new_rows as select landed.* from landing.{stream} as landed,"
        f" generate_series(1, {rows}) where _load_id = {load_id} and _offset % 100 = 0",
        "create temp sequence new_offset start 1000000",
        "update new_rows set _offset = nextval('new_offset')",
        f"insert into landing.{stream} select * from new_rows",
        f"update ops.load set records = records + {rows} where load_id = {load_id}",
    )


# The load of each stream that is not part of a release.
NEW_LOADS = {stream: 10 * number + 2 for number, stream in enumerate(load_contracts())}
COUNTY = "522327"
PENSION = "employee_pension_insured_persons"

FAULTS: dict[str, Fault] = {
    "delivery.employment.booked": fault(
        "delete from landing.employment where _load_id = 2 and _offset = 200"
    ),
    "delivery.social_insurance.fresh": fault(
        "update landing.social_insurance set recorded_at = '2023-01-31'"
    ),
    "delivery.wage_payment.quarantine_flood": fault(
        f"update ops.load set rejected = 2000 where load_id = {NEW_LOADS['wage_payment']}",
        also=("delivery.wage_payment.quarantine_share",),
    ),
    "delivery.employment.quarantine_share": fault(
        *_add_rows("employment", 2, 200), "update ops.load set rejected = 10 where load_id = 2"
    ),
    "delivery.social_insurance.volume": fault(
        *_add_rows("social_insurance", NEW_LOADS["social_insurance"], 10_000)
    ),
    "landing.wage_payment.complete": fault(
        "alter table landing.wage_payment alter source_system drop not null",
        "update landing.wage_payment set source_system = null"
        f" where _load_id = {NEW_LOADS['wage_payment']}",
    ),
    "landing.employment.allowed_values": fault(
        "update landing.employment set operation = 'patch' where _load_id = 2"
    ),
    "landing.social_insurance.bounds": fault(
        "update landing.social_insurance set benefit_due_fen = -1"
        f" where _load_id = {NEW_LOADS['social_insurance']}"
    ),
    "landing.wage_payment.tokens": fault(
        "update landing.wage_payment set person_token = '522327199001011234'"
        f" where _offset = {100 * NEW_LOADS['wage_payment']}"
    ),
    "landing.employment.regions_known": fault(
        "update landing.employment set township_code = '999999999' where _load_id = 2"
    ),
    "landing.social_insurance.clock": fault(
        "update landing.social_insurance set _produced_at = '2023-06-01'"
        f" where _load_id = {NEW_LOADS['social_insurance']}"
    ),
    "candidate.reached_horizon": fault(
        """update ops.build_watermark set horizon = horizon || '{{"employment": 1}}'""".replace(
            "{{", "{"
        ).replace("}}", "}")
    ),
    "figures.key_filled": fault(_set("unit = null", _values("employed_persons", regions="52"))),
    "figures.key_unique": fault(
        _copy("value", "value", _values("wage_mean_yuan", regions="52")),
    ),
    "figures.status_known": fault(
        _set("status = 'draft'", _values("employed_persons", regions=COUNTY))
    ),
    "figures.coverage_bounds": fault(_set("coverage_pct = 120", _values("employed_persons"))),
    "figures.not_negative": fault(
        _set("value = -value, numerator = -numerator", _values(PENSION, schema="{schema}"))
    ),
    "progress.key_filled": fault("update marts.target_progress set status_since = null"),
    "progress.key_unique": fault(
        "insert into marts.target_progress select * from marts.target_progress"
        " where target_id = 'wages' and period_month = '2023-04-01'"
    ),
    "progress.status_known": fault(
        "update marts.target_progress set status = 'fine'"
        " where target_id = 'wages' and period_month = '2023-04-01'"
    ),
    "arrears.key_filled": fault(
        "update marts.wage_arrears set project_code = null", also=("arrears.agrees_with_actions",)
    ),
    "arrears.key_unique": fault(
        "update marts.wage_arrears set unpaid_yuan = unpaid_yuan / 2",
        "insert into marts.wage_arrears select * from marts.wage_arrears",
    ),
    "figures.period_valid": fault(
        _copy("period_month", "date '2023-07-01'", _values("newly_employed_persons"))
    ),
    "figures.final_by_date": fault(_set("status = 'final'", _values("wage_mean_yuan"))),
    "figures.indicator_code_known": fault(
        _copy("indicator_code", "'unknown_persons'", _values("newly_employed_persons"))
    ),
    "figures.region_code_known": fault(
        _copy("region_code", "'99'", _values("newly_employed_persons", regions="52"))
    ),
    "figures.population_known": fault(
        _copy("population", "'unknown'", _values("newly_employed_persons"))
    ),
    "figures.unit_as_catalogued": fault(_set("unit = 'fen'", _values("wage_mean_yuan"))),
    "figures.value_agrees": fault(
        _set("value = value + 0.5", _values("wage_mean_yuan", regions="522327100"))
    ),
    "figures.share_bounds": fault(
        _set("value = 110, numerator = denominator * 1.1", _values("real_name_cover_pct"))
    ),
    "figures.rate_bounds": fault(
        _set(
            "value = 210, numerator = denominator * 2.1",
            _values("pension_coverage_pct", schema="{schema}"),
        )
    ),
    "figures.every_indicator_filled": fault(
        "insert into marts.dim_indicator (indicator_code, kind, unit)"
        " values ('unused_persons', 'stock', 'persons')"
    ),
    "tree.closed": fault(
        "insert into marts.dim_region (region_code, name_zh, level, parent_code)"
        " values ('620000100', '', 'township', '620000')"
    ),
    "tree.numerators": fault(
        _set(
            "value = value + 1, numerator = numerator + 1",
            _values("newly_employed_persons") + " and length(region_code) <= 6",
        )
    ),
    "tree.denominators": fault(
        _set(
            "denominator = denominator + 1, value = round(numerator / (denominator + 1), 4)",
            _values("wage_mean_yuan") + " and length(region_code) <= 6",
        )
    ),
    "tree.complete": fault("delete from " + _values("newly_employed_persons", regions="5223")),
    "tree.covered": fault(_set("coverage_pct = 50", _values("employed_persons", regions=COUNTY))),
    "agreement.population_within_all": fault(
        _copy("population", "'urban'", _values("newly_employed_persons")),
        _set(
            "value = value * 2, numerator = numerator * 2",
            _values("newly_employed_persons", population="urban"),
        ),
    ),
    "agreement.urban_and_rural": fault(
        _set(
            "value = value * 0.9, numerator = numerator * 0.9",
            _values("employed_persons", population="urban"),
        )
    ),
    "agreement.parts_within_whole": fault(
        _set(
            "value = value * 50, numerator = numerator * 50",
            _values("zero_employment_households", schema="{schema}"),
        ),
        also=("actions.households_agree",),
    ),
    "agreement.same_figure_once": fault(
        _set("numerator = denominator * 0.89, value = 89", _values("employment_rate_pct"))
    ),
    "agreement.insured_within_register": fault(
        _set("value = value * 5, numerator = numerator * 5", _values(PENSION, schema="{schema}"))
    ),
    "months.continuous": fault("delete from " + _values("labour_households", month=4)),
    "months.steady": fault(
        _set(
            "numerator = numerator / 2, denominator = denominator / 2",
            _values("wage_on_time_full_pct", month=5),
        )
    ),
    "months.up_to_date": fault(
        "delete from " + _values(PENSION, month=5), "delete from " + _values(PENSION, month=6)
    ),
    "progress.period_valid": fault(
        "update marts.target_progress set status_since = '2023-06-01'"
        " where target_id = 'wages' and period_month = '2023-04-01'"
    ),
    "progress.target_known": fault("delete from marts.dim_target where target_id = 'wages'"),
    "progress.every_target_now": fault(
        "delete from marts.target_progress"
        " where target_id = 'income' and period_month = '2023-06-01'"
    ),
    "progress.targets_resolve": fault(
        "update marts.dim_target set population = 'unknown' where target_id = 'income'"
    ),
    "progress.reason_given": fault(
        "update marts.target_progress set note = ' ' where target_id = 'income'"
    ),
    "progress.data_arrived": fault(
        "insert into marts.dim_target (target_id, plan_id, indicator_code, region_code, population,"
        " starts_on, ends_on) select 'late', plan_id, 'unemployment_rate_pct', region_code,"
        " population, starts_on, ends_on from marts.dim_target where target_id = 'wages'",
        "insert into marts.dim_indicator (indicator_code, kind, unit)"
        " values ('unemployment_rate_pct', 'ratio', 'pct')",
        "insert into marts.target_progress (target_id, region_code, period_month, indicator_code,"
        " population, periodicity, comparator, target_value, status, status_since, is_part)"
        " values ('late', '522327', '2023-06-01', 'unemployment_rate_pct', 'all', 'monthly', '<=',"
        " 4, 'no_data', '2023-06-01', false)",
        also=("figures.every_indicator_filled",),
    ),
    "progress.verdict_has_figure": fault(
        "update marts.target_progress set value = null"
        " where target_id = 'newly' and period_month = '2023-06-01'"
    ),
    "progress.figure_agrees": fault(
        "update marts.target_progress set value = 96"
        " where target_id = 'wages' and period_month = '2023-06-01'"
    ),
    "progress.verdict_agrees": fault(
        "update marts.target_progress set status = 'met'"
        " where target_id = 'wages' and period_month = '2023-03-01'"
    ),
    "progress.year_to_date_grows": fault(
        "update marts.target_progress set value = 10"
        " where target_id = 'newly' and period_month = '2023-06-01'"
    ),
    "arrears.owed": fault(
        "insert into marts.wage_arrears values"
        " ('P-2', 'f', '522327100', 0, 0, '2023-06-15', 15, false)"
    ),
    "arrears.days_agree": fault("update marts.wage_arrears set days_late = days_late + 1"),
    "arrears.agrees_with_indicator": fault(
        "update marts.wage_arrears set unpaid_yuan = unpaid_yuan + 0.01",
        also=("arrears.agrees_with_actions",),
    ),
    "arrears.agrees_with_actions": fault(
        "update marts.action_list set amount_yuan = amount_yuan + 0.01"
        " where monitor_code = 'unpaid_wage_project' and region_code = '522327101'"
    ),
    "actions.complete": fault(
        "update marts.action_list set owner = 'unknown' where monitor_code = 'uninsured_person'"
    ),
    "actions.unique": fault(
        "insert into marts.action_list select * from marts.action_list"
        " where monitor_code = 'uninsured_person' and region_code = '522327101'"
    ),
    "actions.opened": fault(
        "update marts.action_list set opened_on = '2023-07-01'"
        " where monitor_code = 'uninsured_person'"
    ),
    "actions.households_agree": fault(
        "delete from marts.action_list where monitor_code = 'zero_employment_household'"
        " and region_code = '522327101' and subject like '%1'"
    ),
    "comparison.key_unique": fault(
        "insert into marts.report_comparison select * from marts.report_comparison"
        " where figure_code = 'grants'"
    ),
    "comparison.difference_agrees": fault(
        "update marts.report_comparison set computed_value = 1801, difference = 17"
        " where reported_value = 1818"
    ),
    "comparison.period_valid": fault(
        "update marts.report_comparison set period_month = '2023-07-01'"
        " where figure_code = 'grants'"
    ),
    "comparison.figure_known": fault(
        "update marts.report_comparison set unit = 'yuan' where figure_code = 'grants'"
    ),
    "comparison.agrees": fault(
        "update marts.report_comparison"
        " set reported_value = 1819, difference = 19, is_flagged = true"
        " where reported_value = 1818"
    ),
    "comparison.plausible": fault(
        "update marts.report_comparison set is_implausible = true where reported_value = 1818"
    ),
    "clock.key_unique": fault(
        "insert into marts.report_clock select * from marts.report_clock where status = 'on_time'"
    ),
    "clock.status_agrees": fault(
        "update marts.report_clock set status = 'on_time' where status = 'late'"
    ),
    "clock.every_office": fault("delete from marts.report_clock where status = 'late'"),
    "history.figures_kept": fault(
        "insert into published.indicator_value select 'retired_' || indicator_code, region_code,"
        " population, period_month, value, numerator, denominator, unit, coverage_pct,"
        " 'provisional' from marts.indicator_value"
    ),
    "history.no_collapse": fault(
        _set("value = value * 3", _values("employed_persons", schema="published")),
        also=("history.level_jump",),
    ),
    "history.final_revised": fault(
        "update published.indicator_value set value = value * 1.01"
        " where status = 'final' and length(region_code) = 9"
    ),
    "history.level_jump": fault(
        _set("value = value * 1.5", _values("employed_persons", schema="published"))
    ),
    "history.verdicts_flipped": fault(
        "update published.target_progress set status = 'on_track'"
        " where target_id <> 'income' and period_month = '2023-06-01'"
    ),
}
