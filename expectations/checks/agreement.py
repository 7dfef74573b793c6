"""Checks between figures of marts.indicator_value: regions, populations, parts, months, streams."""

from __future__ import annotations

from expectations.check import Check, NoRows

TABLE = "marts.indicator_value"

# What is part of something else, in every region, population and month.
PARTS = (
    ("employed_persons", "labour_force_persons"),
    ("labour_households", "labour_force_persons"),
    ("zero_employment_households", "labour_households"),
    ("new_urban_employed_persons", "newly_employed_persons"),
    ("export_employed_persons", "employed_persons"),
    ("self_employed_persons", "employed_persons"),
    ("public_welfare_post_persons", "employed_persons"),
)
# A ratio, the part of it, and the figure that part must equal.
SAME = (
    ("employment_rate_pct", "numerator", "employed_persons"),
    ("employment_rate_pct", "denominator", "labour_force_persons"),
    ("unemployment_rate_pct", "denominator", "labour_force_persons"),
    ("household_employment_pct", "denominator", "labour_households"),
    ("organised_export_pct", "denominator", "export_employed_persons"),
    ("public_welfare_low_income_pct", "denominator", "public_welfare_post_persons"),
    ("skilled_worker_pct", "denominator", "employed_persons"),
    ("pension_coverage_pct", "denominator", "labour_force_persons"),
)
# Insured persons against the register of another stream, with room for those it cannot know.
REGISTERS = (
    ("employee_pension_insured_persons", "labour_force_persons"),
    ("employee_medical_insured_persons", "labour_force_persons"),
    ("unemployment_insured_persons", "employed_persons"),
    ("work_injury_insured_persons", "employed_persons"),
)
REGISTER_LIMIT_PCT = 120
LOWEST_COVERAGE_PCT = 90
# A month with so much less than the three before it has lost a delivery, not workers.
VOLUME_DROP_PCT = 30
VOLUME_FEWEST = 100
VOLUMES = ("wage_on_time_full_pct", "resident_pension_on_time_full_pct", "employment_rate_pct")


def agreement_checks() -> tuple[Check, ...]:
    """The checks, from the region tree to the other streams."""
    return (*_regions(), *_populations(), *_parts(), *_months(), *_streams())


def _values(rows: tuple[tuple[str, ...], ...]) -> str:
    return ", ".join("(" + ", ".join(f"'{cell}'" for cell in row) + ")" for row in rows)


def _tree_sum(part: str) -> str:
    return f"""
        with below as (
            select indicator_code, population, period_month, parent_code as region_code,
                sum({part}) as townships_sum
            from {TABLE} join marts.dim_region using (region_code)
            where parent_code <> ''
            group by 1, 2, 3, 4
        )
        select region_code, indicator_code, population, period_month, {part}, townships_sum
        from {TABLE} join below using (indicator_code, population, period_month, region_code)
        where {part} is distinct from townships_sum"""  # noqa: S608


def _regions() -> tuple[Check, ...]:
    tree = (
        "The roll-up is broken for the keys shown: run the nightly recomputation (DAG "
        "`reconcile`); if they stay, look at the model that rolls up and at seeds/regions.csv."
    )
    return (
        critical(
            "agreement.tree_numerators",
            TABLE,
            _tree_sum("numerator"),
            title="Every region's numerator is the sum of the regions below it",
            title_zh="上级分子等于下级之和",
            expected="numerator = sum over the children",
            message=tree,
        ),
        critical(
            "agreement.tree_denominators",
            TABLE,
            _tree_sum("denominator"),
            title="Every region's denominator is the sum of the regions below it",
            title_zh="上级分母等于下级之和",
            expected="denominator = sum over the children",
            message=tree,
        ),
        critical(
            "agreement.tree_complete",
            TABLE,
            f"""
            with figure as (
                select indicator_code, population, period_month, region_code, level, parent_code
                from {TABLE} join marts.dim_region using (region_code)
            ),
            parents as (
                select distinct indicator_code, population, period_month,
                    parent_code as region_code
                from figure where parent_code <> ''
            )
            select region_code, indicator_code, population, period_month, 'no row above' as missing
            from parents
            where not exists (
                select from figure
                where (figure.indicator_code, figure.population, figure.period_month,
                    figure.region_code) = (parents.indicator_code, parents.population,
                    parents.period_month, parents.region_code)
            )
            union all
            select region_code, indicator_code, population, period_month, 'no row below'
            from figure
            where level <> 'township' and not exists (
                select from parents
                where (figure.indicator_code, figure.population, figure.period_month,
                    figure.region_code) = (parents.indicator_code, parents.population,
                    parents.period_month, parents.region_code)
            )""",  # noqa: S608
            title="A figure exists above and below wherever it exists",
            title_zh="区划层级数据齐全",
            expected="no level of the region tree is skipped",
            message=tree,
        ),
        warning(
            "agreement.townships_covered",
            TABLE,
            f"""
            select region_code, indicator_code, period_month, coverage_pct
            from {TABLE} join marts.dim_region using (region_code)
            join marts.dim_indicator using (indicator_code)
            where level = 'county' and population = 'all' and kind = 'stock'
                and coverage_pct < {LOWEST_COVERAGE_PCT}""",  # noqa: S608
            title=f"At least {LOWEST_COVERAGE_PCT} % of a county's townships report",
            title_zh="乡镇覆盖率",
            expected=f"coverage_pct >= {LOWEST_COVERAGE_PCT} for stocks of a county",
            message="County figures leave townships out: ask the townships without rows for "
            "their delivery.",
        ),
    )


