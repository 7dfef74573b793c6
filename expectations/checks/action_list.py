"""Checks of marts.action_list: complete rows, as many as the indicators count."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical
from expectations.query import code_rows

TABLE = "marts.action_list"
# Subjects contain tokens and never enter a report.
REQUIRED = ("monitor_code", "region_code", "subject", "opened_on", "persons", "owner")
# A monitor that lists households, and the population for which the indicator counts them.
HOUSEHOLDS = (
    ("zero_employment_household", "all"),
    ("exited_poverty_household_out_of_work", "exited_poverty"),
    ("relocated_household_out_of_work", "relocated"),
    ("monitored_household_out_of_work", "monitored"),
    ("low_income_household_out_of_work", "low_income"),
)

# The indicator covers only townships of plans, from the start of their monitoring.
HOUSEHOLDS_AGREE = f"""
    with pairs (monitor_code, population) as (values {code_rows(HOUSEHOLDS)}),
    listed as (
        select monitor_code, region_code, count(*) as households
        from {TABLE}
        join pairs using (monitor_code)
        where exists (
            select from marts.dim_plan as plan
            where starts_with(action_list.region_code, plan.region_code)
                and monitor_from <= cast(:as_of_date as date)
        )
        group by 1, 2
    ),
    counted as (
        select monitor_code, region_code, value as households
        from marts.indicator_value
        join pairs using (population)
        join marts.dim_region using (region_code)
        where indicator_code = 'zero_employment_households' and level = 'township'
            and period_month = date_trunc('month', cast(:as_of_date as date))
    )
    select
        monitor_code, region_code, listed.households as listed_households,
        counted.households as counted_households
    from listed
    full join counted using (monitor_code, region_code)
    where coalesce(listed.households, 0) <> coalesce(counted.households, 0)"""

ACTION_CHECKS: tuple[Check, ...] = (
    critical(
        "actions.complete",
        TABLE,
        NoRows(f"""
            select monitor_code, region_code, opened_on, persons, owner
            from {TABLE}
            left join marts.dim_monitor using (monitor_code, owner)
            where num_nulls({", ".join(REQUIRED)}) > 0 or name_zh is null"""),
        title="Every action has a monitor, region, subject, date, size and owner",
        title_zh="待办事项完整",
        expected=f"no null in {', '.join(REQUIRED)}; monitor and owner as catalogued",
        message="No office can act on the listed rows: check which columns the model of their "
        "monitor leaves empty, and its row in seeds/monitors.csv.",
    ),
    critical(
        "actions.unique",
        TABLE,
        NoRows(f"""
            select monitor_code, region_code, count(*) as rows
            from {TABLE}
            group by monitor_code, region_code, subject
            having count(*) > 1"""),
        title="A subject appears once per monitor",
        title_zh="待办对象唯一",
        expected="one row per monitor, township and subject",
        message="The office would follow up the same case twice: correct the grouping of the "
        "monitor's model.",
    ),
    critical(
        "actions.opened",
        TABLE,
        NoRows(f"""
            select monitor_code, region_code, opened_on
            from {TABLE}
            where opened_on > cast(:as_of_date as date)"""),
        title="No action begins in the future",
        title_zh="待办起始日不晚于截至日",
        expected="opened_on <= as-of date",
        message="The mart was built for another day, or a monitor reads records after the as-of "
        "date: run `livelihood build` again, then check the model of the listed monitor.",
    ),
    critical(
        "actions.households_agree",
        TABLE,
        NoRows(HOUSEHOLDS_AGREE),
        title="The number of listed households equals the indicator",
        title_zh="零就业家庭清单与指标一致",
        expected="rows of a household monitor = zero_employment_households of its population, "
        "per township, in the month of the as-of date",
        message="List and indicator contradict each other: compare "
        "int_households_out_of_work with int_labour_household_months for the listed township.",
    ),
)
