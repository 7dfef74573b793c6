"""The profile of a simulated area: its size, its rates and the rates of planted faults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SerializeAsAny, SerializerFunctionWrapHandler, model_serializer

from simulator.profiles.part import Part, Share, StreamPart

P = TypeVar("P", bound=StreamPart)


class Township(Part):
    """A township: nine-digit code, and weights for all and for relocated households."""

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

    def scaled(self, fraction: float) -> Self:
        """Return the part with fewer people."""
        return self.times(
            fraction, "residents", "register_persons", "outside_labour_force_persons",
            "unemployed_persons", "entrants_per_month", "graduates_per_class",
        )  # fmt: skip


class CareersProfile(Part):
    """Monthly rates of change between posts, unemployment and outside the labour force."""

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
    second_job_share: Share = 0.004  # of public-welfare posts, whose holders a firm insures as well


class Job(Part):
    """A kind of job: number of holders, attributes in each stream, pay (fen a month)."""

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

    def scaled(self, fraction: float) -> Self:
        """Return the kind of job with fewer holders and employers."""
        return self.times(fraction, "persons", minimum=3).times(fraction, "employers", minimum=2)


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
    starts_on: dt.date  # first simulated month unless another is requested
    ends_on: dt.date  # last simulated day unless another is requested
    record_prefix: str = ""  # distinguishes the record numbers of several areas
    away_regions: tuple[str, ...] = Field(min_length=1)  # where its people go to work
    neighbour_counties: tuple[int, ...] = Field(min_length=1)
    townships: tuple[Township, ...] = Field(min_length=1)
    population: PopulationProfile
    careers: CareersProfile
    jobs: dict[str, Job]
    streams: dict[str, SerializeAsAny[StreamPart]]  # by key, as declared by the streams
    faults: FaultProfile

    def part(self, kind: type[P]) -> P:
        """Return the part of a stream. Raises `TypeError` if the profile has another one."""
        part = self.streams[kind.key]
        if not isinstance(part, kind):
            raise TypeError(f"part {kind.key} of the profile is {part!r}")
        return part

    def with_values(self, changes: Mapping[str, Mapping[str, Any]]) -> Profile:
        """Return the profile with other values: by key of the part, then by name."""
        area_parts = {key: getattr(self, key) for key in changes if key not in self.streams}
        changed = {
            key: part.model_copy(update=dict(changes[key]))
            for key, part in (area_parts | self.streams).items()
            if key in changes
        }
        streams = {key: changed.pop(key, part) for key, part in self.streams.items()}
        return self.model_copy(update={**changed, "streams": streams})

    def scaled(self, fraction: float) -> Self:
        """Return a smaller area, for tests only: its indicators mean nothing for targets."""
        return self.model_copy(
            update={
                "population": self.population.scaled(fraction),
                "jobs": {kind: job.scaled(fraction) for kind, job in self.jobs.items()},
                "streams": {key: part.scaled(fraction) for key, part in self.streams.items()},
            }
        )

    @model_serializer(mode="wrap")
    def _flat(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Serialize as in the YAML file: parts of streams are on the level of the others."""
        content: dict[str, Any] = handler(self)
        faults, streams = content.pop("faults"), content.pop("streams")
        return {**content, **streams, "faults": faults}
