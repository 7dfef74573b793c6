"""Checks of marts.target_progress: every target has a verdict that agrees with its value."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning

TABLE = "marts.target_progress"

PROGRESS_CHECKS: tuple[Check, ...] = (
    critical(
        "progress.period_valid",
        TABLE,
        NoRows(f"""
            select target_id, region_code, period_month, status_since
            from {TABLE}
            where period_month > cast(:as_of_date as date)
                or date_trunc('month', status_since) > period_month"""),
        title="Progress ends at the as-of date, and no status begins after its row",
        title_zh="进展期间有效",
        expected="status_since <= period_month <= the as-of date",
        message="Progress was computed beyond the as-of date: run `livelihood build` again for it.",
    ),
    critical(
        "progress.target_known",
        TABLE,
        NoRows(f"""
            select target_id, count(*) as progress_rows
            from {TABLE} as progress
            left join marts.dim_target as target using (target_id)
            where target.plan_id is null
            group by 1"""),
        title="Every progress row belongs to a target",
        title_zh="进展对应目标",
        expected="no unknown target_id",
        message="A target was removed from seeds/targets.csv and its progress was not: run "
        "`livelihood build --full-refresh`.",
    ),
    critical(
        "progress.every_target_now",
        TABLE,
        NoRows(f"""
            select target_id, target.region_code
            from marts.dim_target as target
            where not exists (
                select from {TABLE} as progress
                where progress.target_id = target.target_id
                    and progress.region_code = target.region_code
                    and progress.period_month = date_trunc(
                        'month', least(cast(:as_of_date as date), target.ends_on)
                    )
            )"""),
        title="Every target has a status for its latest month",
        title_zh="每个目标均有最新进展",
        expected="a row in the month of the as-of date, or in the target's last month",
        message="The listed target would silently disappear from the scorecard: find out why it "
        "has neither a value nor a status that explains the lack of one.",
    ),
    critical(
        "progress.targets_resolve",
        "marts.dim_target",
        NoRows("""
            select target_id, target.indicator_code, target.region_code, target.population
            from marts.dim_target as target
            left join marts.dim_indicator as indicator using (indicator_code)
            left join marts.dim_region as region on region.region_code = target.region_code
            left join marts.dim_population as population
                on population.population = target.population
            where region.region_code is null
                or (target.indicator_code <> '' and indicator.kind is null)
                or (target.population <> '' and population.population is null)"""),
        title="Every target refers to an existing indicator, region and population",
        title_zh="目标引用有效",
        expected="indicator, region and population are in the dimensions",
        message="The listed target can never be measured: correct its row in seeds/targets.csv.",
    ),
    critical(
        "progress.reason_given",
        TABLE,
        NoRows(f"""
            select target_id, region_code, count(*) as months
            from {TABLE}
            where status = 'not_measurable' and coalesce(trim(note), '') = ''
            group by 1, 2"""),
        title="Every target that is not measurable has a reason",
        title_zh="不可测目标须说明原因",
        expected="note filled where status = not_measurable",
        message="Explain in seeds/targets.csv why the target cannot be measured and which data "
        "would change that.",
    ),
    warning(
        "progress.data_arrived",
        TABLE,
        NoRows(f"""
            select target_id, region_code, indicator_code, population
            from {TABLE} as progress
            where status = 'no_data' and not is_part
                and value is null and indicator_code is not null
                and period_month = date_trunc('month', cast(:as_of_date as date))
                and exists (
                    select from marts.indicator_value as indicator
                    where indicator.region_code = progress.region_code
                )"""),
        title="Every measurable target of a reporting region has data in the latest month",
        title_zh="目标最新月有数据",
        expected="no status no_data in the month of the as-of date",
        message="The listed targets have no verdict today: ask the owner of the stream that "
        "their indicator is computed from.",
    ),
    critical(
        "progress.verdict_has_figure",
        TABLE,
        NoRows(f"""
            select target_id, region_code, period_month, status, value
            from {TABLE}
            where (status in ('met', 'on_track', 'behind', 'missed') and value is null)
                or (status = 'no_data' and value is not null and target_value is not null)"""),
        title="A verdict has a value, and `no_data` has none",
        title_zh="判定须有数据",
        expected="met, on_track, behind, missed: a value; no_data: value or limit missing",
        message="A target has a verdict without a value, or a value without a verdict: correct "
        "the progress model.",
    ),
    critical(
        "progress.figure_agrees",
        TABLE,
        NoRows(f"""
            select
                target_id, region_code, period_month, progress.value,
                indicator.value as indicator_value
            from {TABLE} as progress
            join marts.indicator_value as indicator
                using (indicator_code, population, region_code, period_month)
            where progress.periodicity in ('continuous', 'monthly')
                and progress.comparator in ('>=', '<=', '=', 'between')
                and progress.value is distinct from indicator.value"""),
        title="Progress and indicator show the same value",
        title_zh="进展值与指标值一致",
        expected="value = indicator_value.value for continuous and monthly targets",
        message="Scorecard and indicator tables contradict each other: run `livelihood build "
        "--full-refresh`.",
    ),
    critical(
        "progress.verdict_agrees",
        TABLE,
        NoRows(f"""
            select
                target_id, region_code, period_month, periodicity, comparator, value,
                target_value, status
            from {TABLE}
            where value is not null and target_value is not null
                and comparator in ('>=', '<=') and status in ('met', 'missed')
                and (status = 'met') <> case comparator
                    when '>=' then value >= target_value else value <= target_value end"""),
        title="Met and missed agree with the value",
        title_zh="达标判定与数值一致",
        expected="met satisfies the comparator, missed does not",
        message="The rule for the listed periodicity is wrong: see the unit tests of "
        "target_progress.",
    ),
    critical(
        "progress.year_to_date_grows",
        TABLE,
        NoRows(f"""
            with steps as (
                select
                    target_id, region_code, period_month, value,
                    lag(value) over (
                        partition by target_id, region_code, case periodicity
                            when 'annual' then extract(year from period_month) end
                        order by period_month
                    ) as value_before
                from {TABLE}
                join marts.dim_indicator using (indicator_code)
                where periodicity in ('cumulative', 'annual') and kind = 'flow'
                    and comparator in ('>=', '<=', '=', 'between')
            )
            select * from steps where value < value_before"""),
        title="Values that accumulate over a period never fall within it",
        title_zh="累计值不下降",
        expected="value >= value of the month before, within the target's period",
        message="A cumulative value lost a month: find the month of the indicator that is "
        "missing or negative.",
        is_acceptable=True,
    ),
)
