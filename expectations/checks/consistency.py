"""Consistency of indicators with each other: groups and the total, parts and their whole."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning
from expectations.query import code_rows

TABLE = "marts.indicator_value"

# Part and whole, in every region, population and month.
PARTS = (
    ("employed_persons", "labour_force_persons"),
    ("labour_households", "labour_force_persons"),
    ("zero_employment_households", "labour_households"),
    ("new_urban_employed_persons", "newly_employed_persons"),
    ("export_employed_persons", "employed_persons"),
    ("self_employed_persons", "employed_persons"),
    ("public_welfare_post_persons", "employed_persons"),
)
# A ratio, its numerator or denominator, and the indicator it must equal.
RATIO_SIDES = (
    ("employment_rate_pct", "numerator", "employed_persons"),
    ("employment_rate_pct", "denominator", "labour_force_persons"),
    ("unemployment_rate_pct", "denominator", "labour_force_persons"),
    ("household_employment_pct", "denominator", "labour_households"),
    ("organised_export_pct", "denominator", "export_employed_persons"),
    ("public_welfare_low_income_pct", "denominator", "public_welfare_post_persons"),
    ("skilled_worker_pct", "denominator", "employed_persons"),
)
# Insured persons and the register of another stream, with a tolerance for persons it lacks.
REGISTERS = (
    ("employee_pension_insured_persons", "labour_force_persons"),
    ("employee_medical_insured_persons", "labour_force_persons"),
    ("unemployment_insured_persons", "employed_persons"),
    ("work_injury_insured_persons", "employed_persons"),
)
REGISTER_LIMIT_PCT = 120


CONSISTENCY_CHECKS: tuple[Check, ...] = (
    critical(
        "agreement.population_within_all",
        TABLE,
        NoRows(f"""
            select
                part.region_code, indicator_code, part.population, part.period_month,
                part.numerator, total.numerator as all_numerator,
                part.denominator, total.denominator as all_denominator
            from {TABLE} as part
            join {TABLE} as total using (indicator_code, region_code, period_month)
            where part.population <> 'all' and total.population = 'all'
                and (part.numerator > total.numerator or part.denominator > total.denominator)"""),
        title="No group exceeds the whole population",
        title_zh="分人群不超过总体",
        expected="numerator and denominator of a population <= those of `all`",
        message="A group counts persons or amounts that the total omits: compare the filters in "
        "the model of the listed indicator.",
    ),
    critical(
        "agreement.urban_and_rural",
        TABLE,
        NoRows(f"""
            with halves as (
                select indicator_code, region_code, period_month, sum(value) as halves_sum
                from {TABLE}
                where population in ('urban', 'rural')
                    and indicator_code in ('employed_persons', 'labour_force_persons')
                group by 1, 2, 3
            )
            select region_code, indicator_code, period_month, value, halves_sum
            from {TABLE}
            join halves using (indicator_code, region_code, period_month)
            where population = 'all' and value <> halves_sum"""),
        title="Urban and rural add up to the total",
        title_zh="城镇与农村之和等于总体",
        expected="urban + rural = all, for employed persons and labour force",
        message="A person is counted twice or not at all: check `residence` in the employment "
        "records of the listed region.",
    ),
    critical(
        "agreement.parts_within_whole",
        TABLE,
        NoRows(f"""
            with pairs (part_code, total_code) as (values {code_rows(PARTS)})
            select
                part_code, total_code, part.region_code, part.population, part.period_month,
                part.value as part_value, total.value as total_value
            from pairs
            join {TABLE} as part on part.indicator_code = part_code
            join {TABLE} as total on total.indicator_code = total_code
                and total.region_code = part.region_code and total.population = part.population
                and total.period_month = part.period_month
            where part.value > total.value"""),
        title="Parts do not exceed their whole",
        title_zh="就业恒等式：部分不超过整体",
        expected="; ".join(f"{part} <= {total}" for part, total in PARTS),
        message="Two models count different persons as employed: compare the spells that each "
        "counts in the listed region and month.",
        is_acceptable=True,
    ),
    critical(
        "agreement.same_figure_once",
        TABLE,
        NoRows(f"""
            with pairs (ratio_code, side, equal_code) as (values {code_rows(RATIO_SIDES)})
            select
                ratio_code, side, equal_code, ratio.region_code, ratio.population,
                ratio.period_month, ratio.numerator, ratio.denominator,
                equal.value as equal_value
            from pairs
            join {TABLE} as ratio on ratio.indicator_code = ratio_code
            join {TABLE} as equal on equal.indicator_code = equal_code
                and equal.region_code = ratio.region_code
                and equal.population = ratio.population
                and equal.period_month = ratio.period_month
            where case side when 'numerator' then ratio.numerator else ratio.denominator end
                <> equal.value"""),
        title="Ratios use the same counts as the indicators of that name",
        title_zh="同一数字处处一致",
        expected="; ".join(f"{side} of {ratio} = {code}" for ratio, side, code in RATIO_SIDES),
        message="A ratio counts by another rule than the indicator of that name: let both read "
        "the same model.",
    ),
    warning(
        "agreement.insured_within_register",
        TABLE,
        NoRows(f"""
            with pairs (insured_code, register_code) as (values {code_rows(REGISTERS)})
            select
                insured_code, register_code, insured.region_code, insured.period_month,
                insured.value as insured_persons, register.value as register_persons
            from pairs
            join {TABLE} as insured on insured.indicator_code = insured_code
            join {TABLE} as register on register.indicator_code = register_code
                and register.region_code = insured.region_code
                and register.population = insured.population
                and register.period_month = insured.period_month
            join marts.dim_region as region on region.region_code = insured.region_code
            where insured.population = 'all' and region.level = 'county'
                and insured.value * 100 > register.value * {REGISTER_LIMIT_PCT}"""),
        title=f"Insured persons are at most {REGISTER_LIMIT_PCT} % of the register",
        title_zh="参保人数与就业登记相符",
        expected=f"insured <= {REGISTER_LIMIT_PCT} % of the employed or of the labour force",
        message="Persons are missing from the employment register or from the insurance records: "
        "compare the two streams for the listed county and months.",
    ),
)
