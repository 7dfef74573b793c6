"""Enlarges a landed county inside the warehouse, by copies of its records under other names.

A copy has the spells, households, payments and corrections of the county, so its rows have the same
size and distribution. Tokens, records and projects of a copy are its own, so no person is counted
twice. A copy lands by separate loads, so indexes have their usual form.
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
from testkit.databases import vacuum
from testkit.environment import COUNTY_END, COUNTY_START

OFFSETS_APART = 1_000_000_000
SIMULATED_MONTHS = (
    12 * (COUNTY_END.year - COUNTY_START.year) + COUNTY_END.month - COUNTY_START.month + 1
)
# Columns that, like tokens, must differ between copies.
IDENTIFIERS = ("record_id", "project_code", "voucher_code", "loan_code")


@dataclass(frozen=True)
class CountyCopy:
    """A copy of the county: its number, its shift in months, and its code for each township."""

    number: int
    months_earlier: int
    townships: dict[str, str]


def grow_by_regions(settings: Settings, times: int) -> None:
    """Enlarge the base `times` by copies in other townships, every other one in earlier months.

    The townships of the county itself have the same rows as before.
    """
    with connect(settings) as connection:
        county = _townships(connection)
        other_codes = [code for code in references()["regions.region_code"] if code not in county]
        for number in range(1, times):
            first = (number - 1) // 2 * len(county)
            townships = dict(zip(county, other_codes[first : first + len(county)], strict=True))
            _copy(connection, CountyCopy(number, SIMULATED_MONTHS * (number % 2), townships))
    vacuum(settings)


def grow_by_rows(settings: Settings, times: int) -> None:
    """Enlarge the base `times` by more people in the same townships and months."""
    with connect(settings) as connection:
        for number in range(1, times):
            _copy(connection, CountyCopy(number, 0, {}))
    vacuum(settings)


def _townships(connection: psycopg.Connection) -> list[str]:
    codes: set[str] = set()
    for contract in _counted():
        query = f"select distinct township_code from landing.{contract.name}"
        codes |= {row[0] for row in connection.execute(query.encode())}
    return sorted(codes)


def _counted() -> list[Contract]:
    """Return the streams whose records are counted; reports of offices are not copied."""
    return [
        contract
        for contract in load_contracts().values()
        if any(column.name == "township_code" for column in contract.columns)
    ]


def _copy(connection: psycopg.Connection, copy: CountyCopy) -> None:
    """Land copies of the county's records, as one load for each stream."""
    for contract in _counted():
        expressions = [_expression(column, copy) for column in contract.columns]
        provenance = [
            "_partition",
            f"_offset + {copy.number * OFFSETS_APART}",
            "_produced_at",
            "%(load_id)s",
        ]
        load_id = connection.execute("select nextval('ops.load_id')").fetchone()
        values = {"townships": Jsonb(copy.townships), "load_id": load_id and load_id[0]}
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


def _expression(column: Column, copy: CountyCopy) -> str:
    """Return the column's value in the copy, as SQL."""
    name = column.name
    if name == "township_code":
        return f"coalesce(%(townships)s::jsonb ->> {name}, {name})"
    if name in IDENTIFIERS:
        return f"{name} || '-{copy.number}'"
    if name.endswith("_token"):
        return f"md5({name} || '-{copy.number}')"
    if column.logical_type in ("date", "timestamp") and copy.months_earlier:
        shifted = f"{name} - interval '{copy.months_earlier} months'"
        return f"({shifted})::{column.physical_type}"
    return name
