"""The plan of an import: the spool, with notes and questions for the operator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import polars as pl

from livelihood.contracts.references import references
from livelihood.settings import TIME_ZONE, Settings
from producers.encoder import RecordEncoder
from producers.errors import ImportRefused
from producers.planning.export import Export
from producers.planning.repeats import settle_repeats
from producers.planning.spool import WITHDRAWALS, Spool, fill
from producers.planning.withdrawals import (
    Withdrawals,
    find_withdrawals,
    scope_columns,
    withdrawal_rows,
)
from producers.record_ids import IdOrigin, RecordIds, record_tokeniser
from producers.rejects import Reject
from producers.sent import SentStore
from producers.tokens import tokeniser

MAX_NAMED_IDS = 10


@dataclass(frozen=True)
class Confirmations:
    """What the operator has agreed to."""

    withdrawals: bool = False
    older: bool = False


@dataclass(frozen=True)
class Plan:
    """Numbers of rows to send and of records to withdraw, and sentences for the operator."""

    rows: int
    withdrawn: int
    notes: tuple[str, ...]


def plan(
    settings: Settings,
    export: Export,
    store: SentStore,
    spool: Spool,
    reject: Callable[[list[Reject]], None],
    confirmed: Confirmations,
) -> Plan:
    """Fill the spool with all that the import sends.

    Raises ImportRefused if it would withdraw many records, or replace records by older content,
    and that is not confirmed.
    """
    contract, mapping = export.contract, export.mapping
    # The record key is read first: it may be a copy of a token key that is replaced by now.
    keyed = record_tokeniser(settings)
    ids = RecordIds(contract, mapping, export.source, export.source_system, keyed)
    allowed = references()
    encoder = RecordEncoder(contract, tokeniser(settings), settings.token_key_version, allowed)
    rejected = _Counted(reject)
    filled = fill(spool, export, ids, encoder, rejected)
    shrunk, repeats = settle_repeats(spool, contract, scope_columns(contract, mapping.sum), allowed)
    rejected(repeats)
    withdrawals = find_withdrawals(
        store, spool.windows, export, ids.origin, has_own_times=filled.has_own_times
    )
    notes = list(_notes(withdrawals, export, ids.origin, rejected.count))
    if rejected.count:
        # The record of a rejected row is not absent.
        withdrawals = replace(withdrawals, absent=withdrawals.absent.clear())
    _check(withdrawals, export, confirmed)
    withdrawn = spool.write(
        WITHDRAWALS, withdrawal_rows(store, withdrawals, export.recorded_at, contract.version)
    )
    return Plan(filled.rows - shrunk, withdrawn, tuple(notes))


class _Counted:
    """A function that takes rejects, and their number so far."""

    def __init__(self, reject: Callable[[list[Reject]], None]) -> None:
        self._reject = reject
        self.count = 0

    def __call__(self, rejects: list[Reject]) -> None:
        self._reject(rejects)
        self.count += len(rejects)


def _check(withdrawals: Withdrawals, export: Export, confirmed: Confirmations) -> None:
    absent = withdrawals.absent
    if withdrawals.needs_confirmation and not confirmed.withdrawals:
        raise ImportRefused(
            f"{export.source.name} no longer contains {absent.height} of "
            f"{withdrawals.scope_records} records for which the mapping calls it complete "
            f"({', '.join(export.mapping.complete_for)}): send the complete export, or confirm "
            f"with --confirm-withdrawals. Record ids: {_named(absent)}"
        )
    if withdrawals.older and not export.has_stated_time and not confirmed.older:
        raise ImportRefused(
            f"{export.source.name} was written at {_time(export.content_at)}, and would replace "
            f"{withdrawals.older} records that were sent from newer content: send the newer "
            "export, state the time of this one with --exported-at, or confirm with "
            "--confirm-older"
        )


def _notes(
    withdrawals: Withdrawals, export: Export, origin: IdOrigin, rejects: int
) -> Iterator[str]:
    moved, replaced, absent = withdrawals.moved, withdrawals.replaced, withdrawals.absent
    if moved.height:
        yield f"{moved.height} records move to another {export.contract.entity_key}"
    if replaced.height:
        yield f"{replaced.height} records with other record ids are replaced: {_named(replaced)}"
    if absent.height and rejects:
        yield (
            f"{absent.height} records that the export does not contain stay, because rows of it "
            "were rejected: correct the rows and send again"
        )
    elif absent.height:
        yield (
            f"{absent.height} of {withdrawals.scope_records} records that the export no longer "
            f"contains are withdrawn: {_named(absent)}"
        )
    if withdrawals.newer:
        yield f"{withdrawals.newer} records stay, because newer ones were sent"
    if origin == IdOrigin.ROW_NUMBER:
        yield (
            f"nothing identifies the rows of {export.source.name}, so another export of the same "
            "facts would count them again: name the columns of their key in the mapping (`key`), "
            "or the column of a record_id"
        )


def _named(records: pl.DataFrame) -> str:
    ids = records["record_id"].head(MAX_NAMED_IDS).to_list()
    return ", ".join(ids) + (" …" if records.height > MAX_NAMED_IDS else "")


def _time(moment: dt.datetime) -> str:
    return f"{moment.astimezone(TIME_ZONE):%Y-%m-%d %H:%M}"
