"""Purged messages have no bytes left, cannot be replayed, and are still accounted for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from faults.inventory import Inventory
from faults.outcome import Outcome
from livelihood.alerts import raise_alerts
from livelihood.cli.main import app
from livelihood.errors import LivelihoodError
from livelihood.load import load, replay
from livelihood.load.purge import list_quarantine, plan_purge, purge
from livelihood.retention import prune
from livelihood.settings import Settings
from livelihood.status import read_status
from livelihood.warehouse import connect
from livelihood.warehouse.ledger.quarantine import Selection
from testkit.message_factory import IDENTITY, message
from testkit.topics import send

STREAM = "employment"
UNKNOWN = message(STREAM, township_code="888888888")
LEAK = message(STREAM, person_token=IDENTITY)
WHY = "an identity number in a token column"


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def start_offset(settings: Settings) -> int:
    query = "select next_offset from ops.stream_offset where stream = 'employment' and partition = "
    return int(rows(settings, f"{query}1")[0][0])


@pytest.fixture
def rejected(platform: Settings) -> Settings:
    """A platform with three rejected messages of two kinds in one partition."""
    send(platform, STREAM, [LEAK, UNKNOWN, LEAK, message(STREAM)], partition=1)
    assert load(platform, STREAM).rejected == 3
    return platform


def test_a_purge_deletes_bytes_and_records_who_and_why(rejected: Settings) -> None:
    selection = Selection(STREAM, code="malformed")
    [planned] = plan_purge(rejected, selection)
    assert (planned.partition, planned.messages) == (1, 2)
    assert planned.bytes >= 2 * len(LEAK)
    assert rows(rejected, "select count(*) from ops.quarantine where value is null") == [(0,)]
    purge_id = purge(rejected, selection, " 李主任 ", WHY)
    end = start_offset(rejected)
    assert rows(
        rejected,
        "select purge_id, stream, code, purged_by, reason, messages, bytes, offsets, login"
        " from ops.quarantine_purge",
    ) == [
        (purge_id, STREAM, "malformed", "李主任", WHY, 2, planned.bytes, {"1": [end - 4, end - 1]},
         "quarantine_keeper"),
    ]  # fmt: skip
    stored = (
        'select key, value, reasons[1], purged_at is null from ops.quarantine order by "offset"'
    )
    purged, waiting, again = rows(rejected, stored)
    assert purged[:2] == again[:2] == (None, None)
    assert waiting[1] == UNKNOWN
    assert [row[3] for row in (purged, waiting, again)] == [False, True, False]
    assert purge(rejected, selection, "李主任", WHY) is None


def test_a_purged_message_is_neither_replayed_nor_reported(
    rejected: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions = {"regions.region_code": pl.Series(["888888888", "522327001"])}
    monkeypatch.setattr("livelihood.load.quarantine.references", lambda: regions)
    purge(rejected, Selection(STREAM), "li", WHY)
    report = replay(rejected, STREAM)
    assert (report.tried, report.landed) == (0, 0)
    counts = {status.stream: status.quarantined_records for status in read_status(rejected).streams}
    assert counts[STREAM] == 0
    raise_alerts(rejected)
    alerts = "select count(*) from ops.alert where rule = 'quarantine' and state <> 'cleared'"
    assert rows(rejected, alerts) == [(0,)]
    [malformed, unknown] = list_quarantine(rejected, STREAM)
    assert (malformed.code, malformed.waiting, malformed.purged, malformed.bytes) == (
        "malformed", 0, 2, 0,
    )  # fmt: skip
    assert (unknown.code, unknown.purged) == ("unknown_reference", 1)


@pytest.mark.parametrize("choose", ["position", "before"])
def test_messages_are_selected(rejected: Settings, choose: str) -> None:
    offset = start_offset(rejected) - 3
    if choose == "position":
        selection = Selection(STREAM, partition=1, offset=offset)
    else:
        with connect(rejected) as connection:
            connection.execute(
                "update ops.quarantine set quarantined_at = now() - interval '9 days'"
                ' where "offset" = %s', [offset],
            )  # fmt: skip
        selection = Selection(STREAM, before=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    purge(rejected, selection, "li", WHY)
    purged = 'select "offset" from ops.quarantine where purged_at is not null'
    assert rows(rejected, purged) == [(offset,)]
    assert rows(rejected, "select messages from ops.quarantine_purge") == [(1,)]


def test_every_acknowledged_record_is_still_accounted_for(platform: Settings) -> None:
    inventory = Inventory(platform, STREAM)
    inventory.send(inventory.values(20, bad=[3, 4, 11]))
    load(platform, STREAM)
    purge(platform, Selection(STREAM), "li", WHY)
    outcome = inventory.close(Outcome("purge"))
    assert (outcome.sent, outcome.landed, outcome.quarantined) == (20, 17, 3)
    assert (outcome.lost, outcome.twice) == (0, 0)
    assert outcome.unexpected == []


def test_retention_deletes_purged_messages_and_not_the_record_of_the_purge(
    rejected: Settings,
) -> None:
    purge(rejected, Selection(STREAM, code="malformed"), "li", WHY)
    with connect(rejected) as connection:
        connection.execute("update ops.quarantine set quarantined_at = now() - interval '3 years'")
    removed = {removal.table: removal.rows for removal in prune(rejected, apply=True)}
    assert removed == {"ops.quarantine": 3}
    assert rows(rejected, "select count(*) from ops.quarantine_purge") == [(1,)]


@pytest.mark.parametrize(("by", "why"), [("", WHY), ("li", "short"), ("  ", " " * 20)])
def test_a_purge_needs_a_person_and_a_reason(rejected: Settings, by: str, why: str) -> None:
    with pytest.raises(LivelihoodError, match="--by with the name"):
        purge(rejected, Selection(STREAM), by, why)
    assert rows(rejected, "select count(*) from ops.quarantine_purge") == [(0,)]


def test_the_command_shows_a_plan_first(
    rejected: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livelihood.cli.quarantine.get_settings", lambda: rejected)

    def run(*arguments: str) -> str:
        outcome = CliRunner().invoke(app, ["quarantine", *arguments], catch_exceptions=False)
        return outcome.output

    listed = run("list", "--json")
    assert '"code": "malformed", "waiting": 2' in listed
    assert IDENTITY not in listed
    options = ("purge", STREAM, "--reason", "malformed", "--by", "li", "--why", WHY)
    plan = run(*options)
    assert "partition 1: 2 messages" in plan
    assert "nothing was done" in plan
    assert rows(rejected, "select count(*) from ops.quarantine_purge") == [(0,)]
    assert "recorded as purge 1" in run(*options, "--yes")
    assert "nothing was purged" in run(*options, "--yes")
