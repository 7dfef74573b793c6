"""The part of a profile for guaranteed start-up loans."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.profiles.part import Part, Share

LoanKind = Literal["personal", "partnership", "small_firm"]
KINDS: tuple[LoanKind, ...] = ("personal", "partnership", "small_firm")


class LoansProfile(Part):
    """Loans: how many a year, to whom, how much, how they end, which interest is subsidised."""

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
    subsidy_paid_at_once_share: Share
    subsidy_never_paid_share: Share
