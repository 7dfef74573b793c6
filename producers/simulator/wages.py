"""Raw rows of the stream `wage_payment`: payrolls of offices, schools, posts, sites and firms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from producers.simulator.clock import (
    NO_DAY,
    Booleans,
    Calendar,
    Integers,
    Numbers,
    dates,
    first_days,
    month_number,
)
from producers.simulator.employers import Employers
from producers.simulator.payments import pay, payment_rows
from producers.simulator.profile import Job, Profile
from producers.simulator.projects import NO_PROJECT, Projects, investments, make_projects
from producers.simulator.rows import raw_rows, record_ids, texts

# Public bodies pay during the month itself, others shortly before the wage is due.
PUBLIC_EARLY_DAYS, OTHER_EARLY_DAYS = 22, 6
# Firms keep full-month pay above the minimum wage of 2023, except one in so many.
FLOOR_FEN, CARELESS_FLOOR_FEN, CARELESS_ONE_IN = 170_000, 160_000, 45
MONTHLY_GROWTH = 0.004
TROUBLED_ON_TIME_SHARE, TROUBLED_SETTLED_SHARE = 0.35, 0.45


@dataclass
class Payroll:
    """One element for each worker and month; indexes into spells, people, employers, projects."""

    spell: Integers
    person: Integers
    job: Integers
    employer: Integers
    month: Integers  # counted from the first wage month, the one before the simulation
    is_whole: Booleans  # employed from the first to the last day of the month
    project: Integers


def make_payroll(
    spells: pl.DataFrame, profile: Profile, calendar: Calendar, employers: Employers
) -> Payroll:
    """Who is on a payroll that reports, month by month; projects are not yet given."""
    columns = {name: spells[name].to_numpy() for name in ("job", "employer", "person")}
    jobs = list(profile.jobs.values())
    job = columns["job"].astype(np.int64)
    pays = np.array([*(kind.wage_fen > 0 for kind in jobs), False])
    share = np.array([*(kind.wage_reporting_share for kind in jobs), 0.0])
    # A fixed scramble of the employer's number, so that an employer reports always or never.
    reports = columns["employer"] * 7919 % 1000 < share[job] * 1000
    listed = np.flatnonzero(pays[job] & reports)
    start, end = (spells[name].to_numpy()[listed] for name in ("effective_day", "end_day"))
    end = np.where(end == NO_DAY, np.iinfo(np.int64).max, end)
    places, months, wholes = [], [], []
    for month in range(calendar.months + 1):
        first, last = int(calendar.first_day(month - 1)), int(calendar.last_day(month - 1))
        active = np.flatnonzero((start <= last) & (end >= first))
        places.append(listed[active])
        months.append(np.full(len(active), month, dtype=np.int64))
        wholes.append((start[active] <= first) & (end[active] >= last))
    spell = np.concatenate(places)
    return Payroll(
        spell=spell,
        person=columns["person"][spell],
        job=job[spell],
        employer=columns["employer"][spell],
        month=np.concatenate(months),
        is_whole=np.concatenate(wholes),
        project=np.full(len(spell), NO_PROJECT, dtype=np.int64),
    )


def wage_rows(
    spells: pl.DataFrame,
    workers: pl.DataFrame,
    profile: Profile,
    calendar: Calendar,
    employers: Employers,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Raw rows of all payrolls recorded by the end; `workers` is `people_table` plus outsiders."""
    payroll = make_payroll(spells, profile, calendar, employers)
    projects = _assign_projects(payroll, profile, calendar, employers, rng)
    jobs = list(profile.jobs.values())
    is_full = payroll.is_whole & (rng.random(len(payroll.job)) < _of(jobs, "full_month_share", payroll))
    due_fen = _amounts(payroll, is_full, len(workers), profile, calendar, rng)
    month = month_number(calendar.start) - 1 + payroll.month
    due_day = first_days(month + 1) + profile.wages.due_day - 1
    trouble = _troubled(payroll, projects, profile, rng)
    on_time = np.where(trouble, TROUBLED_ON_TIME_SHARE, _of(jobs, "on_time_share", payroll))
    settled = np.where(trouble, TROUBLED_SETTLED_SHARE, profile.wages.settled_late_share)
    is_public = np.array([job.employer_kind in ("government", "public_institution") for job in jobs])
    early = np.where(is_public[payroll.job], PUBLIC_EARLY_DAYS, OTHER_EARLY_DAYS)
    facts = pl.concat(
        [
            workers.select(
                "identity_number", "township_code", "residence", "is_exited_poverty",
                "is_relocated", "is_local",
            )[payroll.person],
            _job_columns(payroll, profile, employers, len(spells), rng),
            _project_columns(payroll, projects, profile, calendar, due_fen, rng),
        ],
        how="horizontal",
    ).with_columns(
        wage_month=dates(first_days(month)),
        due_date=dates(due_day),
        is_full_month=pl.Series(is_full),
        amount_due_fen=pl.Series(due_fen),
        is_migrant_worker=pl.col("is_migrant_work") & (pl.col("residence") == "rural"),
        township_code=pl.coalesce("project_township_code", "township_code"),
        fiscal_subsidy_fen=_subsidies(payroll, month, profile),
    )  # fmt: skip
    payments = pay(due_fen, due_day, on_time, settled, early, rng)
    return raw_rows("wage_payment", payment_rows(facts, payments, "amount_paid_fen", calendar, rng))


