"""The declaration of the stream `social_insurance`, and whom it insures."""

from __future__ import annotations

import polars as pl

from simulator.areas.area import Area
from simulator.records import FaultColumns
from simulator.streams.social_insurance.benefits import benefit_rows
from simulator.streams.social_insurance.contributions import contribution_rows
from simulator.streams.social_insurance.profile import InsuranceProfile
from simulator.streams.social_insurance.stock import stock_people
from simulator.streams.stream import Stream


def generate(area: Area) -> pl.DataFrame:
    """Return the raw records of all contributions and benefits recorded by the end."""
    stock = stock_people(area.residents, area.profile, area.generator("stock"))
    insured = pl.concat([area.residents, stock])
    return pl.concat([contribution_rows(area, insured), benefit_rows(area)])


STREAM = Stream(
    name="social_insurance",
    generate=generate,
    profile=InsuranceProfile,
    faults=FaultColumns(
        amounts=("contribution_paid_fen", "benefit_paid_fen"),
        dates=("period_month", "due_date", "paid_date"),
    ),
)
