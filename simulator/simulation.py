"""Simulation of an area: one call generates the records of all streams, faults included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from producers.errors import SourceError
from simulator.areas.area import generator, simulate_area
from simulator.areas.clock import Calendar, months_between
from simulator.faults.messages import FaultyMessage, faulty_messages
from simulator.faults.records import REJECTED_FAULTS, add_faults, in_sending_order
from simulator.oracle.indicators import expected_indicators, values_of
from simulator.oracle.inputs import OracleInput
from simulator.oracle.worklists.actions import expected_actions
from simulator.oracle.worklists.monitor import Tokens
from simulator.profiles.profile import Profile
from simulator.records import FAULT, SENT_AT
from simulator.streams.registry import STREAMS
from simulator.streams.stream import Stream

Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Simulation:
    """A simulated area: raw records by stream, in sending order, with `_fault` and `_sent_at`."""

    profile: Profile
    seed: int
    start: dt.date
    end: dt.date
    frames: Frames
    has_faults: bool = True

    def frame(self, stream: str) -> pl.DataFrame:
        """Return all typed records of a stream, broken ones included, in sending order.

        Raises `SourceError` if the stream is not simulated.
        """
        if stream not in self.frames:
            raise SourceError(
                f"the simulator has no stream {stream!r}; it has: {', '.join(self.frames)}"
            )
        return self.frames[stream]

    def records(self, stream: str) -> Iterator[pl.DataFrame]:
        """Yield the typed records of a stream, one frame per month in which they are sent."""
        frame = self.frame(stream)
        month = frame[SENT_AT].dt.truncate("1mo")
        for _, size in month.rle().struct.unnest().select("value", "len").iter_rows():
            yield frame.head(size)
            frame = frame.slice(size)

    def accepted(self, stream: str) -> pl.DataFrame:
        """Return the typed records of a stream that meet the contract."""
        return _accepted(self.frame(stream))

    def faulty(self, stream: str) -> list[FaultyMessage]:
        """Return messages of the stream that no typed record can express; none without faults."""
        if not self.has_faults:
            return []
        good = self.frame(stream).filter(pl.col(FAULT).is_null()).head(5_000)
        return faulty_messages(stream, good, self.profile.faults)

    def expected_indicators(self, as_of: dt.date) -> pl.DataFrame:
        """Return every value of the area on a day; see `oracle.indicators`."""
        return expected_indicators(self._all_accepted(), as_of, self.start)

    def expected_actions(self, today: dt.date, tokens: Tokens) -> pl.DataFrame:
        """Return the action list of the area on a day; see `oracle.worklists`."""
        return expected_actions(self._all_accepted(), today, tokens)

    def _all_accepted(self) -> Frames:
        return {stream: self.accepted(stream) for stream in self.frames}


def simulate(
    profile: Profile, seed: int, start: dt.date, end: dt.date, *, faults: bool = True
) -> Simulation:
    """Simulate an area from the first day to the last. Equal arguments give equal bytes.

    Months count whole: `start` must be the first day of a month. Nothing is recorded after `end`.
    Raises `SourceError` if the days are no such period.
    """
    if start.day != 1 or end < start:
        raise SourceError(f"a simulation runs from the first of a month, not {start} to {end}")
    calendar = Calendar(start, end)
    area = simulate_area(profile, seed, calendar)

    def finish(stream: Stream, rows: pl.DataFrame) -> pl.DataFrame:
        if faults:
            rng = generator(seed, f"faults {stream.name}")
            rows = add_faults(rows, stream.name, stream.faults, profile, calendar, rng)
        return in_sending_order(rows)

    frames = {
        stream.name: finish(stream, stream.generate(area))
        for stream in STREAMS.values()
        if stream.generate
    }
    # Reports repeat values of indicators, so they follow the records that are counted.
    accepted = {name: _accepted(frame) for name, frame in frames.items()}
    for stream in STREAMS.values():
        if stream.report:
            values = _quarterly_values(stream, accepted, calendar)
            frames[stream.name] = finish(stream, stream.report(area, values))
    numbered = {name: _numbered(frames[name], profile) for name in STREAMS}
    return Simulation(profile, seed, start, end, numbered, faults)


def _quarterly_values(
    stream: Stream, accepted: Mapping[str, pl.DataFrame], calendar: Calendar
) -> pl.DataFrame:
    """Return the values that a stream reports, of the last months of quarters."""
    months = months_between(calendar.start, calendar.end)
    quarters = [month for month in months if month[0].month % 3 == 0]
    codes = stream.indicators if quarters else ()
    return values_of(codes, OracleInput(accepted, calendar.end, quarters))


def _accepted(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the records that a consumer must accept."""
    return frame.filter(~pl.col(FAULT).is_in(REJECTED_FAULTS).fill_null(value=False))


def _numbered(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Return the records with record numbers that no other area's records have."""
    if not profile.record_prefix:
        return frame
    return frame.with_columns(record_id=pl.lit(profile.record_prefix) + pl.col("record_id"))
