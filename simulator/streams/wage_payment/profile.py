"""The part of a profile for wages."""

from __future__ import annotations

import datetime as dt
from typing import Self

from simulator.profiles.part import Share, StreamPart


class WagesProfile(StreamPart):
    """Wages, projects and faults of construction sites."""

    key = "wages"

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

    def scaled(self, fraction: float) -> Self:
        """Return the part with fewer workers from outside."""
        return self.times(fraction, "outside_workers")
