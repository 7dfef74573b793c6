"""Checks of single figures in marts.indicator_value: keys, vocabulary, bounds, arithmetic."""

from __future__ import annotations

from expectations.check import Check, NoRows, Rows

TABLE = "marts.indicator_value"
KEYS = ("indicator_code", "region_code", "population", "period_month")
KEY_LIST = ", ".join(KEYS)

# Ratios whose numerator is no part of the denominator: they may pass 100 without being wrong.
OPEN_RATIOS = (
    "pension_coverage_pct",
    "contribution_subsidy_rate_pct",
    "labour_remuneration_share_pct",
)
OPEN_RATIO_LIMIT_PCT = 200
# A period is final when it ended more than so many days before the as-of date.
FINAL_AFTER_DAYS = 45
# Values carry four decimals; a rounding step is not a difference.
TOLERANCE = "0.0001"


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _rows(expectation: str, **arguments: Any) -> Rows:
    return Rows(expectation, arguments, KEYS)


def figure_checks() -> tuple[Check, ...]:
    """The checks in the order a reader would ask them."""
    return (*_shape(), *_references(), *_arithmetic())


def _shape() -> tuple[Check, ...]:
    filled = (*KEYS, "unit", "coverage_pct", "status")
    return (
        critical(
            "figures.key_filled",
            TABLE,
            title="Every figure says what, where, for whom and when",
            title_zh="指标键值完整",
            expected="no null in key, unit, coverage and status",
            message="A model lost a part of the key, most often by an outer join: look at the "
            "models that feed the indicators shown.",
            rules=tuple(_rows("ExpectColumnValuesToNotBeNull", column=column) for column in filled),
        ),
        critical(
            "figures.key_unique",
            TABLE,
            title="No figure appears twice",
            title_zh="指标键值唯一",
            expected=f"one row per {KEY_LIST}",
            message="The incremental step inserted a key it had not deleted: run the nightly "
            "recomputation (DAG `reconcile`) and see which model it repairs.",
            rules=(_rows("ExpectCompoundColumnsToBeUnique", column_list=list(KEYS)),),
        ),
        critical(
            "figures.status_known",
            TABLE,
            title="Figures are provisional or final",
            title_zh="数据状态取值",
            expected="status in (provisional, final)",
            message="Readers filter by status and would lose these figures: correct the model "
            "that sets it.",
            rules=(
                _rows(
                    "ExpectColumnValuesToBeInSet",
                    column="status",
                    value_set=["provisional", "final"],
                ),
            ),
        ),
        critical(
            "figures.coverage_bounds",
            TABLE,
            title="Coverage lies between 0 and 100 %",
            title_zh="覆盖率界限",
            expected="0 <= coverage_pct <= 100",
            message="More townships report than the region has: a township hangs below two "
            "parents in seeds/regions.csv, or rows were joined twice.",
            rules=(
                _rows(
                    "ExpectColumnValuesToBeBetween",
                    column="coverage_pct",
                    min_value=0,
                    max_value=100,
                ),
            ),
        ),
        critical(
            "figures.not_negative",
            TABLE,
            title="No figure is negative",
            title_zh="指标值非负",
            expected="value, numerator and denominator >= 0",
            message="Counts, sums and shares cannot be negative: a correction was subtracted that "
            "had never been added. Run the nightly recomputation (DAG `reconcile`).",
            rules=tuple(
                _rows("ExpectColumnValuesToBeBetween", column=column, min_value=0)
                for column in ("value", "numerator", "denominator")
            ),
        ),
        critical(
            "figures.period_valid",
            TABLE,
            title="Every period is a month that has begun by the as-of date",
            title_zh="无未来期间数据",
            expected="period_month is a first day, not after the as-of date",
            message="A record dated in the future reached a figure: the model must stop at the "
            "as-of date.",
            rules=(
                NoRows(
                    f"select {KEY_LIST}, value from {TABLE} "  # noqa: S608
                    "where period_month > cast(:as_of_date as date) "
                    "or period_month <> date_trunc('month', period_month)"
                ),
            ),
        ),
        critical(
            "figures.final_by_date",
            TABLE,
            title=f"A figure is final {FINAL_AFTER_DAYS} days after its period, not before",
            title_zh="定稿状态与日期一致",
            expected=f"final = period ended more than {FINAL_AFTER_DAYS} days before",
            message="Periods were not recomputed when the as-of date moved on: build again with "
            "all periods.",
            rules=(
                NoRows(
                    f"""
                    select {KEY_LIST}, status from {TABLE}
                    where (status = 'final') <> (
                        (period_month + interval '1 month' - interval '1 day')::date
                        < cast(:as_of_date as date) - {FINAL_AFTER_DAYS}
                    )"""  # noqa: S608
                ),
            ),
        ),
    )


