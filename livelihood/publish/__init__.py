"""Publication: one atomic, numbered, never changed release of what the gate has let through."""

from livelihood.publish.candidate import CandidateStale
from livelihood.publish.comparison import MartChange
from livelihood.publish.exposure import Mart, MartColumn, load_marts
from livelihood.publish.history import MartDifference, ReleaseSummary, diff_releases, list_releases
from livelihood.publish.release import Release, publish

__all__ = [
    "CandidateStale",
    "Mart",
    "MartChange",
    "MartColumn",
    "MartDifference",
    "Release",
    "ReleaseSummary",
    "diff_releases",
    "list_releases",
    "load_marts",
    "publish",
]
