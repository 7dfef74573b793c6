"""Records of payrolls: of offices, schools, public posts, sites and firms."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.areas.area import Area
from simulator.areas.clock import (
    Calendar,
    Integers,
    dates,
    first_days,
    month_number,
    year_months,
)
from simulator.areas.employers import Employers
from simulator.profiles.profile import Profile
from simulator.records import raw_records, record_ids, texts
from simulator.streams.payments import pay, payment_rows
from simulator.streams.wage_payment.payroll import (
    Payroll,
    amounts_due,
    assign_projects,
    create_payroll,
    job_numbers,
    unpaid_sites,
)
from simulator.streams.wage_payment.profile import WagesProfile
from simulator.streams.wage_payment.projects import NO_PROJECT, Projects, investments

# Public bodies pay during the month itself, others shortly before the wage is due.
PUBLIC_EARLY_DAYS, OTHER_EARLY_DAYS = 22, 6
UNPAID_SITE_ON_TIME_SHARE, UNPAID_SITE_SETTLED_SHARE = 0.35, 0.45


def wage_rows(area: Area, spells: pl.DataFrame, workers: pl.DataFrame) -> pl.DataFrame:
    """Return the raw records of all payrolls; `workers` are the residents, then the outsiders."""
    profile, calendar, employers = area.profile, area.calendar, area.employers
    wages, rng = profile.part(WagesProfile), area.generator("wages")
    payroll = create_payroll(spells, profile, calendar, employers)
    projects = assign_projects(payroll, profile, calendar, employers, rng)
    jobs = list(profile.jobs.values())
    is_full = payroll.is_whole & (
        rng.random(len(payroll.job)) < job_numbers(jobs, "full_month_share", payroll)
    )
    due_fen = amounts_due(payroll, is_full, len(workers), profile, calendar, rng)
    month = month_number(calendar.start) - 1 + payroll.month
    due_day = first_days(month + 1) + wages.due_day - 1
    is_unpaid_site = unpaid_sites(payroll, projects, profile, rng)
    on_time = np.where(
        is_unpaid_site, UNPAID_SITE_ON_TIME_SHARE, job_numbers(jobs, "on_time_share", payroll)
    )
    settled = np.where(is_unpaid_site, UNPAID_SITE_SETTLED_SHARE, wages.settled_late_share)
    is_public = np.array(
        [job.employer_kind in ("government", "public_institution") for job in jobs]
    )
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
        record_id=record_ids("pay", payroll.spell, year_months(month)),
        wage_month=dates(first_days(month)),
        due_date=dates(due_day),
        is_full_month=pl.Series(is_full),
        amount_due_fen=pl.Series(due_fen),
        is_migrant_worker=pl.col("is_migrant_work") & (pl.col("residence") == "rural"),
        township_code=pl.coalesce("project_township_code", "township_code"),
        fiscal_subsidy_fen=_subsidies(payroll, month, profile),
    )  # fmt: skip
    payments = pay(due_fen, due_day, on_time, settled, early, rng)
    return raw_records(
        "wage_payment", payment_rows(facts, payments, "amount_paid_fen", calendar, rng)
    )


def _job_columns(
    payroll: Payroll,
    profile: Profile,
    employers: Employers,
    spells: int,
    rng: np.random.Generator,
) -> pl.DataFrame:
    jobs = list(profile.jobs.values())
    contract = rng.random(spells)[payroll.spell] < job_numbers(jobs, "has_contract_share", payroll)
    return pl.DataFrame(
        {
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
    wages = profile.part(WagesProfile)
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
    """Return the fiscal subsidy of village doctors, null for all others."""
    wages = profile.part(WagesProfile)
    is_doctor = payroll.job == list(profile.jobs).index("village_doctor")
    raised = month >= month_number(wages.village_doctor_raise_from)
    amount = wages.village_doctor_subsidy_fen + raised * wages.village_doctor_subsidy_raise_fen
    return pl.when(pl.Series(is_doctor)).then(pl.Series(amount))
