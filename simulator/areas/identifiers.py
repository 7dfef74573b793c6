"""Synthetic identity numbers and employer codes with valid check characters.

Citizen identity numbers follow GB 11643, with a check character by ISO 7064 MOD 11-2. Unified
social credit codes follow GB 32100 (modulus 31, weights that are powers of 3) and contain an
organisation code with its own check character (GB 11714, modulus 11).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.errors import SourceError

Integers = NDArray[np.int64]

# Persons of one day and place are numbered from 001; 900 and above marks an invented person.
FIRST_SEQUENCE = 900

_IDENTITY_WEIGHTS = tuple(pow(2, 17 - position, 11) for position in range(17))
_IDENTITY_CHECKS = np.array(list("10X98765432"))
_EMPLOYER_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_EMPLOYER_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def identity_numbers(region_codes: Integers, birth_days: NDArray[Any]) -> pl.Series:
    """Return identity numbers for six-digit region codes and birth dates (datetime64[D]).

    Raises `SourceError` if more than a hundred persons share a region and a birth date.
    """
    months = birth_days.astype("datetime64[M]")
    years = birth_days.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (birth_days - months.astype("datetime64[D]")).astype(np.int64) + 1
    stem = region_codes * 100_000_000 + years * 10_000 + month * 100 + day
    body = stem * 1000 + FIRST_SEQUENCE + _rank_within(stem)
    weighted = sum(
        body // 10 ** (16 - position) % 10 * weight
        for position, weight in enumerate(_IDENTITY_WEIGHTS)
    )
    checks = pl.Series(_IDENTITY_CHECKS[np.asarray(weighted) % 11])
    return (pl.Series(body).cast(pl.String) + checks).alias("identity_number")


def _rank_within(groups: Integers) -> Integers:
    """Enumerate the elements 0, 1, 2 … within each group of equal values, in their order."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[starts, len(groups)])
    if lengths.max(initial=0) > 1000 - FIRST_SEQUENCE:
        raise SourceError("the profile puts over a hundred people on one birth date: spread ages")
    rank = np.empty(len(groups), dtype=np.int64)
    rank[order] = np.arange(len(groups)) - np.repeat(starts, lengths)
    return rank


def employer_code(region_code: str, number: int) -> str:
    """Return the unified social credit code of an invented organisation, marked by MAX."""
    organisation = f"MAX{number:05d}"
    total = sum(
        _ORGANISATION_ALPHABET.index(letter) * weight
        for letter, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)
    )
    check = "0123456789X0"[(11 - total % 11)]
    body = f"91{region_code}{organisation}{check}"
    total = sum(
        _EMPLOYER_ALPHABET.index(letter) * weight
        for letter, weight in zip(body, _EMPLOYER_WEIGHTS, strict=True)
    )
    return body + _EMPLOYER_ALPHABET[(31 - total) % 31]


def with_wrong_check_digit(identity_number: pl.Expr) -> pl.Expr:
    """Replace the check character of identity numbers by the next one."""
    right = [str(digit) for digit in range(10)] + ["X"]
    wrong = [*right[1:], "0"]
    check = identity_number.str.slice(17, 1).replace_strict(right, wrong)
    return identity_number.str.slice(0, 17) + check
