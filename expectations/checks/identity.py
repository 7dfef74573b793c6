"""Checks of record ids: one that a source system gave to two entities may be one fact twice."""

from __future__ import annotations

from expectations.check import Check, NoRows, critical, warning
from livelihood.contracts import load_contracts

TABLE = "intermediate.int_reused_record_ids"

# A larger share of a stream's current records means that a source system mixes up its ids or its
# persons. So few ids never close the gate, so that no single source closes it by a few records.
AMBIGUOUS_LIMIT_PERMILLE = 1
MIN_AMBIGUOUS_IDS = 100


def _current_records() -> str:
    """Return an SQL expression: the number of current records of `stream`, counted if needed."""
    counts = " ".join(
        f"when '{stream}' then (select count(*) from intermediate.int_{stream}_records"
        " where is_current)"
        for stream in load_contracts()
    )
    return f"case stream {counts} end"


IDENTITY_CHECKS: tuple[Check, ...] = (
    critical(
        "records.ids_mostly_of_one_entity",
        TABLE,
        NoRows(f"""
            with many as (
                select stream
                from {TABLE}
                where is_ambiguous
                group by stream
                having count(*) > {MIN_AMBIGUOUS_IDS}
                    and count(*) * 1000 > {AMBIGUOUS_LIMIT_PERMILLE} * {_current_records()}
            )
            select stream, source_system, record_id
            from {TABLE}
            join many using (stream)
            where is_ambiguous
            order by stream, source_system, record_id"""),
        title="Few record ids of a stream are current under two entities",
        title_zh="同一记录编号分属两个对象的极少",
        expected=f"at most {MIN_AMBIGUOUS_IDS} ids, or at most {AMBIGUOUS_LIMIT_PERMILLE} per "
        "thousand current records of the stream",
        message="A source system gives the ids of one person, household or employer to another, "
        "so facts may count twice: ask it to withdraw the wrong records (the same id and entity, "
        "a higher revision) and to number its records by their business key.",
        is_acceptable=True,
    ),
    warning(
        "records.id_of_one_entity",
        TABLE,
        NoRows(f"""
            select stream, source_system, record_id
            from {TABLE}
            where is_ambiguous
            order by stream, source_system, record_id"""),
        title="No record id is current under two entities of one source system",
        title_zh="同一来源的记录编号只属于一个对象",
        expected="one current entity per stream, source system and record id",
        message="A correction changed the person, household or employer and the former record was "
        "not withdrawn, or two records have the same id: ask the source to withdraw the wrong one "
        "(the same id and entity, a higher revision).",
    ),
)
