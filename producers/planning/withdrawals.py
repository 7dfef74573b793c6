"""Records that an import withdraws, because it replaces them or no longer contains them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from livelihood.contracts import Contract
from livelihood.contracts.validation import message_schema
from producers.planning.export import Export
from producers.record_ids import ROW_NUMBERED_ID, IdOrigin
from producers.sent import SentStore
from producers.sent.segments import CONTENT_AT, read_segments
from producers.sources.mapping import raw_name

# Withdrawals of absent records that need no confirmation: this share of the scope, or this number.
MAX_ABSENT_SHARE = 0.2
MAX_ABSENT_RECORDS = 5
# File systems store times of files with a resolution of up to two seconds (FAT).
FILE_TIME_RESOLUTION = dt.timedelta(seconds=2)
_IDS = ("source_system", "record_id")


@dataclass(frozen=True)
class Withdrawals:
    """Records to withdraw, by the reason, with their identity.

    `scope_records` counts the records of the scope for which the export is complete, `older` those
    that older content would replace, `newer` those that a later time protects from the export.
    """

    moved: pl.DataFrame
    replaced: pl.DataFrame
    absent: pl.DataFrame
    scope_records: int
    older: int
    newer: int

    @property
    def needs_confirmation(self) -> bool:
        """Whether more records are absent than an export usually loses."""
        count = self.absent.height
        return count > MAX_ABSENT_RECORDS and count > MAX_ABSENT_SHARE * self.scope_records


def find_withdrawals(
    store: SentStore,
    windows: Sequence[Path],
    export: Export,
    origin: IdOrigin,
    *,
    has_own_times: bool = False,
) -> Withdrawals:
    """Compare the rows of an import with what was sent before.

    A record is withdrawn if its id now belongs to another entity (`moved`), if it has another id
    than a row with the same business key (`replaced`), or if the mapping declares a scope that
    contains the record and not a row (`absent`). Records of a later time stay.
    """
    contract = export.contract
    scope = scope_columns(contract, export.mapping.complete_for)
    key = ("source_system", *contract.business_key)
    columns = list(dict.fromkeys((*key, *scope)))
    sent = store.current(columns)
    rows = read_segments(windows, _schema(contract, (*store.identity, *columns)))
    earlier = sent.filter(pl.col("recorded_at") < export.recorded_at)
    sent_again = earlier.join(rows, on=_IDS, how="semi")
    not_sent_again = earlier.join(rows, on=_IDS, how="anti")
    moved = sent_again.join(rows, on=store.identity, how="anti")
    replaced = not_sent_again.clear()
    if contract.business_key and origin != IdOrigin.ROW_NUMBER:
        replaced = _replaceable(not_sent_again, origin).join(
            rows, on=key, how="semi", nulls_equal=True
        )
    absent, scope_records = not_sent_again.clear(), 0
    if scope:
        complete_for = ("source_system", *scope)
        in_scope = earlier.join(rows, on=complete_for, how="semi", nulls_equal=True)
        scope_records = in_scope.height
        absent = in_scope.join(rows, on=_IDS, how="anti").join(
            replaced, on=store.identity, how="anti"
        )
    replacing = absent if has_own_times else pl.concat([sent_again, replaced, absent])
    older = replacing.filter(pl.col(CONTENT_AT) > export.content_at + FILE_TIME_RESOLUTION).height
    newer = sent.join(rows, on=_IDS, how="semi").height - sent_again.height
    return Withdrawals(moved, replaced, absent, scope_records, older, newer)


def scope_columns(contract: Contract, names: Sequence[str]) -> tuple[str, ...]:
    """Return the contract's columns for raw names, such as `employer_token` for its code."""
    columns = {raw_name(column): column.name for column in contract.columns}
    return tuple(columns[name] for name in names)


def _schema(contract: Contract, names: Sequence[str]) -> pl.Schema:
    types = message_schema(contract)
    return pl.Schema({name: types[name] for name in names})


def _replaceable(records: pl.DataFrame, origin: IdOrigin) -> pl.DataFrame:
    """Return the records that a row with the same business key replaces.

    An id from the business key is the only one of its fact. Any other key may distinguish more
    facts than the business key does, so that only ids of row numbers are replaced.
    """
    if origin == IdOrigin.BUSINESS_KEY:
        return records
    return records.filter(pl.col("record_id").str.contains(ROW_NUMBERED_ID))


def withdrawal_rows(
    store: SentStore, withdrawals: Withdrawals, recorded_at: dt.datetime, version: str
) -> pl.DataFrame:
    """Return the rows that withdraw the records: their newest version, at the export's time."""
    parts = (withdrawals.moved, withdrawals.replaced, withdrawals.absent)
    identities = pl.concat([part.select(store.identity) for part in parts]).unique()
    return store.rows(identities).with_columns(
        operation=pl.lit("withdraw"),
        recorded_at=pl.lit(recorded_at, pl.Datetime("us", "UTC")),
        contract_version=pl.lit(version),
    )