def _populations() -> tuple[Check, ...]:
    return (
        critical(
            "agreement.population_within_all",
            TABLE,
            f"""
            select part.region_code, indicator_code, part.population, part.period_month,
                part.numerator, whole.numerator as all_numerator,
                part.denominator, whole.denominator as all_denominator
            from {TABLE} as part
            join {TABLE} as whole using (indicator_code, region_code, period_month)
            where part.population <> 'all' and whole.population = 'all'
                and (part.numerator > whole.numerator or part.denominator > whole.denominator)""",  # noqa: S608
            title="No group is larger than the whole population",
            title_zh="分人群不超过总体",
            expected="numerator and denominator of a population <= those of `all`",
            message="A group counts people or amounts that the total leaves out: compare the "
            "filters of the model of the indicator shown.",
        ),
        critical(
            "agreement.urban_and_rural",
            TABLE,
            f"""
            with halves as (
                select indicator_code, region_code, period_month, sum(value) as halves_sum
                from {TABLE}
                where population in ('urban', 'rural')
                    and indicator_code in ('employed_persons', 'labour_force_persons')
                group by 1, 2, 3
            )
            select indicator_code, region_code, period_month, value, halves_sum
            from {TABLE} join halves using (indicator_code, region_code, period_month)
            where population = 'all' and value <> halves_sum""",  # noqa: S608
            title="Urban and rural make up the total",
            title_zh="城镇与农村之和等于总体",
            expected="urban + rural = all, for employed persons and labour force",
            message="A person is counted on both sides or on none: look at `residence` in the "
            "employment records of the region shown.",
        ),
    )


def _parts() -> tuple[Check, ...]:
    return (
        critical(
            "agreement.parts_within_whole",
            TABLE,
            f"""
            with pairs (part_code, whole_code) as (values {_values(PARTS)})
            select part_code, whole_code, part.region_code, part.population, part.period_month,
                part.value as part_value, whole.value as whole_value
            from pairs
            join {TABLE} as part on part.indicator_code = part_code
            join {TABLE} as whole on whole.indicator_code = whole_code
                and whole.region_code = part.region_code and whole.population = part.population
                and whole.period_month = part.period_month
            where part.value > whole.value""",  # noqa: S608
            title="Parts do not exceed their whole",
            title_zh="就业恒等式：部分不超过整体",
            expected="; ".join(f"{part} <= {whole}" for part, whole in PARTS),
            message="Two models disagree about who is employed: compare the spells each of them "
            "counts in the region and month shown.",
        ),
        critical(
            "agreement.same_figure_once",
            TABLE,
            f"""
            with pairs (ratio_code, side, figure_code) as (values {_values(SAME)})
            select ratio_code, side, figure_code, ratio.region_code, ratio.population,
                ratio.period_month, ratio.numerator, ratio.denominator,
                figure.value as figure_value
            from pairs
            join {TABLE} as ratio on ratio.indicator_code = ratio_code
            join {TABLE} as figure on figure.indicator_code = figure_code
                and figure.region_code = ratio.region_code
                and figure.population = ratio.population
                and figure.period_month = ratio.period_month
            where case side when 'numerator' then ratio.numerator else ratio.denominator end
                <> figure.value""",  # noqa: S608
            title="A figure has one value wherever it is used",
            title_zh="同一数字处处一致",
            expected="; ".join(f"{side} of {ratio} = {figure}" for ratio, side, figure in SAME),
            message="A ratio counts its parts by another rule than the figure of that name: let "
            "both read the same model.",
        ),
    )


