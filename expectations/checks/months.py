"""Months of an indicator: none missing, none with far fewer records, and up to date."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning
from expectations.query import code_list

TABLE = "marts.indicator_value"

# A larger drop against the mean of the three months before means a missing delivery.
DROP_PCT = 30
DROP_MIN_RECORDS = 100
# Indicators whose denominators are the number of records of a stream in a month.
VOLUMES = ("employment_rate_pct", "resident_pension_on_time_full_pct", "wage_on_time_full_pct")


def no_future_months(table: str, columns: str) -> NoRows:
    """Return a rule that no month begins after the as-of date and all are first days."""
    return NoRows(f"""
            select {columns}
            from {table}
            where period_month > cast(:as_of_date as date)
                or period_month <> date_trunc('month', period_month)""")


MONTH_CHECKS: tuple[Check, ...] = (
    critical(
        "months.continuous",
        TABLE,
        NoRows(f"""
            select
                region_code, indicator_code, population, min(period_month) as first_month,
                max(period_month) as latest_month, count(distinct period_month) as months
            from {TABLE}
            join marts.dim_region using (region_code)
            join marts.dim_indicator using (indicator_code)
            where kind = 'stock' and level <> 'township'
            group by 1, 2, 3
            having count(distinct period_month) <> 1
                + 12 * (extract(year from max(period_month)) - extract(year from min(period_month)))
                + extract(month from max(period_month)) - extract(month from min(period_month))"""),
        title="Stocks have a value for every month from the first to the latest",
        title_zh="存量指标月份连续",
        expected="no missing month above the townships",
        message="A month was deleted and not computed again, or its delivery is missing: run the "
        "nightly recomputation (DAG `reconcile`); if the gap remains, ask the owner of the "
        "stream.",
        is_acceptable=True,
    ),
    warning(
        "months.steady",
        TABLE,
        NoRows(f"""
            with volume as (
                select
                    indicator_code, region_code, period_month, denominator,
                    avg(denominator) over (
                        partition by indicator_code, region_code order by period_month
                        rows between 3 preceding and 1 preceding
                    ) as mean_before
                from {TABLE}
                join marts.dim_region using (region_code)
                where level = 'county' and population = 'all'
                    and indicator_code in ({code_list(VOLUMES)})
                    and period_month < date_trunc('month', cast(:as_of_date as date))
            )
            select
                region_code, indicator_code, period_month, denominator,
                round(mean_before) as mean_before
            from volume
            where mean_before >= {DROP_MIN_RECORDS}
                and denominator * 100 < mean_before * {100 - DROP_PCT}"""),
        title=f"No month has {DROP_PCT} % fewer records than the three before it",
        title_zh="各月数据量平稳",
        expected=f"a drop of at most {DROP_PCT} %, from {DROP_MIN_RECORDS} records",
        message="A delivery of the listed month is missing or incomplete, and rates of that "
        "month may be misleading: ask the owner of the stream.",
    ),
    warning(
        "months.up_to_date",
        TABLE,
        NoRows(f"""
            select indicator_code, max(period_month) as latest_month
            from {TABLE}
            join marts.dim_indicator using (indicator_code)
            where kind = 'stock'
            group by 1
            having max(period_month)
                < date_trunc('month', cast(:as_of_date as date)) - interval '1 month'"""),
        title="Stocks extend to the month before the as-of date",
        title_zh="存量指标更新及时",
        expected="latest month >= the month before the as-of date",
        message="The listed indicators have no recent records: ask the owner of the stream for "
        "the missing months.",
    ),
)
