"""Simulates a county: one call makes the rows of all streams, faults included, from a seed."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from producers.errors import SourceError
from simulator.areas.careers import Careers
from simulator.areas.clock import Calendar
from simulator.areas.employers import Employers
from simulator.areas.outsiders import outside_spells, outside_workers
from simulator.areas.population import Population, make_population
from simulator.areas.register import Register
from simulator.areas.stock import stock_people
from simulator.faults.messages import FaultyMessage, faulty_messages
from simulator.faults.records import REJECTED_FAULTS, add_faults, in_sending_order
from simulator.profiles.profile import Profile
from simulator.streams.benefits import benefit_rows
from simulator.streams.cases import case_rows
from simulator.streams.contributions import contribution_rows
from simulator.streams.employment import employment_rows
from simulator.streams.loans import loan_rows
from simulator.streams.reports import report_rows
from simulator.streams.rows import FAULT, SENT_AT, people_table
from simulator.streams.surveys import survey_rows
from simulator.streams.trainings import training_rows
from simulator.streams.wages import wage_rows

STREAMS = (
    "employment",
    "social_insurance",
    "wage_payment",
    "household_survey",
    "training",
    "labour_case",
    "startup_loan",
    "reported_figure",
)


@dataclass(frozen=True)
class Simulation:
    """A simulated county: raw rows by stream, in sending order, with `_fault` and `_sent_at`."""

    profile: Profile
    seed: int
    start: dt.date
    end: dt.date
    frames: dict[str, pl.DataFrame]
    has_faults: bool = True

    def frame(self, stream: str) -> pl.DataFrame:
        """All typed rows of a stream, broken ones included, in sending order."""
        if stream not in self.frames:
            raise SourceError(
                f"the simulator has no stream {stream!r}; it has: {', '.join(self.frames)}"
            )
        return self.frames[stream]

    def records(self, stream: str) -> Iterator[pl.DataFrame]:
        """The typed rows of a stream, one frame for each month in which they are sent."""
        frame = self.frame(stream)
        month = frame[SENT_AT].dt.truncate("1mo")
        for _, size in month.rle().struct.unnest().select("value", "len").iter_rows():
            yield frame.head(size)
            frame = frame.slice(size)

    def accepted(self, stream: str) -> pl.DataFrame:
        """The typed rows of a stream that meet the contract."""
        return _accepted(self.frame(stream))

    def faulty(self, stream: str) -> list[FaultyMessage]:
        """Messages of the stream that no typed row can express; none without faults."""
        if not self.has_faults:
            return []
        good = self.frame(stream).filter(pl.col(FAULT).is_null()).head(5_000)
        return faulty_messages(stream, good, self.profile.faults)


def simulate(
    profile: Profile, seed: int, start: dt.date, end: dt.date, *, faults: bool = True
) -> Simulation:
    """The county from the first day to the last; equal arguments give equal bytes.

    Months count whole: `start` must be the first day of a month. Nothing is recorded after `end`.
    """
    if start.day != 1 or end < start:
        raise SourceError(f"a simulation runs from the first of a month, not {start} to {end}")
    calendar = Calendar(start, end)
    people = make_population(profile, calendar, _generator(seed, "population"))
    employers = Employers(profile)
    register = Register(profile, people, employers, _generator(seed, "careers"))
    spells = Careers(register, calendar).run()
    frames = _streams(profile, seed, calendar, people, employers, spells)

    def finished(stream: str, made: pl.DataFrame) -> pl.DataFrame:
        if faults:
            made = add_faults(made, profile, calendar, _generator(seed, f"faults {stream}"))
        return in_sending_order(made)

    frames = {stream: finished(stream, made) for stream, made in frames.items()}
    accepted = {stream: _accepted(frame) for stream, frame in frames.items()}
    reports = report_rows(accepted, profile, calendar, seed, _generator(seed, "reports"))
    frames["reported_figure"] = finished("reported_figure", reports)
    named = {stream: _numbered(frames[stream], profile) for stream in STREAMS}
    return Simulation(profile, seed, start, end, named, faults)


def _accepted(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that a consumer must accept."""
    return frame.filter(~pl.col(FAULT).is_in(REJECTED_FAULTS).fill_null(value=False))


def _numbered(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The rows with record numbers that no other area's records have."""
    if not profile.record_prefix:
        return frame
    return frame.with_columns(record_id=pl.lit(profile.record_prefix) + pl.col("record_id"))


def _streams(
    profile: Profile,
    seed: int,
    calendar: Calendar,
    people: Population,
    employers: Employers,
    spells: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Good raw rows of every stream but the figures reported about the others."""
    table = people_table(people, profile)
    benefits = benefit_rows(spells, table, people, profile, calendar, _generator(seed, "benefits"))
    stock = stock_people(table, profile, _generator(seed, "stock"))
    insured = pl.concat([table, stock])
    contributions = contribution_rows(
        spells, insured, people, profile, calendar, employers, _generator(seed, "contributions")
    )
    outside = _generator(seed, "outsiders")
    outsiders = outside_workers(profile, outside)
    residents = table.select(outsiders.columns)
    workers = pl.concat(
        [
            residents.with_columns(is_local=pl.lit(value=True)),
            outsiders.with_columns(is_local=pl.lit(value=False)),
        ]
    )
    guests = outside_spells(len(people), profile, calendar, employers, outside)
    posts = pl.concat([spells.select(guests.columns), guests])
    return {
        "employment": employment_rows(
            spells, table, profile, calendar, employers, _generator(seed, "employment")
        ),
        "social_insurance": pl.concat([contributions, benefits]),
        "wage_payment": wage_rows(
            posts, workers, profile, calendar, employers, _generator(seed, "wages")
        ),
        "household_survey": survey_rows(table, profile, calendar, _generator(seed, "survey")),
        "training": training_rows(table, people, profile, calendar, _generator(seed, "training")),
        "labour_case": case_rows(profile, calendar, employers, _generator(seed, "cases")),
        "startup_loan": loan_rows(table, people, profile, calendar, _generator(seed, "loans")),
    }


def _generator(seed: int, part: str) -> np.random.Generator:
    """Random numbers of one part, so that a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])
