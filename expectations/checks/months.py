"""The months of a series: none missing, none suddenly thin, and up to the present."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning

TABLE = "marts.indicator_value"

# A month with so much less than the three before it has lost a delivery, not workers.
DROP_PCT = 30
DROP_MIN_RECORDS = 100
# Indicators whose denominators show how many records a month of each stream rests on.
VOLUMES = ("employment_rate_pct", "resident_pension_on_time_full_pct", "wage_on_time_full_pct")


def months_ahead(table: str, shown: str) -> NoRows:
    """Finds rows of a month that has not begun by the as-of date, or that is no first day."""
    return NoRows(f"""
            select {shown}
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
        title="Stocks have a figure for every month from the first to the latest",
        title_zh="存量指标月份连续",
        expected="no missing month above the townships",
        message="A month was deleted and not computed again, or its delivery never came: run the "
        "nightly recomputation (DAG `reconcile`); if the gap stays, ask the owner of the stream.",
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
                    ) as usual
                from {TABLE}
                join marts.dim_region using (region_code)
                where level = 'county' and population = 'all'
                    and indicator_code in ({", ".join(f"'{code}'" for code in VOLUMES)})
                    and period_month < date_trunc('month', cast(:as_of_date as date))
            )
            select region_code, indicator_code, period_month, denominator, round(usual) as usual
            from volume
            where usual >= {DROP_MIN_RECORDS} and denominator * 100 < usual * {100 - DROP_PCT}"""),
        title=f"No month rests on {DROP_PCT} % fewer records than the three before it",
        title_zh="各月数据量平稳",
        expected=f"a drop of at most {DROP_PCT} %, from {DROP_MIN_RECORDS} records on",
        message="A delivery of the month shown is missing or incomplete: ask the owner of the "
        "stream; rates of that month may mislead.",
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
        title="Stocks reach the month before the as-of date",
        title_zh="存量指标更新及时",
        expected="latest month >= the month before the as-of date",
        message="No record reaches the present for the indicators shown: ask the owner of the "
        "stream for the missing months.",
    ),
)
