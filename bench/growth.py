"""Makes a landed county larger inside the warehouse, by copies of its records in other names.

A fair base: a copy has the spells, households, payments and corrections of the county, so it is as
long, as wide and as unevenly spread; every token, record and project is its own, so nobody is
counted twice; and it lands by loads of its own after the others, so indexes look as they always do.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.types.json import Jsonb

from livelihood.contracts import Column, Contract, load_contracts
from livelihood.contracts.references import references
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.landing import landing_columns
from testkit.environment import COUNTY_END, COUNTY_START

OFFSETS_APART = 1_000_000_000
SIMULATED_MONTHS = (
    12 * (COUNTY_END.year - COUNTY_START.year) + COUNTY_END.month - COUNTY_START.month + 1
)
# Beside tokens: what would otherwise be one thing in several copies.
OWN_NAMES = ("record_id", "project_code", "voucher_code")


@dataclass(frozen=True)
class Twin:
    """A copy of the county: its number, how many months earlier it lies, and in which townships."""

    number: int
    months_earlier: int
    townships: dict[str, str]


def grow_by_regions(settings: Settings, times: int) -> None:
    """Make the base `times` as large by counties elsewhere, every other one in earlier months.

    The townships of the county itself keep the rows they have.
    """
    with connect(settings) as connection:
        own = _townships(connection)
        others = [code for code in references()["regions.region_code"] if code not in own]
        for number in range(1, times):
            first = (number - 1) // 2 * len(own)
            place = dict(zip(own, others[first : first + len(own)], strict=True))
            _copy(connection, Twin(number, SIMULATED_MONTHS * (number % 2), place))
    _analyze(settings)


def grow_by_rows(settings: Settings, times: int) -> None:
    """Make the base `times` as large by more people in the same townships and months."""
    with connect(settings) as connection:
        for number in range(1, times):
            _copy(connection, Twin(number, 0, {}))
    _analyze(settings)


def _townships(connection: psycopg.Connection) -> list[str]:
    found: set[str] = set()
    for contract in _counted():
        query = f"select distinct township_code from landing.{contract.name}"
        found |= {row[0] for row in connection.execute(query.encode())}
    return sorted(found)


def _counted() -> list[Contract]:
    """The streams whose records are counted; what offices report is not made more of."""
    return [
        contract
        for contract in load_contracts().values()
        if any(column.name == "township_code" for column in contract.columns)
    ]


def _copy(connection: psycopg.Connection, twin: Twin) -> None:
    """Land the county's own records once more, as one load a stream."""
    for contract in _counted():
        expressions = [_expression(column, twin) for column in contract.columns]
        provenance = [
            "_partition",
            f"_offset + {twin.number * OFFSETS_APART}",
            "_produced_at",
            "%(load_id)s",
        ]
        load_id = connection.execute("select nextval('ops.load_id')").fetchone()
        values = {"townships": Jsonb(twin.townships), "load_id": load_id and load_id[0]}
        copied = connection.execute(
            f"insert into landing.{contract.name} ({', '.join(landing_columns(contract))})"
            f" select {', '.join(expressions + provenance)} from landing.{contract.name}"
            f" where _offset < {OFFSETS_APART}".encode(),
            values,
        ).rowcount
        connection.execute(
            "insert into ops.load (load_id, stream, kind, started_at, records, rejected,"
            " from_offsets, to_offsets) values (%s, %s, 'load', clock_timestamp(), %s, 0, '{}',"
            " '{}')",
            [values["load_id"], contract.name, copied],
        )


def _expression(column: Column, twin: Twin) -> str:
    """The column's value in the copy, as SQL."""
    name = column.name
    if name == "township_code":
        return f"coalesce(%(townships)s::jsonb ->> {name}, {name})"
    if name in OWN_NAMES:
        return f"{name} || '-{twin.number}'"
    if name.endswith("_token"):
        return f"md5({name} || '-{twin.number}')"
    if column.logical_type in ("date", "timestamp") and twin.months_earlier:
        shifted = f"{name} - interval '{twin.months_earlier} months'"
        return f"({shifted})::{column.physical_type}"
    return name


def _analyze(settings: Settings) -> None:
    with connect(settings, autocommit=True) as connection:
        connection.execute("vacuum analyze")
