"""Payrolls: worker, employer, month, project and amount due."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.areas.clock import NO_DAY, Booleans, Calendar, Integers, Numbers, month_number
from simulator.areas.employers import Employers
from simulator.profiles.profile import Job, Profile
from simulator.streams.wage_payment.profile import WagesProfile
from simulator.streams.wage_payment.projects import NO_PROJECT, Projects, create_projects

# Firms pay more than the minimum wage of 2023 for a full month, except one in so many.
FLOOR_FEN, CARELESS_FLOOR_FEN, CARELESS_ONE_IN = 170_000, 160_000, 45
MONTHLY_GROWTH = 0.004


@dataclass
class Payroll:
    """Workers and months as columns: indexes of spells, people, employers and projects."""

    spell: Integers
    person: Integers
    job: Integers
    employer: Integers
    month: Integers  # counted from the first wage month, the one before the simulation
    is_whole: Booleans  # employed from the first to the last day of the month
    project: Integers


def create_payroll(
    spells: pl.DataFrame, profile: Profile, calendar: Calendar, employers: Employers
) -> Payroll:
    """Return the payrolls of employers that report, month by month, without projects."""
    columns = {name: spells[name].to_numpy() for name in ("job", "employer", "person")}
    jobs = list(profile.jobs.values())
    job = columns["job"].astype(np.int64)
    pays = np.array([*(kind.wage_fen > 0 for kind in jobs), False])
    share = np.array([*(kind.wage_reporting_share for kind in jobs), 0.0])
    # A multiplicative hash of the employer's number: an employer reports always or never.
    reports = columns["employer"] * 7919 % 1000 < share[job] * 1000
    listed = np.flatnonzero(pays[job] & reports)
    start, end = (spells[name].to_numpy()[listed] for name in ("effective_day", "end_day"))
    end = np.where(end == NO_DAY, np.iinfo(np.int64).max, end)
    spell_parts, month_parts, is_whole_parts = [], [], []
    for month in range(calendar.months + 1):
        first, last = calendar.first_day(month - 1), calendar.last_day(month - 1)
        active = np.flatnonzero((start <= last) & (end >= first))
        spell_parts.append(listed[active])
        month_parts.append(np.full(len(active), month, dtype=np.int64))
        is_whole_parts.append((start[active] <= first) & (end[active] >= last))
    spell = np.concatenate(spell_parts)
    return Payroll(
        spell=spell,
        person=columns["person"][spell],
        job=job[spell],
        employer=columns["employer"][spell],
        month=np.concatenate(month_parts),
        is_whole=np.concatenate(is_whole_parts),
        project=np.full(len(spell), NO_PROJECT, dtype=np.int64),
    )


def job_numbers(jobs: list[Job], name: str, payroll: Payroll) -> Numbers:
    """Return an attribute of the job of each row."""
    return np.array([getattr(job, name) for job in jobs], dtype=np.float64)[payroll.job]


def assign_projects(
    payroll: Payroll,
    profile: Profile,
    calendar: Calendar,
    employers: Employers,
    rng: np.random.Generator,
) -> Projects:
    """Create projects and assign construction and work-relief workers to their employer's."""
    kinds = [list(profile.jobs).index(name) for name in ("construction", "work_relief")]
    counts = (int(employers.counts[kinds[0]]), int(employers.counts[kinds[1]]))
    projects = create_projects(profile, calendar, counts, rng)
    for kind, offset in zip(kinds, (0, counts[0]), strict=True):
        rows = np.flatnonzero(payroll.job == kind)
        contractor = payroll.employer[rows] - employers.first[kind] + offset
        payroll.project[rows] = projects.at(contractor, payroll.person[rows], payroll.month[rows])
    return projects


def amounts_due(
    payroll: Payroll,
    is_full: Booleans,
    workers: int,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> Integers:
    """Return the wages due, in fen and whole tens of yuan; less for incomplete months."""
    jobs, wages = list(profile.jobs.values()), profile.part(WagesProfile)
    standing = np.clip(rng.normal(0, 1, workers), -2, 3)[payroll.person]
    factor = 1 + job_numbers(jobs, "wage_spread", payroll) * standing
    amount = job_numbers(jobs, "wage_fen", payroll) * factor
    kinds = list(profile.jobs)
    month = month_number(calendar.start) - 1 + payroll.month
    teaches = (payroll.job == kinds.index("teacher")) & (month >= month_number(wages.raise_from))
    amount = amount + np.where(teaches, wages.teacher_raise_fen, 0)
    is_enterprise = np.array([job.employer_kind == "enterprise" for job in jobs])[payroll.job]
    amount = amount * np.where(is_enterprise, 1 + MONTHLY_GROWTH * payroll.month, 1.0)
    careless = payroll.employer % CARELESS_ONE_IN == 0
    floor = np.where(careless, CARELESS_FLOOR_FEN, FLOOR_FEN)
    amount = np.where(is_full, np.maximum(amount, floor), amount)
    intern = payroll.job == kinds.index("intern")
    early_intern = intern & (month < month_number(wages.intern_raise_from))
    amount = np.where(early_intern, wages.intern_wage_before_fen, amount)
    amount = np.where(payroll.is_whole, amount, amount * rng.uniform(0.3, 0.9, len(amount)))
    return np.rint(amount / 1000).astype(np.int64) * 1000


def unpaid_sites(
    payroll: Payroll, projects: Projects, profile: Profile, rng: np.random.Generator
) -> Booleans:
    """Select the rows of construction sites that do not pay most workers in one month."""
    sites = rng.permutation(np.flatnonzero(projects.kind == 0))
    site_count = profile.part(WagesProfile).troubled_project_months
    months = rng.integers(0, int(payroll.month.max(initial=0)) + 1, site_count)
    result = np.zeros(len(payroll.job), dtype=np.bool_)
    for site, month in zip(sites[:site_count], months, strict=False):
        # A site without workers in that month fails in its first month with workers.
        present = payroll.month[payroll.project == site]
        if len(present):
            month = month if month in present else present.min()
            result |= (payroll.project == site) & (payroll.month == month)
    return result
