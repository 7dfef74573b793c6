"""The declaration of what the oracle computes from one stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from simulator.oracle.aggregates import Indicator
from simulator.oracle.inputs import OracleInput


@dataclass(frozen=True)
class StreamOracle:
    """Indicators of a stream, as its module declares them in a constant `ORACLE`.

    `components` computes their numerators and denominators by township (`aggregates.COMPONENTS`).
    """

    stream: str
    indicators: tuple[Indicator, ...]
    components: Callable[[OracleInput], pl.DataFrame]
