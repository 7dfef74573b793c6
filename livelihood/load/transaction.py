"""The transaction of a load: rows, rejects, and offsets, which move by compare-and-set."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field, replace

import polars as pl
import psycopg
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import sql

from livelihood.contracts import Contract
from livelihood.errors import LoadFenced
from livelihood.load.batch import ValidatedBatch, rejects_of
from livelihood.load.quota import Quota
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.landing import landing_columns
from livelihood.warehouse.leases import POLL_SECONDS, holders
from livelihood.warehouse.ledger import loads, offsets


def wait_for_loads(settings: Settings, seconds: float) -> bool:
    """Wait until no stream is being loaded, at most `seconds`. Return whether none is."""
    deadline = time.monotonic() + seconds
    with connect(settings, autocommit=True) as connection:
        while is_busy := bool(holders(connection, "load")):
            if time.monotonic() >= deadline:
                break
            time.sleep(POLL_SECONDS)
    return not is_busy


@dataclass
class Load:
    """An open load and what it has written. Nothing is visible before `finish` and the commit.

    The caller holds the lease of the stream.
    """

    connection: psycopg.Connection
    contract: Contract
    start: dict[int, int]
    kind: str = "load"
    quota: Quota | None = None
    load_id: int = 0
    records: int = 0
    rejected: int = 0
    overflowed: int = 0
    position: dict[int, int] = field(default_factory=dict)
    started_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def __post_init__(self) -> None:
        self._ensure_not_overtaken()
        self.load_id = loads.next_id(self.connection)
        self.position = dict(self.start)

    @property
    def messages(self) -> int:
        """Messages that the load has processed."""
        return self.records + self.rejected + self.overflowed

    def write(self, batch: ValidatedBatch) -> None:
        """Add a batch to the load.

        Raises `QuarantineFull` if the rejects exceed the stream's limit.
        """
        batch = self.write_rows(batch)
        rejects = batch.rejects if self.quota is None else self.quota.admit(batch.rejects)
        copy_rejects(self.connection, self.contract.name, rejects, self.load_id)
        self.rejected += rejects.height
        self.overflowed += batch.rejects.height - rejects.height

    def write_rows(self, batch: ValidatedBatch) -> ValidatedBatch:
        """Add only the rows of a batch. Return it with those that PostgreSQL refused as rejects."""
        batch = self._copy_accepted(batch)
        self.records += batch.rows.height
        self.position.update(batch.next_offsets)
        return batch

    def finish(self, topic_id: str) -> None:
        """Record the load and advance the offsets. Raises `LoadFenced` if they have moved."""
        loads.record(
            self.connection,
            self.load_id,
            self.contract.name,
            self.kind,
            started_at=self.started_at,
            records=self.records,
            rejected=self.rejected,
            overflowed=self.overflowed,
            from_offsets=self.start,
            to_offsets=self.position,
        )
        if self.quota is not None:
            self.quota.record(self.load_id)
        for partition, expected in self.start.items():
            offset = offsets.StreamOffset(self.contract.name, partition, expected, topic_id)
            if not offsets.advance(self.connection, offset, self.position[partition]):
                raise self._fenced(partition, expected)

    def _copy_accepted(self, batch: ValidatedBatch) -> ValidatedBatch:
        try:
            self._copy_rows(batch.rows)
        except psycopg.errors.InvalidBinaryRepresentation:
            raise  # the table's columns have other types
        except psycopg.DataError as error:
            refused = self._bisect(batch.rows)
            if refused.height == batch.rows.height > 1:
                raise
            return _with_refused(batch, refused, type(error).__name__)
        return batch

    def _copy_rows(self, rows: pl.DataFrame) -> None:
        with self.connection.transaction():
            copy_rows(self.connection, self.contract, rows, self.load_id)

    def _bisect(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Copy rows and return those that PostgreSQL refuses because of a value."""
        try:
            self._copy_rows(rows)
        except psycopg.DataError:
            if rows.height == 1:
                return rows
            middle = rows.height // 2
            return pl.concat([self._bisect(rows[:middle]), self._bisect(rows[middle:])])
        return rows.clear()

    def _ensure_not_overtaken(self) -> None:
        """Raise `LoadFenced` if another loader has committed since this one read its offsets."""
        for _, partition, next_offset, _ in offsets.read(self.connection, self.contract.name):
            if self.start.get(partition, next_offset) != next_offset:
                raise self._fenced(partition, self.start[partition])

    def _fenced(self, partition: int, expected: int) -> LoadFenced:
        return LoadFenced(
            f"stream {self.contract.name}, partition {partition}: offset {expected} was moved "
            "by another loader; this load was rolled back, nothing was written twice"
        )


def _with_refused(batch: ValidatedBatch, refused: pl.DataFrame, error: str) -> ValidatedBatch:
    position = ["_partition", "_offset"]
    positions = set(refused.select(position).rows())
    messages = batch.messages
    reason = [f"undecodable: row: PostgreSQL refuses a value ({error})"]
    reasons = {
        index: reason
        for index, at in enumerate(zip(messages.partitions, messages.offsets, strict=True))
        if at in positions
    }
    return replace(
        batch,
        rows=batch.rows.join(refused, on=position, how="anti", maintain_order="left"),
        rejects=pl.concat([batch.rejects, rejects_of(messages, reasons)]),
    )


def copy_rows(
    connection: psycopg.Connection, contract: Contract, rows: pl.DataFrame, load_id: int
) -> None:
    """Copy rows into the landing table as part of the open transaction."""
    if rows.is_empty():
        return
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier("landing", contract.name),
        sql.SQL(", ").join(map(sql.Identifier, landing_columns(contract))),
    )
    _copy(
        connection,
        statement,
        rows.with_columns(_load_id=pl.lit(load_id, dtype=pl.Int64)),
        pl.CompatLevel.newest(),
    )


def copy_rejects(
    connection: psycopg.Connection, stream: str, rejects: pl.DataFrame, load_id: int
) -> None:
    """Copy rejects into quarantine as part of the open transaction."""
    if rejects.is_empty():
        return
    quarantined = rejects.with_columns(
        stream=pl.lit(stream), load_id=pl.lit(load_id, dtype=pl.Int64)
    )
    statement = sql.SQL("copy ops.quarantine ({}) from stdin (format binary)").format(
        sql.SQL(", ").join(map(sql.Identifier, quarantined.columns))
    )
    # pgpq cannot encode bytes in Arrow's newest layout.
    _copy(connection, statement, quarantined, pl.CompatLevel.oldest())


def _copy(
    connection: psycopg.Connection,
    statement: sql.Composed,
    frame: pl.DataFrame,
    layout: pl.CompatLevel,
) -> None:
    table = frame.to_arrow(compat_level=layout)
    encoder = ArrowToPostgresBinaryEncoder(table.schema)
    with connection.cursor().copy(statement) as copy:
        copy.write(encoder.write_header())
        for part in table.to_batches():
            copy.write(encoder.write_batch(part))
        copy.write(encoder.finish())
