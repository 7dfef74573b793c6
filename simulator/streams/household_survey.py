"""The stream `household_survey`: a sample of households and their quarterly incomes."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import polars as pl
from pydantic import Field

from simulator.areas.area import Area
from simulator.areas.clock import (
    Calendar,
    Integers,
    Numbers,
    dates,
    first_days,
    lags,
    moments,
    month_number,
    timestamps,
    year_months,
)
from simulator.profiles.part import Part, Share, StreamPart
from simulator.records import FaultColumns, raw_records, record_ids
from simulator.streams.stream import Stream

Source = Literal["wage", "business", "property", "transfer"]
Group = Literal["urban", "rural", "exited_poverty"]

SOURCES: tuple[Source, ...] = ("wage", "business", "property", "transfer")
GROUPS: tuple[Group, ...] = ("urban", "rural", "exited_poverty")
# A value covers four quarters: three before the start are recorded when the simulation begins.
QUARTERS_BEFORE = 3
OPENING_DAYS = 25
MIN_PART_OF_SAMPLE = 16  # of the sample, the minimum in a stratum
COLLECTED_FROM_DAY = 21  # of the quarter's last month
NOISE, SOURCE_NOISE = 0.06, 0.25
FEN_A_YUAN, PERMILLE = 100, 1000
MIN_SAMPLE = 60  # households that remain however small an area is scaled


class Incomes(Part):
    """Income per head and year of a group of households, by source, and its yearly growth."""

    levels_fen: dict[Source, int] = Field(min_length=4)
    growth: dict[Source, float] = Field(min_length=4)


class SurveyProfile(StreamPart):
    """The sample of households and their incomes; `rural` is without exited-poverty households."""

    key = "survey"

    households: int
    residents: int  # people whom the sample represents
    levels_year: int
    season_by_quarter: tuple[float, float, float, float]
    spread: float  # standard deviation of the logarithm of income within a group
    low_income_factor: float
    loss_share: Share  # of households whose business makes a loss in a quarter
    incomes: dict[Group, Incomes] = Field(min_length=3)

    def scaled(self, fraction: float) -> Self:
        """Return the part with fewer residents and a smaller sample."""
        return self.times(fraction, "residents").times(fraction, "households", minimum=MIN_SAMPLE)


def generate(area: Area) -> pl.DataFrame:
    """Return the raw records of all interviews recorded by the end.

    In each stratum, the weights of a quarter add up to the people that its sample represents.
    Incomes are calibrated: their weighted mean is that of group and year in the profile.
    """
    survey, calendar = area.profile.part(SurveyProfile), area.calendar
    rng = area.generator("survey")
    households = _households(area.residents)
    parts: list[pl.DataFrame] = []
    sample, sampled_year = households.head(0), 0
    for month in _quarter_months(calendar):
        if sampled_year != 1970 + month // 12:
            sample, sampled_year = _sample(households, survey, rng), 1970 + month // 12
        parts.append(_interviews(sample, month, survey, calendar, rng))
    rows = pl.concat(parts)
    return raw_records(
        "household_survey", rows.filter(pl.col("recorded_at").dt.date() <= calendar.end)
    )


STREAM = Stream(
    name="household_survey",
    generate=generate,
    profile=SurveyProfile,
    faults=FaultColumns(amounts=("wage_income_fen",), months=3),
)


def _quarter_months(calendar: Calendar) -> list[int]:
    """Return the last months of the quarters surveyed."""
    first = month_number(calendar.start) - 3 * QUARTERS_BEFORE
    last = month_number(calendar.end)
    return [month for month in range(first, last + 1) if month % 3 == 2]


def _households(table: pl.DataFrame) -> pl.DataFrame:
    """Return one row per household, by township: number, traits, persons, group, stratum.

    A stratum is the low-income households of a group, or its other households.
    """
    traits = ("township_code", "residence", "is_exited_poverty", "is_low_income")
    exited = pl.col("is_exited_poverty").cast(pl.Int64)
    return (
        table.with_row_index("household_index")
        .group_by("household_number", *traits, maintain_order=True)
        .agg(persons=pl.len().cast(pl.Int64), household_index=pl.col("household_index").first())
        .with_columns(group=pl.when(pl.col("residence") == "urban").then(0).otherwise(1 + exited))
        .with_columns(stratum=pl.col("group") * 2 + pl.col("is_low_income").cast(pl.Int64))
        .sort("township_code", "household_index")
    )


def _sample(
    households: pl.DataFrame, survey: SurveyProfile, rng: np.random.Generator
) -> pl.DataFrame:
    """Draw a systematic sample (equal steps) of each stratum, with weights in thousandths."""
    represented = survey.residents / int(households["persons"].sum())
    parts = []
    for stratum in range(2 * len(GROUPS)):
        pool = households.filter(pl.col("stratum") == stratum)
        minimum = min(pool.height, survey.households // MIN_PART_OF_SAMPLE)
        sample_size = max(minimum, round(survey.households * pool.height / households.height))
        if sample_size == 0:
            continue
        step = pool.height / sample_size
        drawn = pool[((np.arange(sample_size) + rng.random()) * step).astype(np.int64)]
        people, interviewed = (int(frame["persons"].sum()) for frame in (pool, drawn))
        weight = PERMILLE * represented * people / interviewed
        parts.append(
            drawn.with_columns(
                weight_permille=pl.lit(max(1, round(weight)), pl.Int64),
                standing=pl.Series(np.exp(rng.normal(0, survey.spread, sample_size))),
            )
        )
    return pl.concat(parts)


def _interviews(
    sample: pl.DataFrame,
    month: int,
    survey: SurveyProfile,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return the incomes of the sample in one quarter."""
    number = np.full(sample.height, month, dtype=np.int64)
    household = sample["household_index"].to_numpy().astype(np.int64)
    standing = sample["standing"].to_numpy() * np.exp(rng.normal(0, NOISE, sample.height))
    incomes = {
        f"{source}_income_fen": _income(sample, source, month, standing, survey, rng)
        for source in SOURCES
    }
    return sample.with_columns(
        record_ids("svy", household, year_months(number)),
        revision=pl.lit(1),
        quarter_month=dates(first_days(number)),
        recorded_at=timestamps(moments(_recorded(number, calendar, rng), rng)),
        **{name: pl.Series(fen) for name, fen in incomes.items()},
    )