def _of(jobs: list[Job], name: str, payroll: Payroll) -> Numbers:
    """A number of the job of each row."""
    return np.array([getattr(job, name) for job in jobs], dtype=np.float64)[payroll.job]


def _assign_projects(
    payroll: Payroll,
    profile: Profile,
    calendar: Calendar,
    employers: Employers,
    rng: np.random.Generator,
) -> Projects:
    """Make the projects and put construction and work-relief workers on those of their employer."""
    kinds = [list(profile.jobs).index(name) for name in ("construction", "work_relief")]
    counts = (int(employers.counts[kinds[0]]), int(employers.counts[kinds[1]]))
    projects = make_projects(profile, calendar, counts, rng)
    for kind, offset in zip(kinds, (0, counts[0]), strict=True):
        rows = np.flatnonzero(payroll.job == kind)
        contractor = payroll.employer[rows] - employers.first[kind] + offset
        payroll.project[rows] = projects.at(contractor, payroll.person[rows], payroll.month[rows])
    return projects


def _amounts(
    payroll: Payroll,
    is_full: Booleans,
    workers: int,
    profile: Profile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> Integers:
    """Wages owed, in fen and full tens of yuan; a part of them for months not worked in full."""
    jobs, wages = list(profile.jobs.values()), profile.wages
    standing = np.clip(rng.normal(0, 1, workers), -2, 3)[payroll.person]
    factor = 1 + _of(jobs, "wage_spread", payroll) * standing
    amount = _of(jobs, "wage_fen", payroll) * factor
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


def _troubled(
    payroll: Payroll, projects: Projects, profile: Profile, rng: np.random.Generator
) -> Booleans:
    """Rows of the construction sites that fail to pay most of their workers in one month."""
    sites = rng.permutation(np.flatnonzero(projects.kind == 0))
    wanted = profile.wages.troubled_project_months
    months = rng.integers(0, int(payroll.month.max(initial=0)) + 1, wanted)
    result = np.zeros(len(payroll.job), dtype=np.bool_)
    for site, month in zip(sites[:wanted], months, strict=False):
        # A site that had no workers in that month is moved to its first month with some.
        present = payroll.month[payroll.project == site]
        if len(present):
            month = month if month in present else present.min()
            result |= (payroll.project == site) & (payroll.month == month)
    return result


def _job_columns(
    payroll: Payroll,
    profile: Profile,
    employers: Employers,
    spells: int,
    rng: np.random.Generator,
) -> pl.DataFrame:
    jobs = list(profile.jobs.values())
    contract = rng.random(spells)[payroll.spell] < _of(jobs, "has_contract_share", payroll)
    return pl.DataFrame(
        {
            "record_id": record_ids("pay", payroll.spell, payroll.month),
            "employer_code": employers.code_of(payroll.employer),
            "employer_kind": texts([job.employer_kind for job in jobs], payroll.job),
            "post_type": texts([job.post_type for job in jobs], payroll.job),
            "occupation": texts([job.occupation for job in jobs], payroll.job),
            "is_migrant_work": np.array([job.is_migrant_work for job in jobs])[payroll.job],
            "has_labour_contract": contract,
        }
    )


def _project_columns(
    payroll: Payroll,
    projects: Projects,
    profile: Profile,
    calendar: Calendar,
    due_fen: Integers,
    rng: np.random.Generator,
) -> pl.DataFrame:
    wages = profile.wages
    steps = np.linspace(0, 1, calendar.months + 1)
    gain = wages.labour_remuneration_share_at_end - wages.labour_remuneration_share_at_start
    has_project = payroll.project != NO_PROJECT
    real_name = wages.real_name_share_at_start + steps * (
        wages.real_name_share_at_end - wages.real_name_share_at_start
    )
    registered = rng.random(len(has_project)) < real_name[payroll.month]
    investment = investments(projects, payroll.project, payroll.month, due_fen, gain * steps)
    codes = [township.code for township in profile.townships]
    township = np.where(has_project, projects.township[payroll.project], len(codes))
    kind = np.where(has_project, projects.kind[payroll.project], 2)
    frame = pl.DataFrame(
        {
            "project_code": texts(projects.codes(), payroll.project),
            "project_kind": texts(["construction", "work_relief", None], kind),
            "project_township_code": texts([*codes, None], township),
            "is_project_registered": has_project & projects.is_registered[payroll.project],
            "is_real_name_registered": has_project & registered,
            "is_supervised_account": has_project & projects.is_supervised[payroll.project],
            "project_investment_fen": investment,
        }
    )
    return frame.with_columns(
        project_investment_fen=pl.when(pl.Series(has_project)).then("project_investment_fen")
    )


def _subsidies(payroll: Payroll, month: Integers, profile: Profile) -> pl.Expr:
    """Fiscal subsidy of village doctors, null for everyone else."""
    wages = profile.wages
    is_doctor = payroll.job == list(profile.jobs).index("village_doctor")
    raised = month >= month_number(wages.village_doctor_raise_from)
    amount = wages.village_doctor_subsidy_fen + raised * wages.village_doctor_subsidy_raise_fen
    return pl.when(pl.Series(is_doctor)).then(pl.Series(amount))

