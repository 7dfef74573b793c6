"""Checks of marts.wage_arrears and of the region tree."""

from __future__ import annotations

from expectations.check import Check, NoRows, Rows

TABLE = "marts.wage_arrears"
KEYS = ("project_code", "employer_token", "township_code")
GROUP_WORKERS = 10


def arrears_checks() -> tuple[Check, ...]:
    """The checks of arrears; the last compares them with the indicators."""
    filled = (*KEYS, "workers_persons", "unpaid_yuan", "oldest_due_date", "days_late", "is_group")
    return (
        critical(
            "arrears.key_filled",
            TABLE,
            title="Every arrears row is complete",
            title_zh="欠薪记录完整",
            expected="no null",
            message="A case without place or employer cannot be followed up: correct the model.",
            rules=tuple(
                Rows("ExpectColumnValuesToNotBeNull", {"column": column}, ("township_code",))
                for column in filled
            ),
        ),
        critical(
            "arrears.key_unique",
            TABLE,
            title="An employer has one arrears row per project and township",
            title_zh="欠薪记录唯一",
            expected=f"one row per {', '.join(KEYS)}",
            message="A case would be raised twice: correct the grouping of the model.",
            rules=(
                Rows(
                    "ExpectCompoundColumnsToBeUnique",
                    {"column_list": list(KEYS)},
                    ("project_code", "township_code"),
                ),
            ),
        ),
        critical(
            "arrears.owed",
            TABLE,
            title="Arrears owe something to someone",
            title_zh="欠薪人数与金额为正",
            expected="workers_persons >= 1 and unpaid_yuan > 0",
            message="A settled case is still shown: see whether later revisions of its wage "
            "records were taken in.",
            rules=(
                NoRows(
                    f"select project_code, township_code, workers_persons, unpaid_yuan from {TABLE}"  # noqa: S608
                    " where workers_persons < 1 or unpaid_yuan <= 0"
                ),
            ),
        ),
        critical(
            "arrears.days_agree",
            TABLE,
            title="Days late and group size follow from the row",
            title_zh="逾期天数与群体标志一致",
            expected=f"days_late = as-of date - oldest_due_date; is_group from {GROUP_WORKERS} on",
            message="The mart was built for another day: build again; alerts order cases by these.",
            rules=(
                NoRows(
                    f"""
                    select project_code, township_code, workers_persons, is_group, oldest_due_date,
                        days_late
                    from {TABLE}
                    where oldest_due_date > cast(:as_of_date as date)
                        or days_late <> cast(:as_of_date as date) - oldest_due_date
                        or is_group <> (workers_persons >= {GROUP_WORKERS})"""  # noqa: S608
                ),
            ),
        ),
        critical(
            "arrears.agrees_with_indicator",
            TABLE,
            title="Arrears add up to the indicator",
            title_zh="欠薪金额与指标一致",
            expected="sum of unpaid_yuan = sum of wage_arrears_yuan, per township",
            message="List and indicator would contradict each other: run the nightly "
            "recomputation (DAG `reconcile`) and compare the township shown.",
            rules=(NoRows(_agreement()),),
        ),
    )


def _agreement() -> str:
    # The indicator begins with monitoring; arrears older than that make the list longer, never
    # shorter.
    return f"""
        with listed as (
            select township_code, sum(unpaid_yuan) as listed_yuan,
                min(oldest_due_date) as oldest_due_date
            from {TABLE} group by 1
        ),
        counted as (
            select region_code as township_code, sum(value) as counted_yuan,
                min(period_month) as first_month
            from marts.indicator_value join marts.dim_region using (region_code)
            where indicator_code = 'wage_arrears_yuan' and population = 'all'
                and level = 'township'
            group by 1
        )
        select township_code, listed_yuan, counted_yuan, 'list is short' as difference
        from counted left join listed using (township_code)
        where coalesce(listed_yuan, 0) < counted_yuan
        union all
        select township_code, listed_yuan, counted_yuan, 'list is long'
        from listed left join counted using (township_code)
        where listed_yuan > coalesce(counted_yuan, 0)
            and oldest_due_date >= coalesce(first_month, oldest_due_date)"""  # noqa: S608


def region_checks() -> tuple[Check, ...]:
    """The region tree must be closed, or roll-ups lose whole branches."""
    return (
        Check(
            id="regions.tree_closed",
            severity="critical",
            table="marts.dim_region",
            title="The region tree is closed",
            title_zh="区划树完整",
            expected="every parent exists, one row per code, only provinces without a parent",
            message="Figures below the code shown reach no county or are counted twice: correct "
            "seeds/regions.csv.",
            rules=(
                NoRows(
                    """
                    select region.region_code, region.level, region.parent_code
                    from marts.dim_region as region
                    left join marts.dim_region as parent on parent.region_code = region.parent_code
                    group by region.region_code, region.level, region.parent_code
                    having count(*) > 1
                        or (count(parent.region_code) = 0 and region.level <> 'province')"""
                ),
            ),
        ),
    )
