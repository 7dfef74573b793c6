"""The stream `reported_figure`: values that offices submit each quarter, some of them wrong."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import NamedTuple, get_type_hints

import numpy as np
import polars as pl

from simulator.areas.area import Area
from simulator.areas.clock import (
    Calendar,
    Integers,
    day_number,
    lags,
    moments,
    months_between,
    timestamps,
)
from simulator.profiles.part import Share, StreamPart
from simulator.profiles.profile import Profile
from simulator.records import FaultColumns, raw_records
from simulator.streams.reported_figure.targets import read_reported_targets
from simulator.streams.stream import Stream

TEN_THOUSANDTHS = 10_000
# The plan wants reports by the 18th of a quarter's last month; values of indicators follow when
# the month has been counted.
FIRST_DAY, LAST_DAY = 8, 18
LATE_DAYS, REVISED_DAYS = (4, 45), (5, 40)
COUNTED_DAYS = 6
# Indicators that offices report as well: unit, and office without the prefix of its level.
REPORTED = {
    ("employed_persons", "all"): ("persons", "人社局"),
    ("employed_persons", "exited_poverty"): ("persons", "乡村振兴局"),
    ("new_urban_employed_persons", "all"): ("persons", "人社局"),
    ("disposable_income_yuan", "urban"): ("yuan", "统计局"),
    ("disposable_income_yuan", "rural"): ("yuan", "统计局"),
    ("training_persons", "all"): ("persons", "人社局"),
    ("training_certificate_persons", "all"): ("persons", "人社局"),
    ("labour_case_closed_pct", "all"): ("pct", "人社局"),
}


class ReportsProfile(StreamPart):
    """Values that offices submit each quarter, and the shares of faulty ones."""

    key = "reports"

    late_share: Share
    revised_share: Share
    different_share: Share  # of the values of indicators, differing from the records
    missing_share: Share
    office_prefix: str  # of the area's offices, such as 县


class Report(NamedTuple):
    """A value to submit; `earliest` is the first day on which it can be submitted."""

    figure_code: str
    region_code: str
    population: str
    period_end_day: int
    value_ten_thousandths: int
    unit: str
    office: str
    earliest: int
    is_computed: bool


def report(area: Area, values: pl.DataFrame) -> pl.DataFrame:
    """Return the raw records of all values submitted by the end.

    `values` are those of the indicators that offices report as well, by region and month.
    """
    profile, calendar, rng = area.profile, area.calendar, area.generator("reports")
    # Indicators are first: their random numbers must not depend on the number of targets.
    parts = [_of_indicators(values, profile, calendar), _of_targets(profile, calendar, area.seed)]
    schema = get_type_hints(Report)
    facts = [pl.DataFrame(reports, schema=schema, orient="row") for reports in parts]
    submitted = [_submitted(part, profile.part(ReportsProfile), calendar, rng) for part in facts]
    return raw_records("reported_figure", pl.concat(submitted))


STREAM = Stream(
    name="reported_figure",
    report=report,
    indicators=frozenset(code for code, _ in REPORTED),
    profile=ReportsProfile,
    faults=FaultColumns(dates=("period_end_date",), months=3),
)


def _quarter_ends(calendar: Calendar) -> list[dt.date]:
    """Return the last days of the quarters that end within the simulation."""
    months = months_between(calendar.start, calendar.end)
    return [end for first, end in months if first.month % 3 == 0]


def _of_targets(profile: Profile, calendar: Calendar, seed: int) -> list[Report]:
    """Return values of targets that no record measures, for every quarter in force."""
    return [
        Report(
            target.target_id,
            target.region_code,
            "all",
            day_number(end),
            round(target.value_on(end) * TEN_THOUSANDTHS),
            target.unit,
            target.office,
            day_number(end.replace(day=FIRST_DAY)),
            False,
        )
        for target in read_reported_targets(profile.region_code, seed)
        for end in _quarter_ends(calendar)
        if target.is_in_force(end)
    ]


def _of_indicators(values: pl.DataFrame, profile: Profile, calendar: Calendar) -> list[Report]:
    """Return the expected values of indicators that the platform computes as well."""
    quarters = {end.replace(day=1): day_number(end) for end in _quarter_ends(calendar)}
    keys = pl.DataFrame(list(REPORTED), schema=["indicator_code", "population"], orient="row")
    reported = values.join(
        keys, on=["indicator_code", "population"], how="semi", maintain_order="left"
    ).filter(
        (pl.col("region_code") == profile.region_code)
        & pl.col("period_month").is_in(list(quarters))
    )
    office_prefix = profile.part(ReportsProfile).office_prefix
    return [
        Report(
            code,
            profile.region_code,
            population,
            quarters[month],
            int(value * TEN_THOUSANDTHS),
            REPORTED[code, population][0],
            office_prefix + REPORTED[code, population][1],
            quarters[month] + COUNTED_DAYS,
            True,
        )
        for code, population, month, value in reported.select(
            "indicator_code", "population", "period_month", "value"
        ).iter_rows()
    ]


def _submitted(
    facts: pl.DataFrame, reports: ReportsProfile, calendar: Calendar, rng: np.random.Generator
) -> pl.DataFrame:
    """Return the submitted values: some late, some revised, some wrong, some missing."""
    count = facts.height
    value = facts["value_ten_thousandths"].to_numpy()
    is_wrong = facts["is_computed"].to_numpy() & (rng.random(count) < reports.different_share)
    final_value = np.where(is_wrong, _distorted(value, rng), value)
    first_day = facts["earliest"].to_numpy() + rng.integers(0, LAST_DAY - FIRST_DAY + 1, count)
    is_late = rng.random(count) < reports.late_share
    delay = LAST_DAY - FIRST_DAY + _days(LATE_DAYS, count, rng)
    first_day = first_day + np.where(is_late, delay, 0)
    is_missing = rng.random(count) < reports.missing_share
    is_revised = ~is_missing & (rng.random(count) < reports.revised_share)
    facts = facts.with_columns(
        record_id=_record_ids(facts),
        period_end_date=pl.col("period_end_day").cast(pl.Int32).cast(pl.Date),
    )
    second_day = first_day + _days(REVISED_DAYS, count, rng)
    first_value = np.where(is_revised, _distorted(final_value, rng), final_value)
    versions = [(1, first_day, first_value, ~is_missing), (2, second_day, final_value, is_revised)]
    return pl.concat(
        [
            _version(facts, revision, day, values, rng).filter(
                pl.Series(chosen & (day <= calendar.end_day))
            )
            for revision, day, values, chosen in versions
        ]
    )


def _record_ids(facts: pl.DataFrame) -> pl.Series:
    """Return record numbers, equal for equal code, region, population and period."""
    texts = facts.select(pl.format("{} {} {}", "figure_code", "region_code", "population"))
    numbers = [f"{zlib.crc32(text.encode()):08x}" for text in texts.to_series()]
    days = facts["period_end_day"].cast(pl.String)
    return "rep:" + pl.Series(numbers, dtype=pl.String) + ":" + days


def _distorted(value: Integers, rng: np.random.Generator) -> Integers:
    """Change the values by some percent, mostly upwards."""
    factor = np.where(rng.random(len(value)) < 0.8, 1, -1) * rng.uniform(0.02, 0.12, len(value))
    return np.rint(value * (1 + factor)).astype(np.int64)


def _days(between: tuple[int, int], count: int, rng: np.random.Generator) -> Integers:
    return between[0] + lags(count, (between[1] - between[0]) / 3, between[1] - between[0], rng)


def _version(
    facts: pl.DataFrame, revision: int, day: Integers, values: Integers, rng: np.random.Generator
) -> pl.DataFrame:
    """Return one submission of every value."""
    submitted = timestamps(moments(day, rng))
    return facts.with_columns(
        revision=pl.lit(revision, pl.Int64),
        value_ten_thousandths=pl.Series(values),
        recorded_at=submitted,
        submitted_at=submitted,
        evidence_reference=pl.format(
            "{}-{}-{}", "office", pl.col("period_end_date").dt.strftime("%Y%m"), pl.lit(revision)
        ),
    )
