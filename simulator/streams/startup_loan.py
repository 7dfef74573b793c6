"""The stream `startup_loan`: guaranteed start-up loans, their repayment and subsidy."""

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

LoanKind = Literal["personal", "partnership", "small_firm"]
KINDS: tuple[LoanKind, ...] = ("personal", "partnership", "small_firm")

# Months before the simulation in which loans that still run were granted.
RUNNING_MONTHS = 36
TERMS_MONTHS, FIRM_TERMS_MONTHS = (12, 24, 36), (12, 24)
DAYS_A_MONTH, DAYS_A_YEAR = 30, 365
BANKS: list[str | None] = ["RCU", "PSBC", "ABC", "CCB"]
WHOLE_FEN = 1_000_000  # loans are granted in ten thousands of yuan
FIRM = KINDS.index("small_firm")


class LoansProfile(StreamPart):
    """Loans per year, borrowers, amounts, repayment and subsidised interest."""

    key = "loans"

    loans_per_year: int
    yearly_growth: float
    kind_shares: dict[LoanKind, Share] = Field(min_length=3)
    usual_fen: dict[LoanKind, int] = Field(min_length=3)
    most_fen: dict[LoanKind, int] = Field(min_length=3)
    employed_mean: dict[LoanKind, float] = Field(min_length=3)
    favoured_preference: float
    migrant_worker_share: Share  # of the rural borrowers
    on_time_share: Share
    never_repaid_share: Share
    subsidised_rate: Share  # interest a year that the subsidy bears
    subsidy_paid_immediately_share: Share = Field(alias="subsidy_paid_at_once_share")
    subsidy_never_paid_share: Share

    def scaled(self, fraction: float) -> Self:
        """Return the part with fewer loans."""
        return self.times(fraction, "loans_per_year", minimum=MIN_A_YEAR)


def generate(area: Area) -> pl.DataFrame:
    """Return the raw records of all loans recorded by the end.

    A loan is recorded when it is granted, again when its term ended or it was repaid, and once more
    when the interest subsidy is paid later.
    """
    profile, rng = area.profile.part(LoansProfile), area.generator("loans")
    granted = _granted(profile, area.calendar, rng)
    person = _borrowers(area.people, profile, len(granted), rng)
    loans = _terms(area.residents[person], granted, profile, rng)
    loans = pl.concat([loans, _ends(loans, profile, rng)], how="horizontal")
    return raw_records("startup_loan", _revisions(loans, area.calendar, rng))


STREAM = Stream(
    name="startup_loan",
    generate=generate,
    profile=LoansProfile,
    faults=FaultColumns(amounts=("interest_subsidy_paid_fen",)),
)


