"""Benefits of social insurance: pensions of employees and residents, unemployment benefits."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.areas.area import Area
from simulator.areas.clock import (
    NO_DAY,
    Calendar,
    Numbers,
    dates,
    first_days,
    month_number,
    year_months,
)
from simulator.areas.population import Population
from simulator.profiles.profile import Profile
from simulator.records import raw_records, record_ids, texts
from simulator.streams.payments import pay, payment_rows
from simulator.streams.social_insurance.entitlements import (
    EMPLOYEE,
    RESIDENT,
    TYPES,
    UNEMPLOYMENT,
    Entitlements,
    pensions,
    unemployment_benefits,
)
from simulator.streams.social_insurance.profile import InsuranceProfile
from simulator.streams.social_insurance.proofs_of_life import last_proofs

DUE_DAYS = np.array([15, 20, 18])  # of the month
EARLY_DAYS = 4
SETTLED_SHARE = 0.85


def benefit_rows(area: Area) -> pl.DataFrame:
    """Return the raw records of all benefits recorded by the end."""
    profile, calendar, rng = area.profile, area.calendar, area.generator("benefits")
    insurance = profile.part(InsuranceProfile)
    elders = rng.permutation(np.flatnonzero(area.people.age >= 60))
    counts = insurance.employee_pensioners, insurance.resident_pensioners
    retired, residents = elders[: counts[0]], elders[counts[0] : sum(counts)]
    parts = [
        pensions(retired, EMPLOYEE, profile, calendar, rng),
        pensions(residents, RESIDENT, profile, calendar, rng),
        unemployment_benefits(area.spells, profile, calendar, rng),
    ]
    entitled = Entitlements(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in Entitlements.__annotations__
        )
    )
    return _rows(entitled, area, rng)


def _rows(
    entitled: Entitlements,
    area: Area,
    rng: np.random.Generator,
) -> pl.DataFrame:
    profile, calendar = area.profile, area.calendar
    month = month_number(calendar.start) + entitled.month
    due_day = first_days(month) + DUE_DAYS[entitled.insurance] - 1
    lapsed_share = profile.part(InsuranceProfile).proof_lapsed_share
    proven = last_proofs(entitled.person, due_day, calendar, lapsed_share, rng.spawn(1)[0])
    facts = pl.concat(
        [
            area.residents[entitled.person],
            pl.DataFrame(
                {
                    "record_id": record_ids(
                        "ben", entitled.person, entitled.insurance, year_months(month)
                    ),
                    "insurance_type": texts(TYPES, entitled.insurance),
                    "record_kind": texts(["benefit"], np.zeros_like(month)),
                    "period_month": dates(first_days(month)),
                    "period_months": np.ones_like(month),
                    "benefit_due_fen": entitled.due_fen,
                    "overpaid_fen": entitled.overpaid_fen,
                    "due_date": dates(due_day),
                    "last_proof_of_life_date": dates(
                        np.where(entitled.insurance == UNEMPLOYMENT, NO_DAY, proven)
                    ),
                }
            ),
        ],
        how="horizontal",
    ).with_columns(
        is_migrant_worker=(pl.col("insurance_type") == "unemployment")
        & (pl.col("residence") == "rural")
    )
    on_time = _on_time_shares(entitled, area.people, profile, calendar)
    payments = pay(entitled.due_fen, due_day, on_time, SETTLED_SHARE, EARLY_DAYS, rng)
    rows = payment_rows(facts, payments, "benefit_paid_fen", calendar, rng)
    paid = pl.col("benefit_paid_fen") + pl.col("overpaid_fen")
    return raw_records(
        "social_insurance",
        rows.with_columns(
            benefit_paid_fen=paid,
            paid_date=pl.when(paid > 0).then(pl.coalesce("paid_date", "due_date")),
        ),
    )


def _on_time_shares(
    entitled: Entitlements, people: Population, profile: Profile, calendar: Calendar
) -> Numbers:
    """Return the share paid on time of each row: by insurance, low where a bank file failed."""
    insurance = profile.part(InsuranceProfile)
    usual = np.array([insurance.on_time_shares[str(name)] for name in TYPES])
    townships = [
        index
        for index, township in enumerate(profile.townships)
        if township.code in insurance.incident_townships
    ]
    month = month_number(calendar.start) + entitled.month
    failed = np.isin(people.township[entitled.person], townships)
    failed &= month == month_number(insurance.incident_month)
    failed &= entitled.insurance == RESIDENT
    return np.where(failed, insurance.incident_on_time_share, usual[entitled.insurance])
