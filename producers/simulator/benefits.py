"""Benefits of social insurance: pensions of employees and residents, unemployment benefits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from producers.simulator.clock import (
    NO_DAY,
    Calendar,
    Integers,
    Numbers,
    dates,
    first_days,
    month_number,
    months_of,
)
from producers.simulator.payments import pay, payment_rows
from producers.simulator.population import Population
from producers.simulator.profile import Profile
from producers.simulator.register import UNEMPLOYED
from producers.simulator.rows import raw_rows, record_ids, texts

TYPES: list[str | None] = ["employee_pension", "resident_pension", "unemployment"]
EMPLOYEE, RESIDENT, UNEMPLOYMENT = range(3)
DUE_DAYS = np.array([15, 20, 18])  # of the month
EARLY_DAYS = 4
SETTLED_SHARE = 0.85
JOINING_SHARE, LEAVING_SHARE = 0.055, 0.05  # of pensioners, within the simulated months
PAID_AFTER_DEATH_SHARE = 0.02
OVERPAID_FEN = 5_000


@dataclass
class Entitlements:
    """One element for each person and month; months counted from the first, amounts in fen."""

    person: Integers
    insurance: Integers
    month: Integers
    due_fen: Integers
    overpaid_fen: Integers


def benefit_rows(
    spells: pl.DataFrame,
    table: pl.DataFrame,
    people: Population,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Raw rows of all benefits recorded by the end; `table` is `people_table`."""
    elders = rng.permutation(np.flatnonzero(people.age >= 60))
    counts = profile.insurance.employee_pensioners, profile.insurance.resident_pensioners
    retired, residents = elders[: counts[0]], elders[counts[0] : sum(counts)]
    parts = [
        _pensions(retired, EMPLOYEE, profile, calendar, rng),
        _pensions(residents, RESIDENT, profile, calendar, rng),
        _unemployment(spells, profile, calendar, rng),
    ]
    all_ = Entitlements(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in Entitlements.__annotations__
        )
    )
    return _rows(all_, table, people, profile, calendar, rng)


