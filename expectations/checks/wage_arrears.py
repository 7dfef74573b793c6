"""Checks of marts.wage_arrears: cases follow from the records and add up to the indicator."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical

TABLE = "marts.wage_arrears"
GROUP_WORKERS = 10

# The indicator starts with the monitoring of a plan and covers only townships of plans. Older
# arrears can therefore make the list longer, never shorter.
AGREEMENT_WITH_INDICATOR = f"""
    with listed as (
        select
            township_code, sum(unpaid_yuan) as listed_yuan,
            min(oldest_due_date) as oldest_due_date
        from {TABLE}
        where exists (select from marts.dim_plan where starts_with(township_code, region_code))
        group by 1
    ),
    counted as (
        select
            region_code as township_code, sum(value) as counted_yuan,
            min(period_month) as first_month
        from marts.indicator_value
        join marts.dim_region using (region_code)
        where indicator_code = 'wage_arrears_yuan' and population = 'all' and level = 'township'
        group by 1
    )
    select township_code, listed_yuan, counted_yuan, 'the list is too short' as difference
    from counted
    left join listed using (township_code)
    where coalesce(listed_yuan, 0) < counted_yuan
    union all
    select township_code, listed_yuan, counted_yuan, 'the list is too long'
    from listed
    left join counted using (township_code)
    where listed_yuan > coalesce(counted_yuan, 0)
        and oldest_due_date >= coalesce(first_month, oldest_due_date)"""

ARREARS_CHECKS: tuple[Check, ...] = (
    critical(
        "arrears.owed",
        TABLE,
        NoRows(f"""
            select project_code, township_code, workers_persons, unpaid_yuan
            from {TABLE}
            where workers_persons < 1 or unpaid_yuan <= 0"""),
        title="Every row of arrears has workers and an amount",
        title_zh="欠薪人数与金额为正",
        expected="workers_persons >= 1 and unpaid_yuan > 0",
        message="A settled case is still listed: check whether later revisions of its wage "
        "records were loaded.",
    ),
    critical(
        "arrears.days_agree",
        TABLE,
        NoRows(f"""
            select
                project_code, township_code, workers_persons, is_group, oldest_due_date, days_late
            from {TABLE}
            where oldest_due_date > cast(:as_of_date as date)
                or days_late <> cast(:as_of_date as date) - oldest_due_date
                or is_group <> (workers_persons >= {GROUP_WORKERS})"""),
        title="Days late and the group flag follow from the row",
        title_zh="逾期天数与群体标志一致",
        expected=f"days_late = as-of date - oldest_due_date; a group has {GROUP_WORKERS} workers",
        message="The mart was built for another day, and alerts sort cases by these columns: run "
        "`livelihood build` again.",
    ),
    critical(
        "arrears.agrees_with_indicator",
        TABLE,
        NoRows(AGREEMENT_WITH_INDICATOR),
        title="Arrears add up to the indicator",
        title_zh="欠薪金额与指标一致",
        expected="sum of unpaid_yuan = sum of wage_arrears_yuan, per township",
        message="List and indicator contradict each other: run the nightly recomputation (DAG "
        "`reconcile`) and compare the listed township.",
    ),
    critical(
        "arrears.agrees_with_actions",
        TABLE,
        NoRows(f"""
            with sums (township_code, owed_yuan, listed_yuan) as (
                select township_code, unpaid_yuan, 0 from {TABLE} where project_code <> ''
                union all
                select region_code, 0, amount_yuan from marts.action_list
                where monitor_code = 'unpaid_wage_project'
            )
            select
                township_code, sum(owed_yuan) as owed_yuan, sum(listed_yuan) as listed_yuan
            from sums
            group by township_code
            having sum(owed_yuan) <> sum(listed_yuan)"""),
        title="The action list contains all arrears of projects",
        title_zh="项目欠薪待办与欠薪清单一致",
        expected="sum of unpaid_yuan on projects = sum of amount_yuan of unpaid_wage_project",
        message="A case is missing from one of the two lists: compare wage_arrears with the "
        "model int_unpaid_wage_project_actions for the listed township.",
    ),
)
