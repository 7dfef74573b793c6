"""Publication: an atomic, numbered, immutable release of a candidate that passed the gate."""

from livelihood.publish.candidate import CandidateStale
from livelihood.publish.comparison import MartChange
from livelihood.publish.exposure import Mart, MartColumn, load_marts
from livelihood.publish.history import MartDifference, diff_releases, list_releases
from livelihood.publish.release import Release, publish

__all__ = [
    "CandidateStale",
    "Mart",
    "MartChange",
    "MartColumn",
    "MartDifference",
    "Release",
    "diff_releases",
    "list_releases",
    "load_marts",
    "publish",
]