def _pensions(
    persons: Integers,
    insurance: int,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> Entitlements:
    """Monthly pensions from the month of entitlement to that of death; a few are paid beyond."""
    count, months = len(persons), calendar.months
    joins = np.where(rng.random(count) < JOINING_SHARE, rng.integers(0, months, count), 0)
    leaves = np.where(rng.random(count) < LEAVING_SHARE, rng.integers(1, months + 1, count), months)
    late_stop = (leaves < months) & (rng.random(count) < PAID_AFTER_DEATH_SHARE)
    every = np.arange(months)
    paid = (every >= joins[:, None]) & (every < (leaves + late_stop)[:, None])
    row, month = np.nonzero(paid)
    amounts = _employee_amounts if insurance == EMPLOYEE else _resident_amounts
    due = amounts(count, row, month_number(calendar.start) + month, profile, rng)
    is_dead = month >= leaves[row]
    is_wrong = rng.random(len(row)) < profile.insurance.wrong_payment_share
    return Entitlements(
        person=persons[row],
        insurance=np.full(len(row), insurance, dtype=np.int64),
        month=month,
        due_fen=np.where(is_dead, 0, due),
        overpaid_fen=np.where(is_dead, due, np.where(is_wrong, OVERPAID_FEN, 0)),
    )


def _employee_amounts(
    persons: int, row: Integers, month: Integers, profile: Profile, rng: np.random.Generator
) -> Integers:
    """Pensions of former employees, raised once for all."""
    insurance = profile.insurance
    spread = np.clip(rng.normal(1, 0.22, persons), 0.45, 2.2)[row]
    raised = month >= month_number(insurance.employee_pension_raise_from)
    amount = insurance.employee_pension_mean_fen * spread
    return np.rint(amount * (1 + raised * insurance.employee_pension_raise)).astype(np.int64)


def _resident_amounts(
    persons: int, row: Integers, month: Integers, profile: Profile, rng: np.random.Generator
) -> Integers:
    """Basic pension by the standard, late for some, and the personal account's part."""
    insurance = profile.insurance
    account = rng.integers(0, 900, persons)
    since = month - month_number(insurance.basic_pension_from)
    late = np.r_[np.array(insurance.standard_applied_late_share), 0.0]
    is_late = rng.random(persons)[row] < late[np.clip(since, 0, len(late) - 1)]
    is_new = (since >= 0) & ~is_late
    basic = np.where(is_new, insurance.basic_pension_after_fen, insurance.basic_pension_before_fen)
    return basic + account[row]


def _unemployment(
    spells: pl.DataFrame, profile: Profile, calendar: Calendar, rng: np.random.Generator
) -> Entitlements:
    """Benefits of some who lost an enterprise post in the county, while they look for another."""
    insurance = profile.insurance
    spell = _claimable(spells, profile)
    spell = spell[rng.random(len(spell)) < insurance.unemployment_claim_share]
    begun = months_of(spells["effective_day"].to_numpy()[spell]) - month_number(calendar.start)
    end = spells["end_day"].to_numpy()[spell]
    ended = np.where(end == NO_DAY, 10**6, months_of(end) - month_number(calendar.start))
    offset = np.arange(1, insurance.unemployment_benefit_months + 1)
    month = begun[:, None] + offset
    row, _ = np.nonzero((month <= ended[:, None]) & (month < calendar.months) & (month >= 0))
    month = month[(month <= ended[:, None]) & (month < calendar.months) & (month >= 0)]
    raised = month + month_number(calendar.start) >= month_number(
        insurance.unemployment_benefit_from
    )
    before, after = (
        insurance.unemployment_benefit_before_fen,
        insurance.unemployment_benefit_after_fen,
    )
    return Entitlements(
        person=spells["person"].to_numpy()[spell[row]],
        insurance=np.full(len(row), UNEMPLOYMENT, dtype=np.int64),
        month=month,
        due_fen=np.where(raised, after, before),
        overpaid_fen=np.zeros(len(row), dtype=np.int64),
    )


def _claimable(spells: pl.DataFrame, profile: Profile) -> Integers:
    """Unemployed spells that follow an enterprise post in the county, one at most a person."""
    kinds = list(profile.jobs)
    insured = [kinds.index("local_enterprise"), kinds.index("construction")]
    person, number = spells["person"].to_numpy(), spells["number"].to_numpy()
    order = np.lexsort((number, person))
    job, status = spells["job"].to_numpy()[order], spells["status"].to_numpy()[order]
    follows = person[order][1:] == person[order][:-1]
    claimable = follows & np.isin(job[:-1], insured) & (status[1:] == UNEMPLOYED)
    places = order[1:][claimable]
    _, first = np.unique(person[places], return_index=True)
    return np.sort(places[first])


def _rows(
    entitled: Entitlements,
    table: pl.DataFrame,
    people: Population,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    month = month_number(calendar.start) + entitled.month
    due_day = first_days(month) + DUE_DAYS[entitled.insurance] - 1
    facts = pl.concat(
        [
            table[entitled.person],
            pl.DataFrame(
                {
                    "record_id": record_ids("ben", entitled.person, entitled.insurance, month),
                    "insurance_type": texts(TYPES, entitled.insurance),
                    "record_kind": texts(["benefit"], np.zeros_like(month)),
                    "period_month": dates(first_days(month)),
                    "period_months": np.ones_like(month),
                    "benefit_due_fen": entitled.due_fen,
                    "overpaid_fen": entitled.overpaid_fen,
                    "due_date": dates(due_day),
                }
            ),
        ],
        how="horizontal",
    ).with_columns(
        is_migrant_worker=(pl.col("insurance_type") == "unemployment")
        & (pl.col("residence") == "rural")
    )
    on_time = _on_time_shares(entitled, people, profile, calendar)
    payments = pay(entitled.due_fen, due_day, on_time, SETTLED_SHARE, EARLY_DAYS, rng)
    rows = payment_rows(facts, payments, "benefit_paid_fen", calendar, rng)
    paid = pl.col("benefit_paid_fen") + pl.col("overpaid_fen")
    return raw_rows(
        "social_insurance",
        rows.with_columns(
            benefit_paid_fen=paid,
            paid_date=pl.when(paid > 0).then(pl.coalesce("paid_date", "due_date")),
        ),
    )


def _on_time_shares(
    entitled: Entitlements, people: Population, profile: Profile, calendar: Calendar
) -> Numbers:
    """Share paid on time of each row: by insurance, and low where and when a bank file failed."""
    insurance = profile.insurance
    usual = np.array([insurance.on_time_shares[str(name)] for name in TYPES])
    places = [
        place
        for place, township in enumerate(profile.townships)
        if township.code in insurance.incident_townships
    ]
    month = month_number(calendar.start) + entitled.month
    failed = np.isin(people.township[entitled.person], places)
    failed &= month == month_number(insurance.incident_month)
    failed &= entitled.insurance == RESIDENT
    return np.where(failed, insurance.incident_on_time_share, usual[entitled.insurance])
