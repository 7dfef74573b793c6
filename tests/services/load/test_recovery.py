"""A stopped stream resumes only by a chosen option, and the choice is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from livelihood.contracts import load_contract
from livelihood.errors import LivelihoodError, OffsetsLost, StageBusy
from livelihood.kafka import topic_states
from livelihood.load import load
from livelihood.load.recovery import diagnose, resume
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease
from livelihood.warehouse.ledger.builds import needs_full_refresh
from testkit.message_factory import message
from testkit.topics import send

STREAM = "employment"
ANOTHER_TOPIC = "update ops.stream_offset set topic_id = 'another' where stream = 'employment'"


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def change(settings: Settings, statement: str) -> None:
    with connect(settings) as connection:
        connection.execute(statement.encode())


def test_retention_is_skipped_and_counted(platform: Settings) -> None:
    change(
        platform,
        "update ops.stream_offset set next_offset = -5"
        " where partition = 0 and stream = 'employment'",
    )
    send(platform, STREAM, [message(STREAM)])
    with pytest.raises(OffsetsLost, match="livelihood offsets employment"):
        load(platform, STREAM)
    assert rows(platform, "select stream from ops.stream_stop") == [(STREAM,)]
    [gap] = resume(platform, STREAM, "retention")
    first = topic_states(platform, [load_contract(STREAM)])[STREAM].first[0]
    assert (gap.from_offset, gap.to_offset, gap.missing_records) == (-5, first, first + 5)
    assert rows(platform, "select * from ops.stream_stop") == []
    gaps = "select kind, from_offset, missing_records, moved_by from ops.offset_gap"
    assert rows(platform, gaps) == [("retention", -5, first + 5, None)]


def test_after_a_topic_was_created_again_twice_no_two_records_share_a_position(
    platform: Settings,
) -> None:
    send(platform, STREAM, [message(STREAM, 1), b"{broken"], partition=1)
    load(platform, STREAM)
    for generation in (1, 2):
        change(platform, ANOTHER_TOPIC)
        with pytest.raises(OffsetsLost, match="created again"):
            load(platform, STREAM)
        resume(platform, STREAM, "new_topic")
        # The tests' topic is in fact the same one, so all its records are read again.
        load(platform, STREAM)
        partitions = (
            "select _partition from landing.employment union all"
            " select partition from ops.quarantine where stream = 'employment'"
        )
        moved = {(partition // 1000) for (partition,) in rows(platform, partitions)}
        assert moved == {0, *(-n for n in range(1, generation + 1))}
    topic_ids = "select topic_id from ops.stream_offset where stream = 'employment'"
    topics = {topic for (topic,) in rows(platform, topic_ids)}
    assert topics == {topic_states(platform, [load_contract(STREAM)])[STREAM].topic_id}


def test_a_shorter_topic_moves_only_the_records_that_it_lacks(platform: Settings) -> None:
    send(platform, STREAM, [message(STREAM, number) for number in range(3)], partition=0)
    load(platform, STREAM)
    [(end,)] = rows(
        platform, "select next_offset from ops.stream_offset where partition = 0"
        " and stream = 'employment'",
    )  # fmt: skip
    # As if the warehouse had loaded two records that Kafka has lost.
    change(
        platform,
        f"update ops.stream_offset set next_offset = {end + 2} where next_offset = {end}"
        " and partition = 0 and stream = 'employment'",
    )
    change(
        platform, f"update landing.employment set _offset = _offset + 2 where _offset = {end - 1}"
    )
    with pytest.raises(OffsetsLost, match="Kafka ends at"):
        load(platform, STREAM)
    [gap] = resume(platform, STREAM, "shorter_topic")
    assert (gap.from_offset, gap.to_offset) == (end + 2, end)
    landed = "select _partition, _offset from landing.employment order by _offset"
    assert rows(platform, landed) == [(0, end - 3), (0, end - 2), (-1000, end + 1)]


def test_an_option_for_another_problem_is_rejected(platform: Settings) -> None:
    assert diagnose(platform, STREAM).kind is None
    for kind in ("retention", "new_topic", "shorter_topic"):
        with pytest.raises(LivelihoodError, match="nothing was done"):
            resume(platform, STREAM, kind)


def test_a_stream_that_is_being_loaded_is_not_changed(platform: Settings) -> None:
    with connect(platform) as other, lease(other, "load", STREAM), pytest.raises(StageBusy):
        resume(platform, STREAM, "new_topic")


def test_records_removed_before_the_first_load_are_recorded_as_a_gap(platform: Settings) -> None:
    state = topic_states(platform, [load_contract(STREAM)])[STREAM]
    change(platform, "delete from ops.stream_offset")
    later = state.__class__(
        state.topic_id, dict.fromkeys(state.first, 3), dict.fromkeys(state.end, 3)
    )
    from livelihood.load.loader import _start_offsets

    with connect(platform) as connection:
        assert set(_start_offsets(connection, load_contract(STREAM), later).values()) == {3}
    gaps = "select distinct kind, from_offset, to_offset, missing_records from ops.offset_gap"
    assert rows(platform, gaps) == [("first_load", 0, 3, 3)]


def _build(settings: Settings, status: str, code: str) -> None:
    with connect(settings) as connection:
        connection.execute(
            "insert into ops.build (status, horizon, as_of_date, code_version, contract_versions,"
            " dbt_version) values (%s, '{}', '2022-01-01', %s, '{}', '')",
            [status, code],
        )


def _needs_full_refresh(settings: Settings, code: str) -> bool:
    with connect(settings) as connection:
        return needs_full_refresh(connection, code)


def test_a_build_that_failed_under_new_code_does_not_hide_it(platform: Settings) -> None:
    assert not _needs_full_refresh(platform, "a")
    _build(platform, "built", "a")
    assert not _needs_full_refresh(platform, "a")
    assert _needs_full_refresh(platform, "b")
    # A killed build may have written results of the new code.
    _build(platform, "running", "b")
    assert _needs_full_refresh(platform, "b")
    assert _needs_full_refresh(platform, "a")
    _build(platform, "built", "b")
    assert not _needs_full_refresh(platform, "b")


def test_moved_records_need_a_full_refresh(platform: Settings) -> None:
    _build(platform, "built", "a")
    change(platform, ANOTHER_TOPIC)
    resume(platform, STREAM, "new_topic")
    assert _needs_full_refresh(platform, "a")
    _build(platform, "failed", "a")
    assert _needs_full_refresh(platform, "a")
    _build(platform, "built", "a")
    assert not _needs_full_refresh(platform, "a")
