"""The candidate itself: built whole, up to its own horizon and for its own day."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical

# The model whose run closes the chain from landing to the figures.
CHAIN_END = "indicator_month"

CANDIDATE_CHECKS: tuple[Check, ...] = (
    critical(
        "candidate.reached_horizon",
        "ops.build_watermark",
        NoRows(f"""
            with wanted as (
                select entry.key as stream, entry.value::bigint as load_id, as_of_date
                from ops.build
                cross join jsonb_each_text(horizon) as entry
                where build_id = :build_id
            ),
            reached as (
                select horizon, as_of_date from ops.build_watermark
                where schema_name = 'core' and model = '{CHAIN_END}'
            )
            select
                stream, load_id, (reached.horizon ->> stream)::bigint as reached_load_id,
                wanted.as_of_date, reached.as_of_date as reached_as_of_date
            from wanted
            left join reached on true
            where (reached.horizon ->> stream)::bigint is distinct from load_id
                or reached.as_of_date is distinct from wanted.as_of_date"""),
        title="The figures have come as far as the build's horizon, for its day",
        title_zh="候选数据构建完整",
        expected=f"watermark of {CHAIN_END} = horizon and as-of date of the build",
        message="A model was left out or ran for another day: build again; if it stays, build all "
        "with `livelihood build --full-refresh`.",
    ),
)
