"""Comparison of the candidate with the last release: are the changes plausible."""

from __future__ import annotations

from expectations.check import Assertion, Check, NoRows, critical, warning

TABLE = "marts.indicator_value"
KEY = "indicator_code, region_code, population, period_month"

# A larger share of missing values, or a larger fall of a stock, is a fault and closes the gate.
MISSING_LIMIT_PCT = 20
COLLAPSE_LIMIT_PCT = 50
COLLAPSE_MIN_VALUE = 1000
# Larger changes are reported for review; a late delivery may explain them.
REVISED_LIMIT_PCT = 5
JUMP_LIMIT_PCT = 20
JUMP_MIN_VALUE = 100
FLIPPED_LIMIT_PCT = 30

HISTORY_CHECKS: tuple[Check, ...] = (
    critical(
        "history.figures_kept",
        TABLE,
        Assertion(f"""
            with compared as (
                select
                    count(*) as published,
                    count(*) filter (where candidate.status is null) as missing
                from published.indicator_value as published
                left join {TABLE} as candidate using ({KEY})
            )
            select
                missing || ' of ' || published || ' values are missing' as observed,
                missing * 100 <= published * {MISSING_LIMIT_PCT} as success
            from compared"""),
        title=f"At least {100 - MISSING_LIMIT_PCT} % of the published values still exist",
        title_zh="已发布数据未大量消失",
        expected=f"missing <= {MISSING_LIMIT_PCT} % of the published values",
        message="A model returned no or almost no rows: read the log of the build. Readers "
        "continue to see the last release.",
        needs_release=True,
        is_acceptable=True,
    ),
    critical(
        "history.no_collapse",
        TABLE,
        NoRows(f"""
            select {KEY}, published.value as published_value, candidate.value
            from published.indicator_value as published
            join {TABLE} as candidate using ({KEY})
            join marts.dim_indicator as indicator using (indicator_code)
            join marts.dim_region as region using (region_code)
            where indicator.kind = 'stock' and region.level = 'county' and population = 'all'
                and published.value >= {COLLAPSE_MIN_VALUE}
                and candidate.value * 100 < published.value * {100 - COLLAPSE_LIMIT_PCT}"""),
        title=f"No stock of a county fell by more than {COLLAPSE_LIMIT_PCT} % since the last "
        "release",
        title_zh="存量指标未骤降",
        expected=f"value >= {100 - COLLAPSE_LIMIT_PCT} % of the published one, "
        f"for values from {COLLAPSE_MIN_VALUE}",
        message="Many records were withdrawn or lost: check the withdrawals in the new loads and "
        "ask their source to confirm or correct them.",
        needs_release=True,
        is_acceptable=True,
    ),
    warning(
        "history.final_revised",
        TABLE,
        Assertion(f"""
            with compared as (
                select
                    count(*) as final_values,
                    count(*) filter (where candidate.value is distinct from published.value)
                        as revised
                from published.indicator_value as published
                left join {TABLE} as candidate using ({KEY})
                where published.status = 'final'
            )
            select
                revised || ' of ' || final_values || ' final values changed' as observed,
                revised * 100 <= final_values * {REVISED_LIMIT_PCT} as success
            from compared"""),
        title=f"At most {REVISED_LIMIT_PCT} % of the final values changed",
        title_zh="定稿数据修订比例",
        expected=f"changed <= {REVISED_LIMIT_PCT} % of the values published as final",
        message="A late delivery or correction changes months that were published as final: "
        "report it in the next bulletin and name the source.",
        needs_release=True,
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
        title=f"No value of a county changed by more than {JUMP_LIMIT_PCT} % since the last "
        "release",
        title_zh="同期指标值未跳变",
        expected=f"change <= {JUMP_LIMIT_PCT} % of the published value, "
        f"for counts from {JUMP_MIN_VALUE}",
        message="The value of a published month changed a lot: find the new loads with records "
        "of that month (ops.load) and ask their source whether this is right.",
        needs_release=True,
    ),
    warning(
        "history.verdicts_flipped",
        "marts.target_progress",
        Assertion(f"""
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
        title=f"At most {FLIPPED_LIMIT_PCT} % of the latest verdicts changed",
        title_zh="目标判定未大面积翻转",
        expected=f"changed <= {FLIPPED_LIMIT_PCT} % of the latest published verdicts",
        message="So many verdicts rarely change together: check whether targets, baselines or "
        "the progress model were edited.",
        needs_release=True,
    ),
)
