"""Checks of marts.target_progress and of the targets themselves."""

from __future__ import annotations

from expectations.check import Check, NoRows, Rows

TABLE = "marts.target_progress"
KEYS = ("target_id", "region_code", "period_month")
STATUSES = ("met", "on_track", "behind", "missed", "no_data", "not_measurable")


def progress_checks() -> tuple[Check, ...]:
    """The checks, from the shape of the rows to what they say."""
    return (*_shape(), *_completeness(), *_verdicts())


def _shape() -> tuple[Check, ...]:
    filled = (*KEYS, "status", "status_since")
    return (
        critical(
            "progress.key_filled",
            TABLE,
            title="Every progress row says which target, where, when and how it stands",
            title_zh="进展键值完整",
            expected="no null in key, status and status_since",
            message="The progress model lost a part of the key: look at its joins.",
            rules=tuple(
                Rows("ExpectColumnValuesToNotBeNull", {"column": column}, KEYS) for column in filled
            ),
        ),
        critical(
            "progress.key_unique",
            TABLE,
            title="A target has one progress row per region and month",
            title_zh="进展键值唯一",
            expected="one row per target_id, region_code, period_month",
            message="A target matched two figures or two baselines: look for doubled rows in "
            "seeds/targets.csv and seeds/baselines.csv.",
            rules=(Rows("ExpectCompoundColumnsToBeUnique", {"column_list": list(KEYS)}, KEYS),),
        ),
        critical(
            "progress.status_known",
            TABLE,
            title="Progress uses the six statuses",
            title_zh="进展状态取值",
            expected=f"status in ({', '.join(STATUSES)})",
            message="Alerts and scorecard know no other status: correct the progress model.",
            rules=(
                Rows(
                    "ExpectColumnValuesToBeInSet",
                    {"column": "status", "value_set": list(STATUSES)},
                    KEYS,
                ),
            ),
        ),
        critical(
            "progress.period_valid",
            TABLE,
            title="Progress stops at the as-of date, and no status began later than its row",
            title_zh="进展期间有效",
            expected="status_since <= period_month <= the as-of date",
            message="Progress was computed beyond the as-of date: build again for that date.",
            rules=(
                NoRows(
                    f"""
                    select target_id, region_code, period_month, status_since from {TABLE}
                    where period_month > cast(:as_of_date as date)
                        or date_trunc('month', status_since) > period_month"""  # noqa: S608
                ),
            ),
        ),
    )


def _completeness() -> tuple[Check, ...]:
    return (
        critical(
            "progress.target_known",
            TABLE,
            title="Every progress row belongs to a target",
            title_zh="进展对应目标",
            expected="no unknown target_id",
            message="A target was removed from seeds/targets.csv and its progress stayed: rebuild "
            "target_progress as a whole.",
            rules=(
                NoRows(
                    f"""
                    select progress.target_id, count(*) as progress_rows from {TABLE} as progress
                    left join marts.dim_target as target using (target_id)
                    where target.target_id is null group by 1"""  # noqa: S608
                ),
            ),
        ),
        critical(
            "progress.every_target_now",
            TABLE,
            title="Every target that has begun has a verdict for the latest month",
            title_zh="每个目标均有最新进展",
            expected="a row per target in the month of the as-of date, or in its last month",
            message="A promise would vanish from the scorecard in silence: see why the target "
            "shown finds neither a figure nor `no_data`.",
            rules=(
                NoRows(
                    f"""
                    select target_id, target.region_code from marts.dim_target as target
                    where target.start_date <= cast(:as_of_date as date) and not exists (
                        select from {TABLE} as progress
                        where progress.target_id = target.target_id
                            and progress.period_month = date_trunc(
                                'month', least(cast(:as_of_date as date), target.end_date))
                    )"""  # noqa: S608
                ),
            ),
        ),
        critical(
            "progress.references",
            TABLE,
            title="Every target names a known indicator, region and population",
            title_zh="目标引用有效",
            expected="indicator, region and population are in the dimensions",
            message="The target shown can never be measured: correct its row in seeds/targets.csv.",
            rules=(
                NoRows(
                    """
                    select target_id, target.indicator_code, target.region_code, target.population
                    from marts.dim_target as target
                    left join marts.dim_indicator as indicator using (indicator_code)
                    left join marts.dim_region as region
                        on region.region_code = target.region_code
                    left join marts.dim_population as population
                        on population.population = target.population
                    where region.region_code is null
                        or (target.indicator_code <> '' and indicator.indicator_code is null)
                        or (target.population <> '' and population.population is null)"""
                ),
            ),
        ),
        critical(
            "progress.reason_given",
            TABLE,
            title="Nothing is not measurable without a reason",
            title_zh="不可测目标须说明原因",
            expected="note filled where status = not_measurable",
            message="Say in the note of seeds/targets.csv why the target cannot be measured and "
            "what would make it so.",
            rules=(
                NoRows(
                    f"""
                    select target_id, region_code, count(*) as months from {TABLE}
                    where status = 'not_measurable' and coalesce(trim(note), '') = ''
                    group by 1, 2"""  # noqa: S608
                ),
            ),
        ),
        warning(
            "progress.without_data",
            TABLE,
            title="Every measurable target has data in the latest month",
            title_zh="目标最新月有数据",
            expected="no status no_data in the month of the as-of date",
            message="These targets cannot be judged today: ask the owner of the stream behind "
            "their indicator.",
            rules=(
                NoRows(
                    f"""
                    select target_id, region_code, indicator_code, population from {TABLE}
                    where status = 'no_data' and not is_part
                        and period_month = date_trunc('month', cast(:as_of_date as date))"""  # noqa: S608
                ),
            ),
        ),
    )


