"""Entitlements to benefits of social insurance by person and month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.areas.clock import NO_DAY, Calendar, Integers, month_number, months_of
from simulator.areas.register import UNEMPLOYED
from simulator.profiles.profile import Profile
from simulator.streams.social_insurance.profile import InsuranceProfile

EMPLOYEE, RESIDENT, UNEMPLOYMENT = range(3)
TYPES: list[str | None] = ["employee_pension", "resident_pension", "unemployment"]
JOINING_SHARE, LEAVING_SHARE = 0.055, 0.05  # of pensioners, within the simulated months
PAID_AFTER_DEATH_SHARE = 0.02
OVERPAID_FEN = 5_000


@dataclass
class Entitlements:
    """Entitlements as columns; months counted from the first, amounts in fen."""

    person: Integers
    insurance: Integers
    month: Integers
    due_fen: Integers
    overpaid_fen: Integers


def pensions(
    persons: Integers,
    insurance: int,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> Entitlements:
    """Return monthly pensions until the month of death. A few are paid beyond."""
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
    is_wrong = rng.random(len(row)) < profile.part(InsuranceProfile).wrong_payment_share
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
    """Return pensions of former employees, all raised in the same month."""
    insurance = profile.part(InsuranceProfile)
    spread = np.clip(rng.normal(1, 0.22, persons), 0.45, 2.2)[row]
    years = (month - month_number(insurance.employee_pension_raise_from)) // 12 + 1
    raises = np.clip(years, 0, insurance.employee_pension_raises)
    amount = insurance.employee_pension_mean_fen * spread
    raised = (1 + insurance.employee_pension_raise) ** raises
    return np.rint(amount * raised).astype(np.int64)


def _resident_amounts(
    persons: int, row: Integers, month: Integers, profile: Profile, rng: np.random.Generator
) -> Integers:
    """Return basic pensions by the standard, late for some, plus personal accounts."""
    insurance = profile.part(InsuranceProfile)
    account = rng.integers(0, 900, persons)
    since = month - month_number(insurance.basic_pension_from)
    late = np.r_[np.array(insurance.standard_applied_late_share), 0.0]
    is_late = rng.random(persons)[row] < late[np.clip(since, 0, len(late) - 1)]
    is_new = (since >= 0) & ~is_late
    basic = np.where(is_new, insurance.basic_pension_after_fen, insurance.basic_pension_before_fen)
    return basic + account[row]


def unemployment_benefits(
    spells: pl.DataFrame, profile: Profile, calendar: Calendar, rng: np.random.Generator
) -> Entitlements:
    """Return benefits of some who lost an enterprise post in the county, while unemployed."""
    insurance = profile.part(InsuranceProfile)
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
    """Return spells of unemployment after an enterprise post, at most one per person."""
    kinds = list(profile.jobs)
    insured = [kinds.index("local_enterprise"), kinds.index("construction")]
    person, number = spells["person"].to_numpy(), spells["number"].to_numpy()
    order = np.lexsort((number, person))
    job, status = spells["job"].to_numpy()[order], spells["status"].to_numpy()[order]
    follows = person[order][1:] == person[order][:-1]
    claimable = follows & np.isin(job[:-1], insured) & (status[1:] == UNEMPLOYED)
    indexes = order[1:][claimable]
    _, first = np.unique(person[indexes], return_index=True)
    return np.sort(indexes[first])
