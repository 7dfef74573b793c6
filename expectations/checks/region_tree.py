"""Checks of the region tree: it is closed, and every value is the sum of those below it."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning

TABLE = "marts.indicator_value"
MIN_COVERAGE_PCT = 90
ROLL_UP_MESSAGE = (
    "The roll-up is wrong for the listed keys: run the nightly recomputation (DAG `reconcile`); if "
    "they remain, check the model that rolls up and seeds/regions.csv."
)


def _sums(side: str, title_zh: str) -> Check:
    sql = f"""
        with below as (
            select
                indicator_code, population, period_month, parent_code as region_code,
                sum({side}) as sum_below, count(*) as regions_below
            from {TABLE}
            join marts.dim_region using (region_code)
            join marts.dim_indicator using (indicator_code)
            where parent_code <> '' and kind <> 'composite'
            group by 1, 2, 3, 4
        ),
        tree as (
            select parent_code as region_code, count(*) as regions
            from marts.dim_region
            group by parent_code
        )
        select region_code, indicator_code, population, period_month, {side}, sum_below
        from {TABLE}
        join below using (indicator_code, population, period_month, region_code)
        join tree using (region_code)
        -- A denominator of zero gives no ratio, but the numerator may still be above zero.
        where {side} is distinct from sum_below
            and coalesce({side} < sum_below or regions_below = regions, true)"""
    return critical(
        f"tree.{side}s",
        TABLE,
        NoRows(sql),
        title=f"Every region's {side} is the sum of the regions below it",
        title_zh=title_zh,
        expected=f"{side} = sum over the children; not less where a child has no value",
        message=ROLL_UP_MESSAGE,
    )


REGION_CHECKS: tuple[Check, ...] = (
    critical(
        "tree.closed",
        "marts.dim_region",
        NoRows("""
            select region.region_code, region.level, region.parent_code
            from marts.dim_region as region
            left join marts.dim_region as parent on parent.region_code = region.parent_code
            group by region.region_code, region.level, region.parent_code
            having count(*) > 1
                or (count(parent.region_code) = 0 and region.level <> 'province')"""),
        title="The region tree is closed",
        title_zh="区划树完整",
        expected="one row per code, every parent exists, only provinces have none",
        message="Values below the listed code belong to no county or are counted twice: correct "
        "seeds/regions.csv.",
    ),
    _sums("numerator", "上级分子等于下级之和"),
    _sums("denominator", "上级分母等于下级之和"),
    critical(
        "tree.complete",
        TABLE,
        NoRows(f"""
            with indicator as (
                select indicator_code, population, period_month, region_code, level, parent_code
                from {TABLE}
                join marts.dim_region using (region_code)
                join marts.dim_indicator using (indicator_code)
                -- A composite exists only where all its parts do.
                where kind <> 'composite'
            ),
            above as (
                select distinct indicator_code, population, period_month,
                    parent_code as region_code
                from indicator
                where parent_code <> ''
            )
            select indicator_code, population, period_month, region_code, 'no row' as missing
            from above
            left join indicator using (indicator_code, population, period_month, region_code)
            where indicator.level is null
            union all
            select
                indicator_code, population, period_month, indicator.region_code, 'no row below it'
            from indicator
            left join above using (indicator_code, population, period_month, region_code)
            where above.region_code is null and indicator.level <> 'township'"""),
        title="Every value has a value in the regions above and below",
        title_zh="区划层级数据齐全",
        expected="no level of the region tree is skipped",
        message=ROLL_UP_MESSAGE,
    ),
    warning(
        "tree.covered",
        TABLE,
        NoRows(f"""
            select region_code, indicator_code, period_month, coverage_pct
            from {TABLE}
            join marts.dim_region using (region_code)
            join marts.dim_indicator using (indicator_code)
            where level = 'county' and population = 'all' and kind = 'stock'
                and coverage_pct < {MIN_COVERAGE_PCT}"""),
        title=f"At least {MIN_COVERAGE_PCT} % of a county's townships report",
        title_zh="乡镇覆盖率",
        expected=f"coverage_pct >= {MIN_COVERAGE_PCT} for the stocks of a county",
        message="County values omit townships: ask the townships without rows for their delivery.",
    ),
)
