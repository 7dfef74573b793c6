"""The upper limit of loading: plain COPY of a prepared CSV file into the same kind of table."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.measurements import timed
from livelihood.contracts import load_contract
from livelihood.contracts.references import references
from livelihood.kafka import read_batches
from livelihood.load.batch import validate_batch
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.landing import landing_columns
from testkit.topics import OffsetRange

CHUNK_BYTES = 1 << 20


def write_csv(settings: Settings, offsets: OffsetRange, path: Path) -> int:
    """Write the rows a loader would copy from the offsets, in the same order. Return how many."""
    contract, codes, count = load_contract(offsets.stream), references(), 0
    with path.open("wb") as file:
        for batch in read_batches(settings, contract, offsets.start, offsets.end):
            rows = validate_batch(batch, contract, codes).rows.with_columns(_load_id=pl.lit(1))
            rows.select(landing_columns(contract)).write_csv(file, include_header=False)
            count += rows.height
    return count


def create_table(settings: Settings, stream: str) -> None:
    """Create a table like the landing table, with its indexes."""
    with connect(settings) as connection:
        connection.execute("create schema if not exists bench")
        connection.execute(f"drop table if exists bench.{stream}".encode())
        connection.execute(
            f"create table bench.{stream} (like landing.{stream} including all)".encode()
        )


def copy_seconds(settings: Settings, stream: str, path: Path) -> float:
    """Empty the table. Return the seconds of COPY and commit into it."""
    with connect(settings) as connection:
        connection.execute(f"truncate bench.{stream}".encode())
    return timed(lambda: _copy(settings, stream, path))[0]


def _copy(settings: Settings, stream: str, path: Path) -> None:
    columns = ", ".join(landing_columns(load_contract(stream)))
    statement = f"copy bench.{stream} ({columns}) from stdin (format csv)".encode()
    with (
        connect(settings) as connection,
        path.open("rb") as file,
        connection.cursor().copy(statement) as copy,
    ):
        while chunk := file.read(CHUNK_BYTES):
            copy.write(chunk)
