"""The declaration of a stream: its part of a profile, its records, and what faults may change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from simulator.areas.area import Area
from simulator.profiles.part import StreamPart
from simulator.records import FaultColumns

NO_COLUMNS = FaultColumns()


@dataclass(frozen=True)
class Stream:
    """A stream as its module declares it, in a constant `STREAM`.

    `generate` returns good raw records of an area (see `records.raw_records`). A stream that
    reports values of indicators has `report` instead, which also gets the values of `indicators`
    as the oracle computes them from the accepted records of the other streams.
    """

    name: str
    generate: Callable[[Area], pl.DataFrame] | None = None
    report: Callable[[Area, pl.DataFrame], pl.DataFrame] | None = None
    indicators: frozenset[str] = frozenset()
    profile: type[StreamPart] | None = None
    faults: FaultColumns = NO_COLUMNS