def _unknown(name: str, column: str, dimension: str, key: str, title_zh: str, seed: str) -> Check:
    return _check(
        name,
        "critical",
        title=f"Every {column} is in {dimension}",
        title_zh=title_zh,
        expected="no unknown code",
        message=f"Readers who join {dimension} would lose these figures: add the code to "
        f"seeds/{seed}.csv or correct the model that makes it.",
        rules=(
            NoRows(
                f"""
                select figure.{column}, count(*) as figures from {TABLE} as figure
                left join marts.{dimension} as known on known.{key} = figure.{column}
                where known.{key} is null group by 1"""  # noqa: S608
            ),
        ),
    )


def _references() -> tuple[Check, ...]:
    return (
        _unknown(
            "indicator_known",
            "indicator_code",
            "dim_indicator",
            "indicator_code",
            "指标在目录内",
            "indicators",
        ),
        _unknown(
            "region_known",
            "region_code",
            "dim_region",
            "region_code",
            "区划在区划树内",
            "regions",
        ),
        _unknown(
            "population_known",
            "population",
            "dim_population",
            "population",
            "人群在目录内",
            "populations",
        ),
        critical(
            "figures.unit_as_catalogued",
            TABLE,
            title="Every figure carries the unit of its indicator",
            title_zh="计量单位与目录一致",
            expected="unit = dim_indicator.unit",
            message="Fen shown as yuan is wrong by a hundred: correct the model or the catalogue.",
            rules=(
                NoRows(
                    f"""
                    select figure.indicator_code, figure.unit, known.unit as catalogue_unit,
                        count(*) as figures
                    from {TABLE} as figure join marts.dim_indicator as known using (indicator_code)
                    where figure.unit is distinct from known.unit group by 1, 2, 3"""  # noqa: S608
                ),
            ),
        ),
        warning(
            "figures.every_indicator_filled",
            TABLE,
            title="Every indicator of the catalogue has figures",
            title_zh="目录内指标均有数据",
            expected="no indicator without a row",
            message="Nothing fills these indicators: their stream has not delivered, or their "
            "model is missing. Targets on them show `no_data`.",
            rules=(
                NoRows(
                    f"""
                    select indicator_code from marts.dim_indicator as known
                    where not exists (
                        select from {TABLE} as figure
                        where figure.indicator_code = known.indicator_code
                    )"""  # noqa: S608
                ),
            ),
        ),
    )


def _arithmetic() -> tuple[Check, ...]:
    open_ratios = _quoted(OPEN_RATIOS)
    return (
        critical(
            "figures.value_agrees",
            TABLE,
            title="Every value follows from its numerator and denominator",
            title_zh="指标值与分子分母一致",
            expected="ratio = 100 * n / d, mean = n / d, flow and stock = n",
            message="A model computes the value by another rule than the catalogue says: compare "
            "the kind in seeds/indicators.csv with the model.",
            rules=(
                NoRows(
                    f"""
                    with computed as (
                        select figure.*, case
                            when known.kind in ('flow', 'stock') then numerator
                            when known.kind = 'ratio' then round(100 * numerator
                                / nullif(denominator, 0), 4)
                            when known.kind = 'mean' then round(numerator
                                / nullif(denominator, 0), 4)
                            else value end as computed_value
                        from {TABLE} as figure
                        join marts.dim_indicator as known using (indicator_code)
                    )
                    select {KEY_LIST}, value, computed_value, numerator, denominator from computed
                    where (value is null) <> (computed_value is null)
                        or abs(value - computed_value) > {TOLERANCE}"""  # noqa: S608
                ),
            ),
        ),
        critical(
            "figures.share_bounds",
            TABLE,
            title="Shares lie between 0 and 100 %",
            title_zh="占比界限 0–100",
            expected="0 <= value <= 100 where the numerator is part of the denominator",
            message="The numerator counts something the denominator does not: compare the two "
            "conditions in the model of the indicator shown.",
            rules=(
                NoRows(
                    f"""
                    select {KEY_LIST}, value, numerator, denominator from {TABLE}
                    join marts.dim_indicator as known using (indicator_code)
                    where known.kind = 'ratio' and indicator_code not in ({open_ratios})
                        and (value < 0 or value > 100)"""  # noqa: S608
                ),
            ),
        ),
        warning(
            "figures.rate_bounds",
            TABLE,
            title=f"Rates of two different things stay below {OPEN_RATIO_LIMIT_PCT} %",
            title_zh="比率异常偏高",
            expected=f"{', '.join(OPEN_RATIOS)} <= {OPEN_RATIO_LIMIT_PCT}",
            message="Possible, but unlikely: see whether one of the two streams lacks a "
            "delivery for the months shown.",
            rules=(
                NoRows(
                    f"""
                    select {KEY_LIST}, value, numerator, denominator from {TABLE}
                    where indicator_code in ({open_ratios})
                        and value > {OPEN_RATIO_LIMIT_PCT}"""  # noqa: S608
                ),
            ),
        ),
    )
