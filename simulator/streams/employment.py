"""The stream `employment`: every spell, and a revision when its end is reported."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.areas.area import Area
from simulator.areas.clock import (
    Booleans,
    Calendar,
    Integers,
    dates,
    day_number,
    lags,
    moments,
    timestamps,
)
from simulator.areas.employers import Employers
from simulator.areas.refusals import create_refusals
from simulator.areas.register import OUTSIDE, UNEMPLOYED
from simulator.profiles.profile import Profile
from simulator.records import FaultColumns, raw_records, record_ids, texts
from simulator.streams.stream import Stream

STATUSES: list[str | None] = ["employed", "unemployed", "outside_labour_force"]
SCOPES: list[str | None] = ["in_county", "in_province", "other_province"]
SKILLS: list[str | None] = [
    "none", "junior", "intermediate", "senior", "technician", "senior_technician",
]  # fmt: skip
# Days before the start in which the spells of older lists were recorded.
OPENING_DAYS = 25


def generate(area: Area) -> pl.DataFrame:
    """Return the raw records of all spells that are recorded by the end."""
    profile, calendar, rng = area.profile, area.calendar, area.generator("employment")
    columns = {name: area.spells[name].to_numpy() for name in area.spells.columns}
    facts = pl.concat(
        [
            area.residents[columns["person"]],
            _post_columns(columns, profile, area.employers),
            _status_columns(columns, area.residents, profile),
        ],
        how="horizontal",
    )
    first_day = _first_recorded(columns["effective_day"], calendar, rng)
    is_unemployed = columns["status"] == UNEMPLOYED
    opened = facts.with_columns(
        revision=pl.lit(1),
        end_date=pl.lit(None, pl.Date),
        recorded_at=timestamps(moments(first_day, rng)),
        refused_offers_count=_counted(is_unemployed, np.zeros_like(first_day)),
    ).filter(first_day <= calendar.end_day)
    end_day = columns["end_day"]
    last_day = np.maximum(end_day + 1 + lags(len(end_day), 4, 25, rng), first_day + 1)
    is_closed = columns["is_end_reported"] & (last_day <= calendar.end_day)
    share, separate_rng = profile.careers.refusing_share, rng.spawn(1)[0]
    refusals = create_refusals(is_unemployed, first_day, end_day, calendar, share, separate_rng)
    refused = facts[refusals.spell].with_columns(
        revision=pl.Series(1 + refusals.number),
        end_date=pl.lit(None, pl.Date),
        recorded_at=timestamps(moments(refusals.day, separate_rng)),
        refused_offers_count=pl.Series(refusals.number),
    )
    counted = np.bincount(refusals.spell, minlength=len(end_day))
    closed = facts.with_columns(
        revision=pl.Series(2 + counted),
        end_date=dates(end_day),
        recorded_at=timestamps(moments(last_day, rng)),
        refused_offers_count=_counted(is_unemployed, counted),
    ).filter(is_closed)
    parts = [
        part.with_columns(pl.col("revision").cast(pl.Int64)) for part in (opened, refused, closed)
    ]
    return raw_records("employment", pl.concat(parts))


STREAM = Stream(
    name="employment",
    generate=generate,
    faults=FaultColumns(dates=("effective_date",)),
)


def _counted(is_unemployed: Booleans, refusals: Integers) -> pl.Series:
    """Return the number of refused offers, null for those who are not unemployed."""
    return pl.Series(refusals).set(pl.Series(~is_unemployed), None)


def _first_recorded(
    effective_day: Integers, calendar: Calendar, rng: np.random.Generator
) -> Integers:
    """Draw the day on which the beginning of each spell is recorded."""
    start = day_number(calendar.start)
    count = len(effective_day)
    opening = np.maximum(effective_day, start - rng.integers(1, OPENING_DAYS + 1, count))
    running = effective_day + lags(count, 4, 25, rng)
    return np.where(effective_day < start, opening, running)


def _post_columns(
    columns: dict[str, Integers], profile: Profile, employers: Employers
) -> pl.DataFrame:
    """Return the columns of the post, null for those who have none."""
    job = columns["job"].astype(np.int64)
    jobs = list(profile.jobs.values())
    channel = texts([*(kind.channel for kind in jobs), None], job)
    frame = pl.DataFrame(
        {
            "record_id": record_ids("emp", columns["person"], columns["number"]),
            "employer_code": employers.code_of(columns["employer"]),
            "employer_kind": texts([*(kind.employer_kind for kind in jobs), None], job),
            "post_type": texts([*(kind.post_type for kind in jobs), None], job),
            "channel": channel,
            "is_organised": columns["is_organised"],
            "workplace_scope": texts(SCOPES, columns["scope"].astype(np.int64)),
            "is_urban_post": columns["is_urban_post"],
            "skill_level": texts(SKILLS, columns["skill"].astype(np.int64)),
        }
    )
    return frame.with_columns(
        channel=pl.when("is_organised").then(pl.lit("organised")).otherwise("channel"),
        workplace_scope=pl.when(pl.col("post_type").is_not_null()).then("workplace_scope"),
    ).drop("is_organised")


def _status_columns(
    columns: dict[str, Integers], table: pl.DataFrame, profile: Profile
) -> pl.DataFrame:
    """Return the columns of the spell, and traits of the person that depend on it."""
    person, status = columns["person"], columns["status"]
    is_rural = (table["residence"] == "rural").to_numpy()[person]
    is_graduate = table["graduation_year"].is_not_null().to_numpy()[person]
    # Four of five rural people who look for work look for it outside farming.
    seeks_non_farm = (status == UNEMPLOYED) & (person % 5 != 0)
    non_farm = np.array([*(job.is_migrant_work for job in profile.jobs.values()), False])
    works_non_farm = non_farm[columns["job"].astype(np.int64)]
    return pl.DataFrame(
        {
            "status": texts(STATUSES, status.astype(np.int64)),
            "effective_date": dates(columns["effective_day"]),
            "has_working_capacity": (status != OUTSIDE) | (person % 3 != 0),
            "is_migrant_worker": is_rural & (works_non_farm | seeks_non_farm),
            "is_graduate": is_graduate,
        }
    )