def _months() -> tuple[Check, ...]:
    return (
        critical(
            "agreement.months_continuous",
            TABLE,
            f"""
            select indicator_code, region_code, population,
                min(period_month) as first_month, max(period_month) as latest_month,
                count(distinct period_month) as months
            from {TABLE} join marts.dim_region using (region_code)
            join marts.dim_indicator using (indicator_code)
            where kind = 'stock' and level <> 'township'
            group by 1, 2, 3
            having count(distinct period_month) <> 1
                + 12 * (extract(year from max(period_month)) - extract(year from min(period_month)))
                + extract(month from max(period_month)) - extract(month from min(period_month))""",  # noqa: S608
            title="Stocks have a figure for every month from the first to the latest",
            title_zh="存量指标月份连续",
            expected="no missing month above the townships",
            message="A month was deleted and not computed again: run the nightly recomputation "
            "(DAG `reconcile`).",
        ),
        warning(
            "agreement.volume_steady",
            TABLE,
            f"""
            with volume as (
                select indicator_code, region_code, period_month, denominator,
                    avg(denominator) over (partition by indicator_code, region_code
                        order by period_month rows between 3 preceding and 1 preceding) as before
                from {TABLE} join marts.dim_region using (region_code)
                where level = 'county' and population = 'all'
                    and indicator_code in ({", ".join(f"'{code}'" for code in VOLUMES)})
                    and period_month < date_trunc('month', cast(:as_of_date as date))
            )
            select indicator_code, region_code, period_month, denominator, round(before) as before
            from volume
            where before >= {VOLUME_FEWEST}
                and denominator * 100 < before * {100 - VOLUME_DROP_PCT}""",  # noqa: S608
            title=f"No month rests on {VOLUME_DROP_PCT} % fewer records than the three before",
            title_zh="各月数据量平稳",
            expected=f"a drop of at most {VOLUME_DROP_PCT} %",
            message="A delivery of the month shown is missing or incomplete: ask the owner of the "
            "stream; rates of that month may mislead.",
        ),
        warning(
            "agreement.up_to_date",
            TABLE,
            f"""
            select indicator_code, max(period_month) as latest_month
            from {TABLE} join marts.dim_indicator using (indicator_code)
            where kind = 'stock'
            group by 1
            having max(period_month) < date_trunc('month', cast(:as_of_date as date))
                - interval '1 month'""",  # noqa: S608
            title="Stocks reach the month before the as-of date",
            title_zh="存量指标更新及时",
            expected="latest month >= the month before the as-of date",
            message="No record reaches the present for the indicators shown: ask the owner of "
            "the stream for the missing months.",
        ),
    )


def _streams() -> tuple[Check, ...]:
    return (
        warning(
            "agreement.insured_within_register",
            TABLE,
            f"""
            with pairs (insured_code, register_code) as (values {_values(REGISTERS)})
            select insured_code, register_code, insured.region_code, insured.period_month,
                insured.value as insured_persons, register.value as register_persons
            from pairs
            join {TABLE} as insured on insured.indicator_code = insured_code
            join {TABLE} as register on register.indicator_code = register_code
                and register.region_code = insured.region_code
                and register.population = insured.population
                and register.period_month = insured.period_month
            join marts.dim_region as region on region.region_code = insured.region_code
            where insured.population = 'all' and region.level = 'county'
                and insured.value * 100 > register.value * {REGISTER_LIMIT_PCT}""",  # noqa: S608
            title=f"Insured persons are at most {REGISTER_LIMIT_PCT} % of the register",
            title_zh="参保人数与就业登记相符",
            expected=f"insured <= {REGISTER_LIMIT_PCT} % of the employed or the labour force",
            message="The register of employment or the insurance records miss people: compare "
            "the two streams for the county and months shown.",
        ),
    )
