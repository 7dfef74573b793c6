"""The candidate itself: built whole, up to its own horizon and for its own day."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical

# The models that read landing, and the one that closes the chain from them to the figures.
WATERMARKED = "(model = 'incremental_checkpoint' or model like 'int\\_%\\_records')"

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
                select
                    entry.key as stream, min(entry.value::bigint) as load_id,
                    min(as_of_date) as as_of_date
                from ops.build_watermark
                cross join jsonb_each_text(horizon) as entry
                where schema_name = 'intermediate' and {WATERMARKED}
                group by entry.key
            )
            select
                stream, wanted.load_id, reached.load_id as reached_load_id,
                wanted.as_of_date, reached.as_of_date as reached_as_of_date
            from wanted
            left join reached using (stream)
            where reached.load_id is distinct from wanted.load_id
                or reached.as_of_date is distinct from wanted.as_of_date"""),
        title="The figures have come as far as the build's horizon, for its day",
        title_zh="候选数据构建完整",
        expected="watermarks of record models and incremental_checkpoint = horizon and as-of date "
        "of the build",
        message="A model was left out or ran for another day: build again; if it stays, build all "
        "with `livelihood build --full-refresh`.",
    ),
)
