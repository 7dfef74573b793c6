"""Incremental equals full: after late, corrected, withdrawn and repeated records, in any order."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl
import pytest

from livelihood.contracts import load_contract, load_contracts
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.transform import build, reconcile, run
from livelihood.warehouse import connect
from producers.sender import Sender
from simulator import Simulation
from simulator.oracle.indicators import expected_indicators
from simulator.records import raw_name
from testkit.platforms import AS_OF
from tests.services.transform.indicator_rows import assert_values_equal, indicator_values

BATCHES = 4


def shuffled_batches(rows: pl.DataFrame, chance: random.Random) -> list[pl.DataFrame]:
    """Return the rows in random order, cut at random positions; some are repeated later."""
    order = list(range(rows.height))
    chance.shuffle(order)
    repeated = chance.sample(order, k=rows.height // 20)
    mixed = rows[order + repeated]
    cuts = sorted(chance.sample(range(1, mixed.height), k=BATCHES - 1))
    return [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, mixed.height], strict=True)]


def test_any_order_of_arrival_gives_the_figures_of_a_full_recomputation(
    platform: Settings, county: Simulation
) -> None:
    chance = random.Random(1)
    batches = {
        stream: shuffled_batches(county.accepted(stream), chance) for stream in load_contracts()
    }
    for number in range(BATCHES):
        for stream in load_contracts():
            Sender(platform, stream, forward_invalid=True).send([batches[stream][number]])
            load(platform, stream)
        assert build(platform).is_new
        arrived = {stream: pl.concat(parts[: number + 1]) for stream, parts in batches.items()}
        assert_values_equal(
            indicator_values(platform, "marts.indicator_value"),
            expected_indicators(arrived, AS_OF, AS_OF.replace(month=1, day=1)),
        )
    report = reconcile(platform)
    assert report.is_equal, report.differences
    assert len(report.differences) > 10
    assert "intermediate.int_reused_record_ids" in report.differences


def moved(rows: pl.DataFrame, stream: str, chance: random.Random) -> pl.DataFrame:
    """Return new revisions of a few records with another township, household and project.

    One withdraws its record, which has the same number for another entity from now on.
    """
    contract = load_contract(stream)
    entity = raw_name(contract.column(contract.entity_key))
    subjects = sorted({"household_number", "project_code"} & set(rows.columns) - {entity})
    few = rows.drop_nulls(subjects).sample(5, seed=chance.randrange(1000))
    changes: list[pl.Expr | pl.Series] = [(pl.col("revision") + 1000).alias("revision")]
    if "township_code" in rows.columns:
        townships = chance.sample(rows["township_code"].unique().sort().to_list(), k=5)
        changes.append(pl.Series("township_code", townships))
    changes += [few[subject].gather([1, 2, 3, 4, 0]) for subject in subjects]
    changed = few.with_columns(changes)
    former, other = changed.tail(1), changed.tail(1).with_columns(rows[entity].head(1))
    withdrawal = former.with_columns(operation=pl.lit("withdraw"))
    return pl.concat([changed.head(4), withdrawal, other])


@pytest.mark.parametrize(
    ("changed", "are_much"),
    [(tuple(load_contracts()), False), (("employment", "reported_figure"), True)],
)
def test_changes_of_one_stream_give_the_figures_of_a_full_recomputation(
    platform: Settings,
    county: Simulation,
    monkeypatch: pytest.MonkeyPatch,
    changed: tuple[str, ...],
    are_much: bool,
) -> None:
    chance = random.Random(3)
    for stream in load_contracts():
        Sender(platform, stream).send([county.accepted(stream)])
        load(platform, stream)
    build(platform)
    if are_much:
        monkeypatch.setattr(run, "_FULL_REFRESH_MIN_RECORDS", 1)
        monkeypatch.setattr(run, "_FULL_REFRESH_SHARE", 0.0)
    for stream in changed:
        sent = Sender(platform, stream).send([moved(county.accepted(stream), stream, chance)])
        assert sent.sent == 6
        load(platform, stream)
        assert build(platform).is_new
    report = reconcile(platform)
    assert report.is_equal, report.differences


@pytest.mark.parametrize(
    ("landed", "new", "exceeds"),
    [
        (19 * run._FULL_REFRESH_MIN_RECORDS, run._FULL_REFRESH_MIN_RECORDS, True),
        (20 * run._FULL_REFRESH_MIN_RECORDS, run._FULL_REFRESH_MIN_RECORDS, False),
        (0, run._FULL_REFRESH_MIN_RECORDS - 1, False),
        (0, 0, False),
    ],
)
def test_many_new_records_exceed_the_threshold_of_a_full_refresh(
    platform: Settings, landed: int, new: int, exceeds: bool
) -> None:
    with connect(platform) as connection:
        connection.cursor().executemany(
            "insert into ops.load (load_id, stream, kind, started_at, records, rejected,"
            " from_offsets, to_offsets) values (%s, %s, 'load', now(), %s, 0, '{}', '{}')",
            [(1, "employment", landed), (2, "training", new)],
        )
        assert (
            run.exceeds_full_refresh_threshold(connection, {"employment": 1, "training": 0})
            == exceeds
        )
        connection.rollback()


def day_with_an_overdue_case(county: Simulation) -> dt.date:
    """Return the day before the closing of a case whose legal limit ended in an earlier month."""
    longest_limit_days, month_days = 126, 31
    took = pl.col("closed_date") - pl.col("accepted_date")
    is_late = took > pl.duration(days=longest_limit_days + month_days)
    closed = county.accepted("labour_case").filter(is_late)["closed_date"].to_list()
    assert closed, "no case is closed so late that an earlier month changes with the as-of date"
    first: dt.date = min(closed)
    return first - dt.timedelta(days=1)


def test_a_later_day_gives_the_figures_of_a_full_recomputation(
    platform: Settings, county: Simulation
) -> None:
    rows = {stream: county.accepted(stream) for stream in load_contracts()}
    for stream in load_contracts():
        Sender(platform, stream).send([rows[stream]])
        load(platform, stream)
    for day in (day_with_an_overdue_case(county), AS_OF):
        dated = platform.model_copy(update={"as_of_date": day})
        assert build(dated).is_new
        assert_values_equal(
            indicator_values(dated, "marts.indicator_value"),
            expected_indicators(rows, day, AS_OF.replace(month=1, day=1)),
        )


def test_reconcile_sees_a_figure_that_differs(platform: Settings, county: Simulation) -> None:
    for stream in load_contracts():
        Sender(platform, stream).send([county.accepted(stream).head(2_000)])
        load(platform, stream)
    build(platform)
    with connect(platform) as connection:
        connection.execute(
            "delete from intermediate.int_indicator_months where ctid ="
            " (select min(ctid) from intermediate.int_indicator_months)"
        )
    report = reconcile(platform)
    assert report.differences["intermediate.int_indicator_months"] == 1
