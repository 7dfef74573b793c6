"""The stream `training`: participations in courses, their results and subsidies."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import polars as pl
from pydantic import Field

from simulator.areas.area import Area
from simulator.areas.clock import (
    NO_DAY,
    Booleans,
    Calendar,
    Integers,
    dates,
    lags,
    moments,
    months_of,
    timestamps,
    year_months,
)
from simulator.areas.population import Population
from simulator.profiles.part import MIN_A_YEAR, Share, StreamPart
from simulator.records import FaultColumns, raw_records, record_ids, texts
from simulator.streams.stream import Stream

Programme = Literal["skill", "entrepreneurship", "pre_job", "on_job", "work_relief"]

KINDS: tuple[Programme, ...] = ("skill", "entrepreneurship", "pre_job", "on_job", "work_relief")
PREFIXES = ("SK", "EN", "PJ", "OJ", "WR")
MIN_DAYS = np.array([10, 7, 3, 5, 3])
MAX_DAYS = np.array([25, 12, 7, 20, 9])
HOURS_A_DAY = 6
LEADS_TO_CERTIFICATE = np.array([True, False, False, True, False])
LEVELS: list[str | None] = ["special", "junior", "intermediate", "senior", "none"]
LEVEL_SHARES = (0.22, 0.52, 0.2, 0.06)
# Weights of months: few courses take place around the Spring Festival and in the harvest.
SEASON = np.array([0.4, 0.4, 1.3, 1.3, 1.2, 1.1, 1.0, 1.0, 0.7, 1.0, 1.4, 1.2])
VOUCHER_SHARE = 0.5
# Four of five rural people of working age work outside farming, or want to.
FARMING_ONE_IN = 5


class TrainingProfile(StreamPart):
    """Participations per year, programmes, results and subsidies."""

    key = "training"

    persons_per_year: int
    yearly_growth: float
    kind_shares: dict[Programme, Share] = Field(min_length=5)
    course_persons: int
    needy_preference: float
    pass_share: Share
    certificate_share_of_passed: Share
    subsidised_share_of_passed: Share
    subsidy_fen: dict[Programme, int] = Field(min_length=5)
    subsidy_paid_immediately_share: Share = Field(alias="subsidy_paid_at_once_share")
    subsidy_never_paid_share: Share
    announced_share: Share  # of courses, entered when they begin

    def scaled(self, fraction: float) -> Self:
        """Return the part with fewer participants."""
        return self.times(fraction, "persons_per_year", minimum=MIN_A_YEAR)


def generate(area: Area) -> pl.DataFrame:
    """Return the raw records of all courses recorded by the end.

    A participation is recorded when the course ends, or when it begins and again when it ends. A
    subsidy that is paid later is another revision.
    """
    training, calendar = area.profile.part(TrainingProfile), area.calendar
    rng = area.generator("training")
    month = _months(training, calendar, rng)
    person = _persons(area.people, training, len(month), rng)
    course, kind = _courses(month, training, rng)
    facts = _facts(area.residents, person, month, course, kind, training, calendar, rng)
    return raw_records("training", _revisions(facts, calendar, rng))


STREAM = Stream(
    name="training",
    generate=generate,
    profile=TrainingProfile,
    faults=FaultColumns(amounts=("subsidy_paid_fen",)),
)


def _months(training: TrainingProfile, calendar: Calendar, rng: np.random.Generator) -> Integers:
    """Return the month of each participation, counted from the first, by season."""
    months = np.arange(calendar.months)
    season = SEASON[[calendar.calendar_month(int(month)) - 1 for month in months]]
    growth = (1 + training.yearly_growth) ** (months // 12)
    participants = np.rint(training.persons_per_year / SEASON.sum() * season * growth).astype(
        np.int64
    )
    return np.repeat(months, participants).astype(np.int64)


def _persons(
    people: Population, training: TrainingProfile, count: int, rng: np.random.Generator
) -> Integers:
    """Draw participants of working age; needy people are likelier."""
    able = (people.age >= 18) & (people.age <= 58) & ~people.is_severely_disabled
    needy = people.is_exited_poverty | people.is_low_income | people.is_hardship
    needy |= people.is_relocated | people.is_veteran | people.is_disabled
    weight = able * np.where(needy, training.needy_preference, 1.0)
    return rng.choice(len(people), count, p=weight / weight.sum()).astype(np.int64)


def _courses(
    month: Integers, training: TrainingProfile, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Draw the course of each participation and the kind of its programme."""
    batch = np.arange(len(month)) // training.course_persons
    # A course takes its participants from one month only.
    course = np.unique(batch * 1000 + month, return_inverse=True)[1].astype(np.int64)
    shares = np.array([training.kind_shares[name] for name in KINDS])
    kinds = rng.choice(len(KINDS), int(course.max(initial=0)) + 1, p=shares / shares.sum())
    return course, kinds[course].astype(np.int64)


