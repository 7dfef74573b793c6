"""The region tree: closed in itself, and every figure the sum of the figures below it."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning

TABLE = "marts.indicator_value"
MIN_COVERAGE_PCT = 90
BROKEN = (
    "The roll-up is broken for the keys shown: run the nightly recomputation (DAG `reconcile`); if "
    "they stay, look at the model that rolls up and at seeds/regions.csv."
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
        -- Where nobody is in the denominator there is no ratio, but there may be a numerator.
        where {side} is distinct from sum_below
            and coalesce({side} < sum_below or regions_below = regions, true)"""
    return critical(
        f"tree.{side}s",
        TABLE,
        NoRows(sql),
        title=f"Every region's {side} is the sum of the regions below it",
        title_zh=title_zh,
        expected=f"{side} = sum over the children; no less where a child has no figure",
        message=BROKEN,
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
        message="Figures below the code shown reach no county or are counted twice: correct "
        "seeds/regions.csv.",
    ),
    _sums("numerator", "上级分子等于下级之和"),
    _sums("denominator", "上级分母等于下级之和"),
    critical(
        "tree.complete",
        TABLE,
        NoRows(f"""
            with figure as (
                select indicator_code, population, period_month, region_code, level, parent_code
                from {TABLE}
                join marts.dim_region using (region_code)
                join marts.dim_indicator using (indicator_code)
                -- What is composed of figures exists where its parts meet.
                where kind <> 'composite'
            ),
            above as (
                select distinct indicator_code, population, period_month,
                    parent_code as region_code
                from figure
                where parent_code <> ''
            )
            select indicator_code, population, period_month, region_code, 'no row' as missing
            from above
            left join figure using (indicator_code, population, period_month, region_code)
            where figure.level is null
            union all
            select indicator_code, population, period_month, figure.region_code, 'no row below it'
            from figure
            left join above using (indicator_code, population, period_month, region_code)
            where above.region_code is null and figure.level <> 'township'"""),
        title="A figure exists above and below wherever it exists",
        title_zh="区划层级数据齐全",
        expected="no level of the region tree is skipped",
        message=BROKEN,
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
        message="County figures leave townships out: ask the townships without rows for their "
        "delivery.",
    ),
)
