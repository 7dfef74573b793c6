"""Publication: one atomic, numbered, never changed release of what the gate has let through."""

from livelihood.publish.exposure import Mart, MartColumn, load_marts
from livelihood.publish.release import CandidateStale, MartChange, Release, publish
from livelihood.publish.releases import ReleaseSummary, diff_releases, list_releases

__all__ = [
    "CandidateStale",
    "Mart",
    "MartChange",
    "MartColumn",
    "Release",
    "ReleaseSummary",
    "diff_releases",
    "list_releases",
    "load_marts",
    "publish",
]
