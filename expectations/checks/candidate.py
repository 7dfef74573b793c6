"""Check of the candidate itself: built completely, up to its horizon and for its date."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical

# The models that read landing, and the model that runs last.
WATERMARKED = "(model = 'incremental_checkpoint' or model like 'int\\_%\\_records')"

CANDIDATE_CHECKS: tuple[Check, ...] = (
    critical(
        "candidate.reached_horizon",
        "ops.build_watermark",
        NoRows(f"""
            with expected as (
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
                stream, expected.load_id, reached.load_id as reached_load_id,
                expected.as_of_date, reached.as_of_date as reached_as_of_date
            from expected
            left join reached using (stream)
            where reached.load_id is distinct from expected.load_id
                or reached.as_of_date is distinct from expected.as_of_date"""),
        title="All models reached the horizon and the as-of date of the build",
        title_zh="候选数据构建完整",
        expected="watermarks of record models and incremental_checkpoint = horizon and as-of date "
        "of the build",
        message="A model was skipped or ran for another day: run `livelihood build` again; if "
        "the failure remains, run `livelihood build --full-refresh`.",
    ),
)
