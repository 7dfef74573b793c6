"""The stream `labour_case`: complaints, inspections, mediations and arbitrations."""

from __future__ import annotations

from typing import Self

import numpy as np
import polars as pl

from simulator.areas.area import Area
from simulator.areas.clock import (
    NO_DAY,
    Booleans,
    Calendar,
    Integers,
    dates,
    lags,
    moments,
    timestamps,
)
from simulator.areas.employers import Employers
from simulator.profiles.part import MIN_A_YEAR, Share, StreamPart
from simulator.profiles.profile import Profile
from simulator.records import FaultColumns, raw_records, record_ids, texts
from simulator.streams.stream import Stream

KINDS: list[str | None] = ["complaint", "inspection", "mediation", "arbitration"]
MEDIATION = KINDS.index("mediation")
# Days of the limit by kind, and of its extension; mediation has none.
USUAL_DAYS, MORE_DAYS = np.array([84, 84, 15, 45]), np.array([42, 42, 0, 15])
OUTCOMES: list[str | None] = ["ordered", "ordered", "settled", "awarded", "withdrawn", "open"]
WITHDRAWN, OPEN = 4, 5
WITHDRAWN_SHARE = 0.04
# Weights of months: workers return home with their year's pay before the Spring Festival.
SEASON = np.array([2.0, 1.3, 0.7, 0.7, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 1.1, 1.4])
# Cases that are recorded only when they are closed.
RECORDED_AT_END_SHARE = 0.5
WORKERS_MEAN, CLAIM_FEN_A_WORKER = 4, 820_000


class CasesProfile(StreamPart):
    """Labour cases a year by kind, and how they are handled."""

    key = "cases"

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

    def scaled(self, fraction: float) -> Self:
        """Return the part with fewer cases."""
        kinds = ("complaints", "inspections", "mediations", "arbitrations")
        return self.times(fraction, *kinds, minimum=MIN_A_YEAR)


def generate(area: Area) -> pl.DataFrame:
    """Return the raw records of all cases by the end: filed and accepted, and again when closed."""
    cases, rng = area.profile.part(CasesProfile), area.generator("cases")
    kind, filed = _filed(cases, area.calendar, rng)
    facts = _facts(kind, filed, area.profile, area.employers, rng)
    facts = pl.concat([facts, _course(kind, filed, cases, rng)], how="horizontal")
    facts = facts.with_columns(_amounts(facts, cases, rng))
    return raw_records("labour_case", _revisions(facts, area.calendar, rng))


STREAM = Stream(
    name="labour_case",
    generate=generate,
    profile=CasesProfile,
    faults=FaultColumns(amounts=("recovered_fen",)),
)


