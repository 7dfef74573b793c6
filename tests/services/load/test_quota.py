"""The quota of the quarantine: unreadable messages are counted, others stored up to a limit."""

from __future__ import annotations

from typing import Any

import pytest

from livelihood.alerts import raise_alerts
from livelihood.errors import QuarantineFull
from livelihood.load import load, replay
from livelihood.load.backlog import backlog
from livelihood.retention import prune
from livelihood.settings import Settings
from livelihood.status import read_status
from livelihood.warehouse import connect
from testkit.message_factory import message
from testkit.topics import send

STREAM = "employment"
# Each has 300,000 bytes; three fit into the quota of one megabyte.
BROKEN = b"{" + b"x" * 299_999
WRONG_TYPE = message(STREAM, birth_year="y" * 299_000)
# Valid but for a version that an upgrade brings.
NEWER = message(STREAM, contract_version="7.0.0", skill_level="z" * 299_000)


@pytest.fixture
def limited(platform: Settings) -> Settings:
    return platform.model_copy(
        update={"quarantine_quota_megabytes": 1, "quarantine_limit_megabytes": 2}
    )


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def codes(settings: Settings) -> list[str]:
    stored = "select split_part(reasons[1], ':', 1) from ops.quarantine order by quarantine_id"
    return [code for (code,) in rows(settings, stored)]


def test_beyond_the_quota_unreadable_messages_are_counted_with_their_offsets(
    limited: Settings,
) -> None:
    first = load(limited, STREAM)
    assert first.overflowed == 0
    send(limited, STREAM, [BROKEN] * 5, partition=0)
    [(start,)] = rows(
        limited, "select next_offset from ops.stream_offset where partition = 0"
        " and stream = 'employment'",
    )  # fmt: skip
    report = load(limited, STREAM)
    assert (report.records, report.rejected, report.overflowed) == (0, 3, 2)
    assert codes(limited) == ["broken_json"] * 3

    # Another kind is stored once, and what a replay can accept always; both count.
    send(limited, STREAM, [WRONG_TYPE, NEWER, WRONG_TYPE, message(STREAM), BROKEN], partition=0)
    report = load(limited, STREAM)
    assert (report.records, report.rejected, report.overflowed) == (1, 2, 2)
    assert codes(limited)[3:] == ["wrong_type", "unknown_version"]

    counted = (
        "select code, partition, from_offset, to_offset, messages, bytes"
        " from ops.quarantine_overflow order by load_id, from_offset"
    )
    assert rows(limited, counted) == [
        ("broken_json", 0, start + 3, start + 5, 2, 2 * len(BROKEN) + 2),
        ("wrong_type", 0, start + 7, start + 8, 1, len(WRONG_TYPE) + 1),
        ("broken_json", 0, start + 9, start + 10, 1, len(BROKEN) + 1),
    ]
    totals = "select sum(records), sum(rejected), sum(overflowed) from ops.load"
    assert rows(limited, totals) == [(1, 5, 4)]
    raise_alerts(limited)
    assert rows(limited, "select state from ops.alert where rule = 'quarantine_quota'") == [
        ("open",)
    ]


def test_the_quota_is_per_day_and_counts_expire_with_the_quarantine(limited: Settings) -> None:
    send(limited, STREAM, [BROKEN] * 5, partition=0)
    load(limited, STREAM)
    with connect(limited) as connection:
        connection.execute("update ops.quarantine set quarantined_at = now() - interval '1 day'")
        connection.execute(
            "update ops.quarantine_overflow set counted_at = now() - interval '1000 days'"
        )
    send(limited, STREAM, [BROKEN] * 3, partition=0)
    assert load(limited, STREAM).rejected == 3
    removed = {removal.table: removal.rows for removal in prune(limited, apply=True)}
    assert removed == {"ops.quarantine_overflow": 1}


def test_beyond_the_limit_the_stream_stops_and_each_recovery_works(limited: Settings) -> None:
    load(limited, STREAM)
    send(limited, STREAM, [NEWER] * 8, partition=0)
    with pytest.raises(QuarantineFull, match="LIVELIHOOD_QUARANTINE_LIMIT_MEGABYTES"):
        load(limited, STREAM)
    assert backlog(limited)[STREAM] == 8, "the offset is unmoved"
    assert codes(limited) == []
    raise_alerts(limited)
    assert rows(limited, "select state from ops.alert where rule = 'stream_stopped'") == [("open",)]
    assert "is stopped" in "".join(read_status(limited).issues)

    raised = limited.model_copy(update={"quarantine_limit_megabytes": 3})
    assert load(raised, STREAM).rejected == 8
    assert read_status(limited).issues == ()
    send(limited, STREAM, [NEWER] * 8, partition=0)
    with pytest.raises(QuarantineFull):
        load(raised, STREAM)
    # Replayed or deleted, they no longer count.
    assert replay(raised, STREAM).landed == 0
    with connect(limited) as connection:
        connection.execute("delete from ops.quarantine where stream = %s", [STREAM])
    assert load(raised, STREAM).rejected == 8
