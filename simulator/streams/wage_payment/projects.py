"""Construction and work-relief projects: contractor, township, months and quality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.areas.clock import Booleans, Calendar, Integers, Numbers
from simulator.profiles.profile import Profile
from simulator.streams.wage_payment.profile import WagesProfile

NO_PROJECT = -1
MIN_MONTHS, MAX_MONTHS = 5, 15


@dataclass
class Projects:
    """Projects as columns; `of` is the project by contractor, track and month."""

    of: Integers
    kind: Integers  # 0 construction, 1 work relief
    township: Integers
    is_registered: Booleans
    is_supervised: Booleans
    labour_share: Numbers  # of the investment, before the trend over the months

    def codes(self) -> list[str | None]:
        """Return the code of each project, and a null for `NO_PROJECT` at the end."""
        numbered = enumerate(self.kind)
        return [f"P-{'CR'[kind]}{number:04d}" for number, kind in numbered] + [None]

    def at(self, contractor: Integers, worker: Integers, month: Integers) -> Integers:
        """Return the projects of workers in months counted from the first wage month."""
        return np.asarray(self.of[contractor, worker % self.of.shape[1], month])


def create_projects(
    profile: Profile,
    calendar: Calendar,
    contractors: tuple[int, int],
    rng: np.random.Generator,
) -> Projects:
    """Create consecutive projects for construction and work-relief contractors."""
    tracks = profile.part(WagesProfile).projects_per_contractor
    months = calendar.months + 1
    of = np.zeros((sum(contractors), tracks, months), dtype=np.int64)
    kinds: list[int] = []
    for contractor in range(sum(contractors)):
        for track in range(tracks):
            _fill_track(of[contractor, track], kinds, int(contractor >= contractors[0]), rng)
    return _with_traits(profile, of, np.array(kinds, dtype=np.int64), rng)


def _fill_track(track: Integers, kinds: list[int], kind: int, rng: np.random.Generator) -> None:
    """Assign projects to the months of one track. The first one is under way."""
    month = -int(rng.integers(0, MIN_MONTHS))
    while month < len(track):
        length = int(rng.integers(MIN_MONTHS, MAX_MONTHS + 1))
        track[max(month, 0) : max(month + length, 0)] = len(kinds)
        kinds.append(kind)
        month += length


def _with_traits(
    profile: Profile, of: Integers, kind: Integers, rng: np.random.Generator
) -> Projects:
    wages, count = profile.part(WagesProfile), len(kind)
    relief = rng.normal(wages.labour_remuneration_share_at_start, 0.012, count)
    return Projects(
        of=of,
        kind=kind,
        township=rng.integers(0, len(profile.townships), count),
        is_registered=(kind == 1) | (rng.random(count) < wages.project_registered_share),
        is_supervised=(kind == 1) | (rng.random(count) < wages.supervised_account_share),
        labour_share=np.where(kind == 0, rng.uniform(0.24, 0.38, count), relief),
    )


def investments(
    projects: Projects,
    project: Integers,
    month: Integers,
    due_fen: Integers,
    trend: Numbers,
) -> Integers:
    """Return the investment (fen) of the project of each row: wages due over the labour share.

    `trend` is added to the share of work-relief projects, by month; 0 where there is no project.
    """
    months = int(month.max(initial=0)) + 1
    key = np.where(project == NO_PROJECT, 0, project) * months + month
    owed = np.bincount(
        key, np.where(project == NO_PROJECT, 0, due_fen), minlength=len(projects.kind) * months
    )
    share = projects.labour_share[:, None] + np.outer(projects.kind, trend[:months])
    whole_yuan = np.rint(owed / share.ravel() / 100).astype(np.int64) * 100
    return whole_yuan[key]
