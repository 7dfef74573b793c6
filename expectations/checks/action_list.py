"""marts.action_list: subjects an office can find, and as many of them as the figures count."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical

TABLE = "marts.action_list"
# What every row must say. Subjects hold tokens, and stay out of reports.
FILLED = ("monitor_code", "region_code", "subject", "opened_on", "persons", "owner")
# A monitor that lists the households which the indicator counts for a population.
HOUSEHOLDS = (
    ("zero_employment_household", "all"),
    ("exited_poverty_household_out_of_work", "exited_poverty"),
    ("relocated_household_out_of_work", "relocated"),
    ("monitored_household_out_of_work", "monitored"),
    ("low_income_household_out_of_work", "low_income"),
)
_PAIRS = ", ".join(f"('{monitor}', '{population}')" for monitor, population in HOUSEHOLDS)

# The indicator knows no township outside the plans, and none before its plan is monitored.
HOUSEHOLDS_AGREE = f"""
    with pairs (monitor_code, population) as (values {_PAIRS}),
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
            where num_nulls({", ".join(FILLED)}) > 0 or name_zh is null"""),
        title="Every action says what is wrong, where, since when and who acts",
        title_zh="待办事项完整",
        expected=f"no null in {', '.join(FILLED)}; monitor and owner as catalogued",
        message="Nobody could act on the rows shown: see what the model of their monitor leaves "
        "empty, and its row in seeds/monitors.csv.",
    ),
    critical(
        "actions.unique",
        TABLE,
        NoRows(f"""
            select monitor_code, region_code, count(*) as rows
            from {TABLE}
            group by monitor_code, region_code, subject
            having count(*) > 1"""),
        title="A subject appears once under a monitor",
        title_zh="待办对象唯一",
        expected="one row per monitor, township and subject",
        message="An office would be sent twice: correct the grouping of the monitor's model.",
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
        message="The mart was built for another day, or a monitor looks beyond the as-of date: "
        "build again, then look at the model of the monitor shown.",
    ),
    critical(
        "actions.households_agree",
        TABLE,
        NoRows(HOUSEHOLDS_AGREE),
        title="Households listed are as many as the figure counts",
        title_zh="零就业家庭清单与指标一致",
        expected="rows of a household monitor = zero_employment_households of its population, "
        "per township and as of today",
        message="List and indicator would contradict each other: compare household_out_of_work "
        "with labour_household_month for the township shown.",
    ),
)