def _filed(
    cases: CasesProfile, calendar: Calendar, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """Draw the kind of each case and the day it was filed."""
    counts = np.array([cases.complaints, cases.inspections, cases.mediations, cases.arbitrations])
    kinds, days = [], []
    for month in range(calendar.months):
        season = SEASON[calendar.calendar_month(month) - 1] / SEASON.sum()
        drawn = rng.poisson(counts * season)
        kinds.append(np.repeat(np.arange(len(counts)), drawn))
        first, last = calendar.first_day(month), calendar.last_day(month)
        days.append(rng.integers(first, last + 1, int(drawn.sum())))
    return np.concatenate(kinds).astype(np.int64), np.concatenate(days).astype(np.int64)


def _facts(
    kind: Integers,
    filed: Integers,
    profile: Profile,
    employers: Employers,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Draw the facts of each case that are known when it is filed."""
    cases, count = profile.part(CasesProfile), len(kind)
    names = list(profile.jobs)
    sites, firms = names.index("construction"), names.index("local_enterprise")
    is_wage = rng.random(count) < cases.wage_case_share
    job = np.where(is_wage & (rng.random(count) < 0.7), sites, firms).astype(np.int64)
    weights = np.array([township.weight for township in profile.townships])
    township = rng.choice(len(weights), count, p=weights / weights.sum())
    workers = rng.geometric(1 / WORKERS_MEAN, count)
    claim = workers * CLAIM_FEN_A_WORKER * rng.uniform(0.3, 1.8, count)
    return pl.DataFrame(
        {
            "record_id": record_ids("cas", np.arange(count), kind),
            "employer_code": employers.code_of(employers.draw(job, rng)),
            "township_code": pl.Series([t.code for t in profile.townships]).gather(township),
            "case_kind": texts(KINDS, kind),
            "is_wage_case": is_wage,
            "is_migrant_worker": rng.random(count) < cases.migrant_worker_share,
            "filed_day": filed,
            "workers_persons": workers,
            "claimed_fen": np.rint(claim / 1000).astype(np.int64) * 1000,
        }
    )


def _course(
    kind: Integers, filed: Integers, cases: CasesProfile, rng: np.random.Generator
) -> pl.DataFrame:
    """Draw when each case was accepted and closed: in time, late or never (`NO_DAY`)."""
    count = len(kind)
    accepted = filed + rng.integers(0, 6, count)
    is_extended = (MORE_DAYS[kind] > 0) & (rng.random(count) < cases.extended_share)
    limit = USUAL_DAYS[kind] + is_extended * MORE_DAYS[kind]
    # An extension is granted because the usual days were not enough.
    minimum = np.where(is_extended, USUAL_DAYS[kind], 1)
    in_time = minimum + (rng.random(count) * (limit - minimum + 1)).astype(np.int64)
    is_late = rng.random(count) >= cases.on_time_share
    days = np.where(is_late, limit + 1 + lags(count, 20, 120, rng), in_time)
    refused = rng.random(count) < cases.not_accepted_share
    never = refused | (rng.random(count) < cases.never_closed_share)
    begun = np.where(kind == MEDIATION, filed, accepted)
    withdrawn = rng.random(count) < WITHDRAWN_SHARE
    return pl.DataFrame(
        {
            "is_extended": is_extended & ~refused,
            "accepted_day": np.where(refused, NO_DAY, accepted),
            "closed_day": np.where(never, NO_DAY, np.maximum(accepted, begun + days)),
            "ending": np.where(never, OPEN, np.where(withdrawn, WITHDRAWN, kind)),
        }
    )


def _amounts(facts: pl.DataFrame, cases: CasesProfile, rng: np.random.Generator) -> pl.Series:
    """Draw the amount recovered for the workers by the end of the case, in fen."""
    is_recovered = rng.random(facts.height) < cases.recovered_share
    part = np.where(is_recovered, 1.0, rng.uniform(0, 0.7, facts.height))
    part = np.where((facts["ending"] == OPEN).to_numpy(), 0, part)
    recovered = facts["claimed_fen"].to_numpy() * part
    return pl.Series("recovered_at_end_fen", np.rint(recovered / 100).astype(np.int64) * 100)


def _revisions(facts: pl.DataFrame, calendar: Calendar, rng: np.random.Generator) -> pl.DataFrame:
    """Return the revisions of each case: one while it was open, one when it was closed."""
    count = facts.height
    filed, accepted, closed = (
        facts[name].to_numpy() for name in ("filed_day", "accepted_day", "closed_day")
    )
    begun = np.maximum(filed, accepted) + lags(count, 2, 7, rng)
    entered = np.maximum(closed + lags(count, 4, 20, rng), begun + 1)
    at_end = (closed != NO_DAY) & (rng.random(count) < RECORDED_AT_END_SHARE)
    # A case that would be recorded after the last day is recorded as open.
    at_end &= entered <= calendar.end_day
    is_open, is_closed = ~at_end, closed != NO_DAY
    return pl.concat(
        [
            _revision(facts, is_open, np.ones(count, dtype=np.int64), begun, calendar, rng),
            _revision(facts, is_closed, 2 - at_end, entered, calendar, rng),
        ]
    )


def _revision(
    facts: pl.DataFrame,
    chosen: Booleans,
    revision: Integers,
    day: Integers,
    calendar: Calendar,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return one revision of the chosen cases, as on that day, if recorded by the end."""
    closed = facts["closed_day"].to_numpy()
    is_over = (closed != NO_DAY) & (closed <= day)
    ending = np.where(is_over, facts["ending"].to_numpy(), OPEN)
    return facts.with_columns(
        revision=pl.Series(revision.astype(np.int64)),
        recorded_at=timestamps(moments(day, rng)),
        filed_date=dates(facts["filed_day"].to_numpy()),
        accepted_date=dates(facts["accepted_day"].to_numpy()),
        closed_date=dates(np.where(is_over, closed, NO_DAY)),
        outcome=texts(OUTCOMES, ending.astype(np.int64)),
        recovered_fen=pl.when(pl.Series(is_over)).then("recovered_at_end_fen").otherwise(0),
    ).filter(pl.Series(chosen & (day <= calendar.end_day)))
