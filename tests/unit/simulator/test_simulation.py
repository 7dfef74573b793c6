"""A simulation is deterministic, ordered and within its period."""

import datetime as dt

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from producers.errors import SourceError
from simulator import STREAMS, Simulation, load_profile, simulate
from tests.unit.simulator.small_county import END, SMALL, START


def test_the_same_seed_gives_the_same_rows_and_messages(county: Simulation) -> None:
    again = simulate(county.profile, 7, START, END)
    for stream in STREAMS:
        assert_frame_equal(county.frame(stream), again.frame(stream))
        assert county.faulty(stream) == again.faulty(stream)


def test_another_seed_gives_another_county(county: Simulation) -> None:
    other = simulate(county.profile, 8, START, END)
    for stream in STREAMS:
        assert not county.frame(stream).equals(other.frame(stream))


@pytest.mark.parametrize("stream", STREAMS)
def test_records_are_yielded_by_month_in_sending_order(county: Simulation, stream: str) -> None:
    months = list(county.records(stream))
    assert_frame_equal(pl.concat(months), county.frame(stream))
    firsts = [frame["_sent_at"].dt.truncate("1mo").unique().to_list() for frame in months]
    assert all(len(first) == 1 for first in firsts)
    assert firsts == sorted(firsts)
    assert county.frame(stream)["_sent_at"].is_sorted()


@pytest.mark.parametrize("stream", STREAMS)
def test_nothing_is_recorded_or_sent_after_the_end(county: Simulation, stream: str) -> None:
    frame = county.frame(stream)
    last = dt.datetime.combine(END, dt.time(23, 59), dt.UTC)
    assert frame.select(pl.col("recorded_at").max()).item() <= last
    assert frame.select(pl.col("_sent_at").max()).item() <= last
    assert (frame["_sent_at"] >= frame["recorded_at"]).all()


def test_without_faults_every_row_is_good_and_sent_when_recorded() -> None:
    clean = simulate(load_profile().scaled(SMALL), 7, START, END, faults=False)
    for stream in STREAMS:
        frame = clean.frame(stream)
        assert frame["_fault"].null_count() == frame.height
        assert (frame["_sent_at"] == frame["recorded_at"]).all()
        assert clean.faulty(stream) == []


def test_dates_that_are_no_period_are_rejected(county: Simulation) -> None:
    with pytest.raises(SourceError, match="first of a month"):
        simulate(county.profile, 1, dt.date(2022, 1, 2), END)
    with pytest.raises(SourceError, match="first of a month"):
        simulate(county.profile, 1, END.replace(day=1), START)


def test_a_stream_that_is_not_simulated_is_named(county: Simulation) -> None:
    with pytest.raises(SourceError, match="school_meal"):
        county.frame("school_meal")


def test_a_period_without_the_end_of_a_quarter_has_no_reports() -> None:
    county = simulate(load_profile().scaled(SMALL), 7, START, dt.date(2022, 2, 10))
    assert county.frame("reported_figure").is_empty()
    assert county.faulty("reported_figure") == []
    assert not county.frame("employment").is_empty()
