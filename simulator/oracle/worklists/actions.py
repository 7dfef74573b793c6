"""The expected action list: whom offices must act upon, computed without the platform."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from simulator.oracle.worklists import (
    employment,
    labour_case,
    social_insurance,
    training,
    wage_payment,
)
from simulator.oracle.worklists.monitor import ACTIONS, Monitor, Snapshot, Tokens, actions

MONITORS: tuple[Monitor, ...] = (
    *employment.MONITORS,
    *social_insurance.MONITORS,
    *wage_payment.MONITORS,
    *labour_case.MONITORS,
    *training.MONITORS,
)
ACTION_KEY = ("monitor_code", "region_code", "subject")


def expected_actions(
    rows: Mapping[str, pl.DataFrame],
    today: dt.date,
    tokens: Tokens,
    standards: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return all rows of the action list on a day from accepted raw records by stream.

    Columns: `ACTIONS`, sorted by `ACTION_KEY`. `tokens` creates the tokens that the records were
    sent with; `standards` replaces the table of the platform.
    """
    snapshot = Snapshot(rows, today, standards)
    parts = [actions(monitor, snapshot, tokens) for monitor in MONITORS]
    return pl.concat([pl.DataFrame(schema=ACTIONS), *parts]).sort(ACTION_KEY)
