"""Status of targets: one row per target and region, which a new day alone does not change."""

from __future__ import annotations

import datetime as dt
from typing import Any

from livelihood.load import load
from livelihood.registry.plans import load_targets
from livelihood.settings import Settings
from livelihood.transform import build
from livelihood.warehouse import connect
from testkit.message_factory import message
from testkit.topics import send

# The verdict and what was judged; if these are equal, so is the whole row.
VERDICT = ("status", "status_since", "value")


def build_as_of(settings: Settings, day: dt.date) -> dict[tuple[str, str], dict[str, Any]]:
    """Build for a day and return the rows of target_status by target and region."""
    assert build(settings.model_copy(update={"as_of_date": day})).is_new
    with connect(settings) as connection:
        cursor = connection.execute("select * from marts.target_status")
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return {(row["target_id"], row["region_code"]): row for row in rows}


def test_a_new_day_changes_only_rows_whose_verdict_changes(platform: Settings) -> None:
    # Employed at the end of the first day, ended on the second.
    end = {"effective_date": "2022-03-01", "end_date": "2022-11-16"}
    send(platform, "employment", [message("employment", 1, **end), message("employment", 2)])
    load(platform, "employment")
    before = build_as_of(platform, dt.date(2022, 11, 16))
    after = build_as_of(platform, dt.date(2022, 11, 17))
    assert {target_id for target_id, _ in before} == load_targets().keys()
    assert before.keys() == after.keys()
    assert any(row["status"] == "behind" for row in before.values())
    changed = {key for key in before if before[key] != after[key]}
    verdicts = {
        key for key in before if any(before[key][name] != after[key][name] for name in VERDICT)
    }
    assert changed == verdicts
    assert len(changed) < len(before) / 10


def test_a_new_month_moves_every_target_that_has_not_ended(platform: Settings) -> None:
    send(platform, "employment", [message("employment", 1)])
    load(platform, "employment")
    build_as_of(platform, dt.date(2022, 11, 30))
    after = build_as_of(platform, dt.date(2022, 12, 1))
    running = {
        target.target_id
        for target in load_targets().values()
        if target.ends_on >= dt.date(2022, 12, 1)
    }
    months = {target_id: row["period_month"] for (target_id, _), row in after.items()}
    assert {months[target_id] for target_id in running} == {dt.date(2022, 12, 1)}
