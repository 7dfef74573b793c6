"""The declaration of the stream `wage_payment`, and who is paid in it."""

from __future__ import annotations

import polars as pl

from simulator.areas.area import Area
from simulator.records import FaultColumns
from simulator.streams.stream import Stream
from simulator.streams.wage_payment.outsiders import outside_spells, outside_workers
from simulator.streams.wage_payment.profile import WagesProfile
from simulator.streams.wage_payment.wages import wage_rows


def generate(area: Area) -> pl.DataFrame:
    """Return the raw records of all payrolls recorded by the end."""
    rng = area.generator("outsiders")
    outsiders = outside_workers(area.profile, rng)
    residents = area.residents.select(outsiders.columns)
    workers = pl.concat(
        [
            residents.with_columns(is_local=pl.lit(value=True)),
            outsiders.with_columns(is_local=pl.lit(value=False)),
        ]
    )
    outsider_spells = outside_spells(
        len(area.people), area.profile, area.calendar, area.employers, rng
    )
    posts = pl.concat([area.spells.select(outsider_spells.columns), outsider_spells])
    return wage_rows(area, posts, workers)


STREAM = Stream(
    name="wage_payment",
    generate=generate,
    profile=WagesProfile,
    faults=FaultColumns(amounts=("amount_paid_fen",)),
)