def _verdicts() -> tuple[Check, ...]:
    return (
        critical(
            "progress.figure_agrees",
            TABLE,
            title="Progress shows the figure that the indicator shows",
            title_zh="进展值与指标值一致",
            expected="value = indicator_value.value for continuous and monthly targets",
            message="Scorecard and indicator tables would contradict each other: rebuild "
            "target_progress as a whole.",
            rules=(
                NoRows(
                    f"""
                    select target_id, progress.region_code, progress.period_month, progress.value,
                        figure.value as indicator_value
                    from {TABLE} as progress
                    join marts.indicator_value as figure
                        using (indicator_code, population, region_code, period_month)
                    where progress.periodicity in ('continuous', 'monthly')
                        and progress.comparator in ('>=', '<=', '=', 'between')
                        and progress.value is distinct from figure.value"""  # noqa: S608
                ),
            ),
        ),
        critical(
            "progress.verdict_agrees",
            TABLE,
            title="Met and missed agree with the figure",
            title_zh="达标判定与数值一致",
            expected="met satisfies the comparator, missed does not",
            message="The rule for the periodicity shown is wrong: see the unit tests of "
            "target_progress.",
            rules=(
                NoRows(
                    f"""
                    select target_id, region_code, period_month, periodicity, comparator, value,
                        target_value, status
                    from {TABLE}
                    where value is not null and target_value is not null
                        and comparator in ('>=', '<=') and status in ('met', 'missed')
                        and (status = 'met') <> case comparator
                            when '>=' then value >= target_value else value <= target_value end"""  # noqa: S608
                ),
            ),
        ),
        critical(
            "progress.data_agrees",
            TABLE,
            title="A verdict rests on a value, and `no_data` on none",
            title_zh="判定须有数据",
            expected="value filled exactly where the status judges it",
            message="A target is judged without a figure, or a figure is not judged: correct the "
            "progress model.",
            rules=(
                NoRows(
                    f"""
                    select target_id, region_code, period_month, status, value from {TABLE}
                    where (status in ('met', 'on_track', 'behind', 'missed') and value is null)
                        or (status = 'no_data' and value is not null)"""  # noqa: S608
                ),
            ),
        ),
        critical(
            "progress.year_to_date_grows",
            TABLE,
            title="What accumulates over a year never falls within it",
            title_zh="年内累计值不下降",
            expected="value >= value of the month before, within a year",
            message="A cumulative figure lost a month: see which month of the indicator is "
            "missing or negative.",
            rules=(
                NoRows(
                    f"""
                    with steps as (
                        select target_id, region_code, period_month, value,
                            lag(value) over (
                                partition by target_id, region_code,
                                    extract(year from period_month)
                                order by period_month) as value_before
                        from {TABLE} join marts.dim_indicator using (indicator_code)
                        where periodicity = 'cumulative' and kind = 'flow'
                            and comparator in ('>=', '<=', '=', 'between')
                    )
                    select * from steps where value < value_before"""  # noqa: S608
                ),
            ),
        ),
    )
