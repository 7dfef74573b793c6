"""The candidate against the last release: what changed, and is that believable."""

from __future__ import annotations

from expectations.check import Check, Measure, NoRows, critical, warning

TABLE = "marts.indicator_value"
KEY = "indicator_code, region_code, population, period_month"

# More than this share of the published figures gone, or of a level lost, is a fault, not news.
VANISHED_LIMIT_PCT = 20
COLLAPSE_LIMIT_PCT = 50
COLLAPSE_MIN_VALUE = 1000
# Above these people should look, but a late delivery may well explain it.
REVISED_LIMIT_PCT = 5
JUMP_LIMIT_PCT = 20
JUMP_MIN_VALUE = 100
FLIPPED_LIMIT_PCT = 30

HISTORY_CHECKS: tuple[Check, ...] = (
    critical(
        "history.figures_kept",
        TABLE,
        Measure(f"""
            with compared as (
                select
                    count(*) as shown, count(*) filter (where candidate.status is null) as vanished
                from published.indicator_value as published
                left join {TABLE} as candidate using ({KEY})
            )
            select
                vanished || ' of ' || shown || ' figures vanished' as observed,
                vanished * 100 <= shown * {VANISHED_LIMIT_PCT} as success
            from compared"""),
        title=f"At least {100 - VANISHED_LIMIT_PCT} % of the published figures are still there",
        title_zh="已发布数据未大量消失",
        expected=f"vanished <= {VANISHED_LIMIT_PCT} % of the published figures",
        message="A model came out (nearly) empty: see the log of the build; readers keep the last "
        "release meanwhile.",
        compares=True,
    ),
    critical(
        "history.no_collapse",
        TABLE,
        NoRows(f"""
            select {KEY}, published.value as published_value, candidate.value
            from published.indicator_value as published
            join {TABLE} as candidate using ({KEY})
            join marts.dim_indicator as known using (indicator_code)
            join marts.dim_region as region using (region_code)
            where known.kind = 'stock' and region.level = 'county' and population = 'all'
                and published.value >= {COLLAPSE_MIN_VALUE}
                and candidate.value * 100 < published.value * {100 - COLLAPSE_LIMIT_PCT}"""),
        title=f"No county's level fell by more than {COLLAPSE_LIMIT_PCT} % since the last release",
        title_zh="存量指标未骤降",
        expected=f"value >= {100 - COLLAPSE_LIMIT_PCT} % of the published one, "
        f"from {COLLAPSE_MIN_VALUE} on",
        message="Records were withdrawn or lost in bulk: look at the withdrawals among the new "
        "loads and ask their source to confirm or correct them.",
        compares=True,
    ),
    warning(
        "history.final_revised",
        TABLE,
        Measure(f"""
            with compared as (
                select
                    count(*) as settled,
                    count(*) filter (where candidate.value is distinct from published.value)
                        as revised
                from published.indicator_value as published
                left join {TABLE} as candidate using ({KEY})
                where published.status = 'final'
            )
            select
                revised || ' of ' || settled || ' final figures changed' as observed,
                revised * 100 <= settled * {REVISED_LIMIT_PCT} as success
            from compared"""),
        title=f"At most {REVISED_LIMIT_PCT} % of the final figures changed",
        title_zh="定稿数据修订比例",
        expected=f"changed <= {REVISED_LIMIT_PCT} % of the figures published as final",
        message="A late delivery or correction rewrites months that readers took for settled: say "
        "so in the next bulletin, and name the source.",
        compares=True,
    ),
    warning(
        "history.level_jump",
        TABLE,
        NoRows(f"""
            select {KEY}, published.value as published_value, candidate.value
            from published.indicator_value as published
            join {TABLE} as candidate using ({KEY})
            join marts.dim_region as region using (region_code)
            where region.level = 'county' and population = 'all'
                and greatest(published.denominator, published.numerator) >= {JUMP_MIN_VALUE}
                and abs(candidate.value - published.value) * 100
                    > published.value * {JUMP_LIMIT_PCT}"""),
        title=f"No county figure moved by more than {JUMP_LIMIT_PCT} % since the last release",
        title_zh="同期指标值未跳变",
        expected=f"change <= {JUMP_LIMIT_PCT} % of the published value, from {JUMP_MIN_VALUE} on",
        message="The same month looks very different now: see which of the new loads touch it "
        "(ops.load) and whether their source explains it.",
        compares=True,
    ),
    warning(
        "history.verdicts_flipped",
        "marts.target_progress",
        Measure(f"""
            with latest as (
                select target_id, region_code, max(period_month) as period_month
                from published.target_progress
                group by 1, 2
            ),
            compared as (
                select
                    count(*) as targets,
                    count(*) filter (where candidate.status <> published.status) as flipped
                from latest
                join published.target_progress as published
                    using (target_id, region_code, period_month)
                join marts.target_progress as candidate
                    using (target_id, region_code, period_month)
            )
            select
                flipped || ' of ' || targets || ' verdicts changed' as observed,
                flipped * 100 <= targets * {FLIPPED_LIMIT_PCT} as success
            from compared"""),
        title=f"At most {FLIPPED_LIMIT_PCT} % of the latest verdicts changed for their month",
        title_zh="目标判定未大面积翻转",
        expected=f"changed <= {FLIPPED_LIMIT_PCT} % of the latest published verdicts",
        message="So many verdicts rarely change at once: see whether targets, baselines or the "
        "rule of progress were edited.",
        compares=True,
    ),
)
