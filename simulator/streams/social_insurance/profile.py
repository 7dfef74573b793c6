"""The part of a profile for social insurance."""

from __future__ import annotations

import datetime as dt
from typing import Self

from simulator.profiles.part import Share, StreamPart


class InsuranceProfile(StreamPart):
    """Contributions and benefits; amounts in fen."""

    key = "insurance"

    employee_pension_rate: Share
    unemployment_rate: Share
    employee_medical_rate: Share  # 0 leaves medical contributions out
    # Insured by employers that are not simulated: persons in the first and in the last year.
    unemployment_stock: tuple[int, int] = (0, 0)
    work_injury_stock: tuple[int, int] = (0, 0)
    contribution_on_time_share: Share
    resident_contributors: int
    resident_contributor_growth: Share
    resident_tiers_fen: tuple[int, ...]
    resident_tier_shares: tuple[Share, ...]
    resident_collection_ends: tuple[int, int]
    resident_unpaid_share: Share
    subsidy_share: Share
    subsidy_missed_share: Share
    government_cover_share: Share
    government_paid_fen: int
    employee_pensioners: int
    employee_pension_mean_fen: int
    employee_pension_raise: Share
    employee_pension_raise_from: dt.date
    employee_pension_raises: int = 1  # one a year, from then on
    resident_pensioners: int
    basic_pension_before_fen: int
    basic_pension_after_fen: int
    basic_pension_from: dt.date
    standard_applied_late_share: tuple[Share, ...]
    unemployment_benefit_before_fen: int
    unemployment_benefit_after_fen: int
    unemployment_benefit_from: dt.date
    unemployment_claim_share: Share
    unemployment_benefit_months: int
    on_time_shares: dict[str, Share]
    incident_month: dt.date
    incident_townships: tuple[str, ...]
    incident_on_time_share: Share
    wrong_payment_share: Share
    proof_lapsed_share: Share = 0.008  # of pensioners, who no longer prove to be alive
    long_term_care_from: dt.date

    def scaled(self, fraction: float) -> Self:
        """Return the part with fewer contributors, pensioners and people insured elsewhere."""
        stocks = {
            name: tuple(round(count * fraction) for count in getattr(self, name))
            for name in ("unemployment_stock", "work_injury_stock")
        }
        return self.times(
            fraction, "resident_contributors", "employee_pensioners", "resident_pensioners"
        ).model_copy(update=stocks)
