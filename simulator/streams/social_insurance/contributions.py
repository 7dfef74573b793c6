"""Contributions to social insurance: monthly by employers, yearly by residents and government."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.areas.area import Area
from simulator.areas.clock import Booleans, Calendar, Numbers, dates, first_days, year_months
from simulator.areas.employers import Employers
from simulator.profiles.profile import Profile
from simulator.records import raw_records, record_ids, texts
from simulator.streams.payments import pay, payment_rows
from simulator.streams.social_insurance.dues import RESIDENT, TYPES, Dues, Insured, resident_dues
from simulator.streams.social_insurance.profile import InsuranceProfile
from simulator.streams.social_insurance.second_jobs import second_job_dues
from simulator.streams.social_insurance.stock import stock_dues

SETTLED_SHARE = 0.7
EMPLOYER_EARLY_DAYS, RESIDENT_EARLY_DAYS = 10, 150


def contribution_rows(area: Area, insured: pl.DataFrame) -> pl.DataFrame:
    """Return the raw records of all contributions recorded by the end.

    `insured` are the residents, followed by the people insured elsewhere.
    """
    people, profile, calendar, employers = area.people, area.profile, area.calendar, area.employers
    rng = area.generator("contributions")
    employed = Insured(area.spells, len(people), profile, calendar, rng)
    parts = [*employed.monthly(), *employed.yearly()]
    parts += resident_dues(employed.ever_insured(), people, profile, calendar, rng)
    parts += stock_dues(len(people), profile, calendar)
    separate_rng = rng.spawn(1)[0]
    second_jobs = second_job_dues(employed, employers, profile, calendar, separate_rng)
    return pl.concat(
        [
            _rows(_concat(parts), insured, profile, calendar, employers, rng),
            _rows(_concat(second_jobs), insured, profile, calendar, employers, separate_rng),
        ]
    )


def _concat(parts: list[Dues]) -> Dues:
    return Dues(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Dues.__annotations__)
    )


def _rows(
    dues: Dues,
    table: pl.DataFrame,
    profile: Profile,
    calendar: Calendar,
    employers: Employers,
    rng: np.random.Generator,
) -> pl.DataFrame:
    insurance, count = profile.part(InsuranceProfile), len(dues.person)
    is_resident = dues.insurance == RESIDENT
    needy = (table["is_low_income"] | table["is_severely_disabled"]).to_numpy()[dues.person]
    is_covered = is_resident & needy & (rng.random(count) < insurance.government_cover_share)
    is_subsidised = is_resident & (rng.random(count) >= insurance.subsidy_missed_share)
    own_due = np.where(is_covered, 0, dues.due_fen)
    on_time: Numbers = np.where(
        is_resident, 1 - insurance.resident_unpaid_share, insurance.contribution_on_time_share
    )
    early = np.where(is_resident, RESIDENT_EARLY_DAYS, EMPLOYER_EARLY_DAYS)
    facts = pl.concat(
        [table[dues.person], _columns(dues, is_covered, insurance.government_paid_fen, employers)],
        how="horizontal",
    ).with_columns(
        is_subsidised=pl.Series(is_subsidised),
        is_migrant_worker=pl.col("is_migrant_work") & (pl.col("residence") == "rural"),
    )
    payments = pay(own_due, dues.due_day, on_time, SETTLED_SHARE, early, rng)
    rows = payment_rows(facts, payments, "contribution_paid_fen", calendar, rng)
    # The subsidy is a share of what was paid; it is exact in fen because tiers are whole yuan.
    subsidy = (pl.col("contribution_paid_fen") * insurance.subsidy_share).round().cast(pl.Int64)
    return raw_records(
        "social_insurance",
        rows.with_columns(
            contribution_subsidy_fen=pl.when("is_subsidised").then(subsidy),
            paid_date=pl.when(pl.col("government_paid_fen") > 0)
            .then(pl.col("recorded_at").dt.date())
            .otherwise("paid_date"),
        ),
    )


def _columns(
    dues: Dues, is_covered: Booleans, covered_fen: int, employers: Employers
) -> pl.DataFrame:
    is_resident = dues.insurance == RESIDENT
    return pl.DataFrame(
        {
            "record_id": record_ids("con", dues.person, dues.insurance, year_months(dues.month)),
            "insurance_type": texts(TYPES, dues.insurance),
            "record_kind": texts(["contribution"], np.zeros_like(dues.person)),
            "period_month": dates(first_days(dues.month)),
            "period_months": dues.months,
            "employer_code": employers.code_of(dues.employer),
            "contribution_base_fen": pl.Series(dues.base_fen).replace(0, None),
            "contribution_due_fen": dues.due_fen,
            "government_paid_fen": np.where(is_covered, covered_fen, 0),
            "due_date": dates(dues.due_day),
            "is_migrant_work": dues.is_migrant_work,
        }
    ).with_columns(government_paid_fen=pl.when(pl.Series(is_resident)).then("government_paid_fen"))
