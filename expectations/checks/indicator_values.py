"""Checks of single rows of marts.indicator_value: month, codes, arithmetic."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning
from expectations.checks.months import no_future_months
from expectations.query import code_list

TABLE = "marts.indicator_value"
KEY = "indicator_code, region_code, population, period_month"

# Ratios that may correctly exceed 100 %: the numerator is not part of the denominator, or losses
# reduce the denominator.
UNBOUNDED_RATIOS = (
    "pension_coverage_pct",
    "contribution_subsidy_rate_pct",
    "labour_remuneration_share_pct",
    "property_income_pct",
    "transfer_income_pct",
)
UNBOUNDED_RATIO_LIMIT_PCT = 200
# A period is final if it ended more than this number of days before the as-of date.
FINAL_AFTER_DAYS = 45
# Values have four decimals, so this is one rounding step.
TOLERANCE = "0.0001"


def _unknown(column: str, dimension: str, key: str, title_zh: str, seed: str) -> Check:
    return critical(
        f"figures.{column}_known",
        TABLE,
        NoRows(f"""
            select indicator.{column}, count(*) as rows
            from {TABLE} as indicator
            left join marts.{dimension} as dimension on dimension.{key} = indicator.{column}
            where dimension.{key} is null
            group by 1"""),
        title=f"Every {column} is in {dimension}",
        title_zh=title_zh,
        expected="no unknown code",
        message=f"Readers who join {dimension} would not see these rows: add the code to "
        f"seeds/{seed}.csv, or correct the model that computes it.",
    )


INDICATOR_CHECKS: tuple[Check, ...] = (
    critical(
        "figures.period_valid",
        TABLE,
        no_future_months(TABLE, f"{KEY}, value"),
        title="Every period is a month that begins by the as-of date",
        title_zh="无未来期间数据",
        expected="period_month is a first day, not after the as-of date",
        message="A record dated in the future is included: the model must end at the as-of date.",
    ),
    critical(
        "figures.final_by_date",
        TABLE,
        NoRows(f"""
            select {KEY}, status
            from {TABLE}
            where status in ('provisional', 'final') and (status = 'final') <> (
                (period_month + interval '1 month' - interval '1 day')::date
                < cast(:as_of_date as date) - {FINAL_AFTER_DAYS}
            )"""),
        title=f"A value is final {FINAL_AFTER_DAYS} days after its period, not before",
        title_zh="定稿状态与日期一致",
        expected=f"final = period ended more than {FINAL_AFTER_DAYS} days before the as-of date",
        message="Periods were not recomputed when the as-of date changed: run `livelihood build "
        "--full-refresh`.",
    ),
    _unknown("indicator_code", "dim_indicator", "indicator_code", "指标在目录内", "indicators"),
    _unknown("region_code", "dim_region", "region_code", "区划在区划树内", "regions"),
    _unknown("population", "dim_population", "population", "人群在目录内", "populations"),
    critical(
        "figures.unit_as_catalogued",
        TABLE,
        NoRows(f"""
            select
                indicator_code, indicator.unit, catalogue.unit as catalogue_unit,
                count(*) as rows
            from {TABLE} as indicator
            join marts.dim_indicator as catalogue using (indicator_code)
            where indicator.unit <> catalogue.unit
            group by 1, 2, 3"""),
        title="Every value has the unit of its indicator",
        title_zh="计量单位与目录一致",
        expected="unit = dim_indicator.unit",
        message="Fen published as yuan is wrong by a factor of 100: correct the model or the "
        "catalogue.",
    ),
    critical(
        "figures.value_agrees",
        TABLE,
        NoRows(f"""
            with computed as (
                select
                    indicator.*,
                    case catalogue.kind
                        when 'flow' then numerator
                        when 'stock' then numerator
                        when 'composite'
                            then round(factor * numerator / coalesce(denominator, 1), 4)
                        else round(factor * numerator / nullif(denominator, 0), 4)
                    end as computed_value
                from {TABLE} as indicator
                join marts.dim_indicator as catalogue using (indicator_code)
            )
            select {KEY}, value, computed_value, numerator, denominator
            from computed
            where (value is null) <> (computed_value is null)
                or abs(value - computed_value) > {TOLERANCE}"""),
        title="Every value follows from its numerator and denominator",
        title_zh="指标值与分子分母一致",
        expected="ratio, mean and composite = factor n / d, flow and stock = n",
        message="A model computes the value by another rule than the catalogue defines: compare "
        "the kind in seeds/indicators.csv with the model.",
    ),
    critical(
        "figures.share_bounds",
        TABLE,
        NoRows(f"""
            select {KEY}, value, numerator, denominator
            from {TABLE}
            join marts.dim_indicator as catalogue using (indicator_code)
            where catalogue.kind = 'ratio' and indicator_code not in ({code_list(UNBOUNDED_RATIOS)})
                and value > 100"""),
        title="Shares do not exceed 100 %",
        title_zh="占比不超过 100 %",
        expected="value <= 100 where the numerator is part of the denominator",
        message="The numerator counts something that the denominator does not: compare the two "
        "conditions in the model of the listed indicator.",
        is_acceptable=True,
    ),
    warning(
        "figures.rate_bounds",
        TABLE,
        NoRows(f"""
            select {KEY}, value, numerator, denominator
            from {TABLE}
            where indicator_code in ({code_list(UNBOUNDED_RATIOS)})
                and value > {UNBOUNDED_RATIO_LIMIT_PCT}"""),
        title=f"Rates of two different counts are at most {UNBOUNDED_RATIO_LIMIT_PCT} %",
        title_zh="比率异常偏高",
        expected=f"{', '.join(UNBOUNDED_RATIOS)} <= {UNBOUNDED_RATIO_LIMIT_PCT}",
        message="Possible, but unlikely: check whether one of the two streams lacks a delivery "
        "for the listed months.",
    ),
    warning(
        "figures.every_indicator_filled",
        TABLE,
        NoRows(f"""
            select indicator_code
            from marts.dim_indicator as catalogue
            where not exists (
                select from {TABLE} as indicator
                where indicator.indicator_code = catalogue.indicator_code
            )"""),
        title="Every indicator of the catalogue has values",
        title_zh="目录内指标均有数据",
        expected="no indicator without a row",
        message="No model computes the listed indicators, or their stream has not delivered. "
        "Their targets have the status `no_data`.",
    ),
)