def _income(
    sample: pl.DataFrame,
    source: Source,
    month: int,
    standing: Numbers,
    survey: SurveyProfile,
    rng: np.random.Generator,
) -> Integers:
    """Draw the income of each household from one source, in fen and whole yuan."""
    persons = sample["persons"].to_numpy()
    drawn = standing * np.exp(rng.normal(0, SOURCE_NOISE, sample.height))
    if source == "business":
        drawn = np.where(rng.random(sample.height) < survey.loss_share, -0.4 * drawn, drawn)
    income = np.zeros(sample.height)
    levels = _levels(sample, source, month, survey)
    for stratum, level in levels.items():
        member = (sample["stratum"] == stratum).to_numpy()
        mean = float((drawn * persons)[member].sum() / persons[member].sum())
        income[member] = (drawn * persons)[member] * level / max(mean, 0.1)
    return np.rint(income / FEN_A_YUAN).astype(np.int64) * FEN_A_YUAN


def _levels(
    sample: pl.DataFrame, source: Source, month: int, survey: SurveyProfile
) -> dict[int, float]:
    """Return the mean income per head of each stratum, so that groups have the profile's."""
    people = sample.select("stratum", pl.col("persons") * pl.col("weight_permille"))
    sums = dict(people.group_by("stratum").sum().iter_rows())
    result: dict[int, float] = {}
    for index, group in enumerate(GROUPS):
        other_people, low_income_people = sums.get(2 * index, 0), sums.get(2 * index + 1, 0)
        share = low_income_people / max(other_people + low_income_people, 1)
        factor = survey.low_income_factor if other_people else 1.0
        level = _level(survey, group, source, month)
        if low_income_people:
            result[2 * index + 1] = level * factor
        if other_people:
            result[2 * index] = level * (1 - share * factor) / (1 - share)
    return result


def _level(survey: SurveyProfile, group: Group, source: Source, month: int) -> float:
    """Return the mean income per head of a group from a source in a quarter."""
    incomes = survey.incomes[group]
    years = 1970 + month // 12 - survey.levels_year
    season = survey.season_by_quarter[month % 12 // 3] / 4
    return float(incomes.levels_fen[source] * (1 + incomes.growth[source]) ** years * season)


def _recorded(month: Integers, calendar: Calendar, rng: np.random.Generator) -> Integers:
    """Draw the day on which each interview is recorded.

    Interviews of quarters before the simulation are recorded shortly before it begins.
    """
    collected = first_days(month) + COLLECTED_FROM_DAY - 1 + lags(len(month), 3, 8, rng)
    opening = calendar.first_day(0) - rng.integers(1, OPENING_DAYS + 1, len(month))
    return np.where(first_days(month + 1) <= calendar.first_day(0), opening, collected)