def _facts(
    table: pl.DataFrame,
    person: Integers,
    month: Integers,
    course: Integers,
    kind: Integers,
    training: TrainingProfile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return one row per participation with its final facts; days as numbers."""
    courses = int(course.max(initial=0)) + 1
    first = np.array([calendar.first_day(int(value)) for value in month], dtype=np.int64)
    started = first + rng.integers(0, 28, courses)[course]
    spread = rng.random(courses)[course] * (MAX_DAYS - MIN_DAYS + 1)[kind]
    days = MIN_DAYS[kind] + spread.astype(np.int64)
    absent = rng.integers(0, 3, len(month))
    codes = pl.Series([PREFIXES[index] for index in kind], dtype=pl.String)
    yearly = pl.Series(year_months(months_of(started))).cast(pl.String)
    numbers = pl.Series(course).cast(pl.String).str.zfill(4)
    traits = table[person].with_columns(
        is_graduate=pl.col("graduation_year").is_not_null(),
        is_migrant_worker=(pl.col("residence") == "rural")
        & pl.Series(person % FARMING_ONE_IN != 0),
    )
    facts = traits.with_columns(
        record_ids("trn", np.arange(len(person)), course),
        programme_code=codes + "-" + yearly + "-" + numbers,
        programme_kind=texts([*KINDS], kind),
        started_day=pl.Series(started),
        ended_day=pl.Series(started + days - 1),
        hours=pl.Series((days - np.minimum(absent, days - 1)) * HOURS_A_DAY),
        is_announced=pl.Series(rng.random(courses)[course] < training.announced_share),
    )
    return pl.concat([facts, _results(facts, kind, training, rng)], how="horizontal")


def _results(
    facts: pl.DataFrame, kind: Integers, training: TrainingProfile, rng: np.random.Generator
) -> pl.DataFrame:
    """Draw examination, certificate and subsidy of each participation."""
    count = facts.height
    ended = facts["ended_day"].to_numpy()
    passed = rng.random(count) < training.pass_share
    certified = passed & LEADS_TO_CERTIFICATE[kind]
    certified &= rng.random(count) < training.certificate_share_of_passed
    level = np.where(certified, rng.choice(len(LEVEL_SHARES), count, p=LEVEL_SHARES), -1)
    subsidised = passed & (rng.random(count) < training.subsidised_share_of_passed)
    amount = np.array([training.subsidy_fen[name] for name in KINDS])
    due = np.where(subsidised, amount[kind], 0)
    entered = ended + 3 + lags(count, 6, 18, rng)
    drawn = rng.random(count)
    is_paid_immediately = drawn < training.subsidy_paid_immediately_share
    never = drawn > 1 - training.subsidy_never_paid_share
    later = entered + 10 + lags(count, 25, 120, rng)
    paid = np.where(is_paid_immediately, entered, np.where(never, NO_DAY, later))
    voucher = pl.Series(rng.random(count) < VOUCHER_SHARE)
    return pl.DataFrame(
        {
            "has_passed": passed,
            "certificate_level": texts(LEVELS, level),
            "certificate_day": np.where(certified, np.minimum(ended + 2, entered), NO_DAY),
            "subsidy_due_fen": due,
            "entered_day": entered,
            "paid_day": np.where(subsidised, paid, NO_DAY),
            "number": np.arange(count),
        }
    ).select(
        pl.exclude("number"),
        voucher_code=pl.when(voucher).then(
            pl.lit("V-") + pl.col("number").cast(pl.String).str.zfill(7)
        ),
    )


def _revisions(facts: pl.DataFrame, calendar: Calendar, rng: np.random.Generator) -> pl.DataFrame:
    """Return the revisions of each participation."""
    announced = facts["is_announced"].to_numpy()
    entered, paid = (facts[name].to_numpy() for name in ("entered_day", "paid_day"))
    begun = facts["started_day"].to_numpy() + lags(facts.height, 1, 2, rng)
    first = announced.astype(np.int64) + 1
    is_paid = (paid != NO_DAY) & (paid <= entered)
    is_paid_later = (paid != NO_DAY) & (paid > entered)
    unfinished = facts.with_columns(
        ended_day=pl.lit(NO_DAY, pl.Int64),
        hours=pl.lit(0, pl.Int64),
        has_passed=pl.lit(value=False),
        certificate_level=pl.lit("none"),
        certificate_day=pl.lit(NO_DAY, pl.Int64),
        subsidy_due_fen=pl.lit(0, pl.Int64),
    )
    every = np.ones(facts.height, dtype=np.bool_)
    recorded_late = np.maximum(paid, entered + 1)
    return pl.concat(
        [
            _revision(unfinished, announced, np.ones_like(first), begun, ~every, calendar, rng),
            _revision(facts, every, first, entered, is_paid, calendar, rng),
            _revision(facts, is_paid_later, first + 1, recorded_late, is_paid_later, calendar, rng),
        ]
    )


def _revision(
    facts: pl.DataFrame,
    chosen: Booleans,
    revision: Integers,
    day: Integers,
    is_paid: Booleans,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return one revision of the chosen facts, if recorded by the end."""
    ended, certified = (facts[name].to_numpy() for name in ("ended_day", "certificate_day"))
    paid = np.where(is_paid, facts["paid_day"].to_numpy(), NO_DAY)
    return facts.with_columns(
        revision=pl.Series(revision),
        recorded_at=timestamps(moments(day, rng)),
        started_date=dates(facts["started_day"].to_numpy()),
        ended_date=dates(ended),
        certificate_date=dates(certified),
        subsidy_paid_date=dates(paid),
        subsidy_paid_fen=pl.when(pl.Series(is_paid)).then("subsidy_due_fen").otherwise(0),
    ).filter(pl.Series(chosen & (day <= calendar.end_day)))
