"""The truth about whom offices have to act upon: the action list, apart from the platform."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from simulator.oracle.worklists import cases, employment, insurance, wages
from simulator.oracle.worklists.rows import ACTIONS, Monitor, Tokens, World, actions
from simulator.simulation import Simulation

MONITORS: tuple[Monitor, ...] = (
    *employment.MONITORS,
    *insurance.MONITORS,
    *wages.MONITORS,
    *cases.MONITORS,
)
ACTION_KEY = ("monitor_code", "region_code", "subject")


def true_actions(simulation: Simulation, today: dt.date, tokens: Tokens) -> pl.DataFrame:
    """All rows of the action list on a day, in the order of `ACTION_KEY`; columns: `ACTIONS`.

    `tokens` makes the tokens that the records were sent with.
    """
    rows = {stream: simulation.accepted(stream) for stream in simulation.frames}
    return actions_of(rows, today, tokens)


def actions_of(
    rows: Mapping[str, pl.DataFrame],
    today: dt.date,
    tokens: Tokens,
    standards: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The same from accepted raw rows by stream; `standards` as for `truth.truth_of`."""
    world = World(rows, today, standards)
    parts = [actions(monitor, world, tokens) for monitor in MONITORS]
    return pl.concat([pl.DataFrame(schema=ACTIONS), *parts]).sort(ACTION_KEY)
