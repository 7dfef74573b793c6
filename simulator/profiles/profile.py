"""What a simulated area is like: sizes, rates and fault rates, as a profile says."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from simulator.profiles.loans import LoansProfile
from simulator.profiles.part import Part, Share
from simulator.profiles.streams import (
    CasesProfile,
    ReportsProfile,
    SurveyProfile,
    TrainingProfile,
)

# However small a county is made for a test: households surveyed, persons, cases or loans a year.
LEAST_SAMPLE, LEAST_COUNT = 60, 24


class Township(Part):
    """One township: its nine-digit code and its shares of all and of the relocated households."""

    code: str = Field(pattern="^[0-9]{9}$")
    name: str
    weight: float
    relocation_weight: float


class PopulationProfile(Part):
    """People, households, groups and the labour-force register."""

    residents: int
    household_size_shares: tuple[Share, ...]
    register_persons: int
    outside_labour_force_persons: int
    unemployed_persons: int
    entrants_per_month: int
    graduates_per_class: int
    graduate_employed_at_entry: Share
    urban_household_share: Share
    exited_poverty_household_share: Share
    relocated_household_share: Share
    monitored_share_of_exited_poverty: Share
    monitored_share_of_others: Share
    low_income_share_of_exited_poverty: Share
    low_income_share_of_others: Share
    disabled_share: Share
    severe_share_of_disabled: Share
    veteran_share: Share
    hardship_share: Share
    skill_shares: tuple[Share, Share, Share, Share, Share, Share]
    new_spell_skill_upgrade_share: Share


class CareersProfile(Part):
    """How people move between posts, unemployment and outside the labour force, per month."""

    season_by_month: tuple[float, ...] = Field(min_length=12, max_length=12)
    direct_change_share: Share
    same_kind_share: Share
    job_finding_rate: Share
    zero_household_job_finding_rate: Share
    zero_household_exception_share: Share
    public_welfare_share_of_rescues: Share
    leaving_labour_force_share: Share
    reentry_rate: Share
    closing_reported_share: Share
    graduate_job_finding_rate: Share
    refusing_share: Share = 0.05  # of the unemployed, who refuse some offers
    second_job_share: Share = 0.004  # of public-welfare posts, whose holders a firm insures too


class Job(Part):
    """One kind of job: how many hold it, how it looks in each stream, its pay (fen a month)."""

    persons: int
    employers: int
    leave_rate: Share
    employer_kind: str | None = None
    post_type: str
    occupation: str = "other"
    channel: str
    workplace: Literal["in_county", "away"] = "in_county"
    organised_at_start: Share = 0.0
    organised_when_hired: Share = 0.0
    urban_post_share: Share
    urban_preference: float
    hardship_preference: float = 1.0
    graduate_preference: float = 1.0
    is_migrant_work: bool = True
    wage_fen: int = 0
    wage_spread: float = 0.0
    full_month_share: Share = 0.98
    has_contract_share: Share = 0.0
    on_time_share: Share = 1.0
    wage_reporting_share: Share = 1.0
    insured: bool = False
    insured_share: Share = 1.0


class WagesProfile(Part):
    """Pay, projects and what is wrong on construction sites."""

    due_day: int
    raise_from: dt.date
    teacher_raise_fen: int
    village_doctor_subsidy_fen: int
    village_doctor_subsidy_raise_fen: int
    village_doctor_raise_from: dt.date
    intern_raise_from: dt.date
    intern_wage_before_fen: int
    projects_per_contractor: int
    outside_workers: int
    troubled_project_months: int
    project_registered_share: Share
    real_name_share_at_start: Share
    real_name_share_at_end: Share
    supervised_account_share: Share
    labour_remuneration_share_at_start: Share
    labour_remuneration_share_at_end: Share
    settled_late_share: Share


class InsuranceProfile(Part):
    """Contributions and benefits; amounts in fen."""

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

    def with_stock(self, fraction: float) -> InsuranceProfile:
        """The same with a smaller stock."""
        names = ("unemployment_stock", "work_injury_stock")
        smaller = {
            name: tuple(round(count * fraction) for count in getattr(self, name)) for name in names
        }
        return self.model_copy(update=smaller)


class FaultProfile(Part):
    """Shares of a stream's records with each fault, and numbers of malformed messages."""

    duplicate: Share
    late: Share
    corrected: Share
    withdrawn: Share
    invalid_check_digit: Share
    unknown_region: Share
    negative_amount: Share
    paid_century_early: Share
    messages: int
    oversized_messages: int


class Profile(Part):
    """Everything the simulator needs to know of an area: a county, or a city of several."""

    name: str
    title: str
    region_code: str = Field(pattern="^([0-9]{4}|[0-9]{6})$")  # the region its plans are for
    county_code: str = Field(pattern="^[0-9]{6}$")  # of the area, or the first of its counties
    starts_on: dt.date  # first month that is simulated unless another is asked for
    ends_on: dt.date  # last day that is simulated unless another is asked for
    record_prefix: str = ""  # makes record numbers of several areas differ
    away_regions: tuple[str, ...] = Field(min_length=1)  # where its people go to work
    neighbour_counties: tuple[int, ...] = Field(min_length=1)
    townships: tuple[Township, ...] = Field(min_length=1)
    population: PopulationProfile
    careers: CareersProfile
    jobs: dict[str, Job]
    wages: WagesProfile
    insurance: InsuranceProfile
    survey: SurveyProfile
    training: TrainingProfile
    cases: CasesProfile
    loans: LoansProfile
    reports: ReportsProfile
    faults: FaultProfile

    def scaled(self, fraction: float) -> Profile:
        """A smaller county for tests only: figures of a scaled county mean nothing for targets."""
        people = (
            "residents register_persons outside_labour_force_persons unemployed_persons "
            "entrants_per_month graduates_per_class"
        )
        cases = "complaints inspections mediations arbitrations"
        insured = "resident_contributors employee_pensioners resident_pensioners"
        return self.model_copy(
            update={
                "population": self.population.times(fraction, *people.split()),
                "jobs": {
                    kind: job.times(fraction, "persons", least=3).times(
                        fraction, "employers", least=2
                    )
                    for kind, job in self.jobs.items()
                },
                "wages": self.wages.times(fraction, "outside_workers"),
                "insurance": self.insurance.times(fraction, *insured.split()).with_stock(fraction),
                "survey": self.survey.times(fraction, "residents").times(
                    fraction, "households", least=LEAST_SAMPLE
                ),
                "training": self.training.times(fraction, "persons_per_year", least=LEAST_COUNT),
                "cases": self.cases.times(fraction, *cases.split(), least=LEAST_COUNT),
                "loans": self.loans.times(fraction, "loans_per_year", least=LEAST_COUNT),
            }
        )
