"""Parts of a profile for the household survey, training, labour cases and reported figures."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.profiles.part import Part, Share

Source = Literal["wage", "business", "property", "transfer"]
Group = Literal["urban", "rural", "exited_poverty"]
Programme = Literal["skill", "entrepreneurship", "pre_job", "on_job", "work_relief"]


class Incomes(Part):
    """Income per head and year of a group of households, by source, and its yearly growth."""

    levels_fen: dict[Source, int] = Field(min_length=4)
    growth: dict[Source, float] = Field(min_length=4)


class SurveyProfile(Part):
    """The sample of households and their incomes; `rural` is without exited-poverty households."""

    households: int
    residents: int  # people the sample stands for
    levels_year: int
    season_by_quarter: tuple[float, float, float, float]
    spread: float  # of households around the level of their group, as a logarithm
    low_income_factor: float
    loss_share: Share  # of households whose business makes a loss in a quarter
    incomes: dict[Group, Incomes] = Field(min_length=3)


class TrainingProfile(Part):
    """Courses: how many take part in a year, in what, how they end, what is subsidised."""

    persons_per_year: int
    yearly_growth: float
    kind_shares: dict[Programme, Share] = Field(min_length=5)
    course_persons: int
    needy_preference: float
    pass_share: Share
    certificate_share_of_passed: Share
    subsidised_share_of_passed: Share
    subsidy_fen: dict[Programme, int] = Field(min_length=5)
    subsidy_paid_at_once_share: Share
    subsidy_never_paid_share: Share
    announced_share: Share  # of courses, entered when they begin


class CasesProfile(Part):
    """Labour cases a year by kind, and how they are handled."""

    complaints: int
    inspections: int
    mediations: int
    arbitrations: int
    on_time_share: Share
    never_closed_share: Share
    extended_share: Share
    not_accepted_share: Share
    wage_case_share: Share
    migrant_worker_share: Share
    recovered_share: Share  # of the amount claimed, when a case is closed


class ReportsProfile(Part):
    """Figures that offices hand in each quarter, and what is wrong with some."""

    late_share: Share
    revised_share: Share
    different_share: Share  # of the figures of indicators, differing from the records
    missing_share: Share
    office_prefix: str  # of the area's offices, such as 县