def _granted(loans: LoansProfile, calendar: Calendar, rng: np.random.Generator) -> Integers:
    """Draw the day on which each loan was granted, earlier years included."""
    months = np.arange(-RUNNING_MONTHS, calendar.months)
    growth = (1 + loans.yearly_growth) ** (months // 12)
    so_far = np.rint(np.cumsum(loans.loans_per_year / 12 * growth)).astype(np.int64)
    first = np.array([calendar.first_day(int(month)) for month in months], dtype=np.int64)
    granted = np.repeat(first, np.diff(so_far, prepend=0))
    return np.asarray(granted + rng.integers(0, 28, len(granted)), dtype=np.int64)


def _borrowers(
    people: Population, loans: LoansProfile, count: int, rng: np.random.Generator
) -> Integers:
    """Draw borrowers of working age; groups favoured by the subsidy are likelier."""
    able = (people.age >= 20) & (people.age <= 57) & ~people.is_severely_disabled
    favoured = people.is_exited_poverty | people.is_hardship | people.is_veteran
    favoured |= people.is_relocated | people.is_disabled | (people.graduation_year > 0)
    weight = able * np.where(favoured, loans.favoured_preference, 1.0)
    return rng.choice(len(people), count, p=weight / weight.sum()).astype(np.int64)


def _terms(
    borrowers: pl.DataFrame, granted: Integers, loans: LoansProfile, rng: np.random.Generator
) -> pl.DataFrame:
    """Draw the terms of each loan; days as numbers."""
    count = len(granted)
    kind = rng.choice(len(KINDS), count, p=[loans.kind_shares[name] for name in KINDS])
    maximum, usual, staff = (
        np.array([by_kind[name] for name in KINDS])[kind]
        for by_kind in (loans.most_fen, loans.usual_fen, loans.employed_mean)
    )
    amount = np.clip(usual * rng.uniform(0.5, 1.5, count), WHOLE_FEN, maximum)
    term = np.where(
        kind == FIRM, rng.choice(FIRM_TERMS_MONTHS, count), rng.choice(TERMS_MONTHS, count)
    )
    yearly = pl.Series(year_months(months_of(granted))).cast(pl.String)
    is_returning = rng.random(count) < loans.migrant_worker_share
    return borrowers.with_columns(
        record_ids("loan", np.arange(count)),
        is_graduate=pl.col("graduation_year").is_not_null(),
        is_migrant_worker=(pl.col("residence") == "rural") & pl.Series(is_returning),
        loan_code="DB-" + yearly + "-" + pl.Series(np.arange(count)).cast(pl.String),
        bank_code=texts(BANKS, rng.integers(0, len(BANKS), count)),
        loan_kind=texts([*KINDS], kind),
        principal_fen=pl.Series((amount // WHOLE_FEN * WHOLE_FEN).astype(np.int64)),
        employed_persons=pl.Series(rng.poisson(staff)),
        granted_day=pl.Series(granted),
        due_day=pl.Series(granted + term * DAYS_A_MONTH),
    )


def _ends(loans: pl.DataFrame, profile: LoansProfile, rng: np.random.Generator) -> pl.DataFrame:
    """Draw how each loan ended (repaid in time, late or in part), and its subsidy."""
    count = loans.height
    granted, due, principal = (
        loans[name].to_numpy() for name in ("granted_day", "due_day", "principal_fen")
    )
    drawn = rng.random(count)
    in_time = due - np.minimum(lags(count, 20, 200, rng), due - granted - 1)
    late = due + 1 + lags(count, 40, 200, rng)
    repaid = np.where(drawn < profile.on_time_share, in_time, late)
    is_lost = drawn > 1 - profile.never_repaid_share
    part = (principal * rng.uniform(0, 0.9, count)).astype(np.int64)
    # Interest is subsidised until the term is over, not beyond.
    days = np.where(is_lost, due, np.minimum(repaid, due)) - granted
    subsidy = np.rint(principal * profile.subsidised_rate * days / DAYS_A_YEAR).astype(np.int64)
    ended = np.where(is_lost, due, repaid) + 2 + lags(count, 5, 20, rng)
    chance = rng.random(count)
    later = ended + 15 + lags(count, 30, 120, rng)
    is_paid_immediately = chance < profile.subsidy_paid_immediately_share
    is_paid_later = chance < 1 - profile.subsidy_never_paid_share
    paid_later = np.where(is_paid_later, later, NO_DAY)
    return pl.DataFrame(
        {
            "repaid_day": np.where(is_lost, NO_DAY, repaid),
            "repaid_at_end_fen": np.where(is_lost, part, principal),
            "subsidy_fen": subsidy,
            "ended_day": ended,
            "paid_day": np.where(is_paid_immediately, ended, paid_later),
        }
    )


def _revisions(loans: pl.DataFrame, calendar: Calendar, rng: np.random.Generator) -> pl.DataFrame:
    """Return the revisions of each loan, recorded from the first simulated month on."""
    granted, ended, paid = (
        loans[name].to_numpy() for name in ("granted_day", "ended_day", "paid_day")
    )
    opening = calendar.first_day(0)
    running = ended >= opening
    entered = np.maximum(granted + 1 + lags(loans.height, 3, 12, rng), opening)
    # A loan that ends before it is recorded has one revision, with its end.
    is_apart = ended > entered
    first = np.where(is_apart, 1, 0)
    is_paid = (paid != NO_DAY) & (paid <= ended)
    is_paid_later = (paid != NO_DAY) & (paid > ended)
    every = np.ones(loans.height, dtype=np.bool_)
    settled = np.maximum(ended, opening)
    return pl.concat(
        [
            _revision(loans, running & is_apart, first, entered, ~every, ~every, calendar, rng),
            _revision(loans, running, first + 1, settled, every, is_paid, calendar, rng),
            _revision(
                loans, running & is_paid_later, first + 2, paid, every, is_paid_later, calendar, rng
            ),
        ]
    )


def _revision(
    loans: pl.DataFrame,
    chosen: Booleans,
    revision: Integers,
    day: Integers,
    has_ended: Booleans,
    is_paid: Booleans,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return one revision of the chosen loans, if recorded by the end."""
    repaid = np.where(has_ended, loans["repaid_day"].to_numpy(), NO_DAY)
    ended, paid = pl.Series(has_ended), pl.Series(is_paid)
    return loans.with_columns(
        revision=pl.Series(revision.astype(np.int64)),
        recorded_at=timestamps(moments(day, rng)),
        granted_date=dates(loans["granted_day"].to_numpy()),
        repayment_due_date=dates(loans["due_day"].to_numpy()),
        repaid_date=dates(repaid),
        repaid_fen=pl.when(ended).then("repaid_at_end_fen").otherwise(0),
        interest_subsidy_due_fen=pl.when(ended).then("subsidy_fen").otherwise(0),
        interest_subsidy_paid_fen=pl.when(paid).then("subsidy_fen").otherwise(0),
    ).filter(pl.Series(chosen & (day <= calendar.end_day)))
