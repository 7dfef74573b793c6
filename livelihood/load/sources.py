"""Check of the senders of a batch against the registry of sources.

A batch usually has one sender, so the registry is asked once for each distinct one. It guards
against mistakes, such as a second producer with a token key of its own, whose persons would count
as other people. It does not authenticate: any program that may write to the topic can name any
source.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping

import polars as pl
import psycopg

from livelihood.contracts import Contract
from livelihood.load.senders import ACCEPTED, FirstUse, Judgement, Sender, StreamRules
from livelihood.settings import Settings
from livelihood.warehouse import connect, raise_if_disconnected
from livelihood.warehouse.ledger import sources

logger = logging.getLogger(__name__)

# After so many refused senders, a load does not read the registry again.
MAX_REFUSED = 1_000

_JUDGEMENT_SCHEMA = {
    "reason": pl.String(),
    "untimely": pl.String(),
    "valid_from": pl.Datetime("us", "UTC"),
    "valid_to": pl.Datetime("us", "UTC"),
    "outside": pl.String(),
    "regions": pl.List(pl.String()),
}


class SourceCheck:
    """Check of the senders of a stream against the registry, as it is when a load begins.

    A sender that is not accepted makes it read the registry again, and register the sender if that
    is its first use.
    """

    def __init__(
        self, settings: Settings, contract: Contract, connection: psycopg.Connection
    ) -> None:
        self._settings = settings
        self._rules = StreamRules.of(contract)
        self._region = "township_code" if contract.is_counted else "region_code"
        self._registry = sources.read(connection)
        self._refused: set[Sender] = set()

    @property
    def latest_time(self) -> dt.datetime:
        """Return the latest time at which a record can have been written."""
        return dt.datetime.now(dt.UTC) + self._settings.future_tolerance

    def broken_rows(self, rows: pl.DataFrame) -> dict[int, list[str]]:
        """Return the reason of each row whose sender is not registered for it, by row number.

        The rows must meet the contract. Raises WarehouseUnavailable if the registry is needed again
        and PostgreSQL does not answer.
        """
        judgements = self._judge(_distinct(rows))
        refused = {sender for sender, judgement in judgements.items() if judgement.reason}
        if len(self._refused) < MAX_REFUSED and (new := refused - self._refused):
            self._read_again(sender for sender in judgements if sender in new)
            judgements = self._judge(judgements)
            self._refused |= {sender for sender in new if judgements[sender].reason}
        if all(judgement == ACCEPTED for judgement in judgements.values()):
            return {}
        return _reasons(rows, judgements, self._region)

    def _judge(self, senders: Iterable[Sender]) -> dict[Sender, Judgement]:
        return {sender: self._rules.judge(self._registry, sender) for sender in senders}

    def _read_again(self, senders: Iterable[Sender]) -> None:
        """Read the registry and register first uses, one process at a time."""
        with raise_if_disconnected("registry of sources"), connect(self._settings) as connection:
            sources.lock(connection)
            self._registry = sources.read(connection)
            for sender in senders:
                first_use = self._rules.first_use(self._registry, sender)
                if first_use and self._register(connection, sender, first_use):
                    self._registry = sources.read(connection)

    def _register(
        self, connection: psycopg.Connection, sender: Sender, first_use: FirstUse
    ) -> bool:
        """Register what a sender uses for the first time. Return whether anything was.

        The first key of a registered source is registered with any setting, because the
        operator has not named another.
        """
        name, stream = sender.source_system, self._rules.stream
        if first_use.is_new_stream and not self._settings.registers_first_use:
            return False
        if first_use.is_new_stream:
            sources.add(connection, name, streams=[stream], registered_by=sources.FIRST_USE)
        if first_use.is_first_key:
            sources.add_key(connection, *sender, registered_by=sources.FIRST_USE)
        if any(first_use):
            logger.info(
                "source %s registered at its first use: stream %s, token key version %d, "
                "fingerprint %s; see `livelihood source list`", name, stream,
                sender.token_key_version, sender.token_key_fingerprint or "unknown",
            )  # fmt: skip
        return any(first_use)


def _distinct(rows: pl.DataFrame) -> list[Sender]:
    """Return the senders of the rows in order; four times as fast if there is only one."""
    columns = rows.select(Sender._fields)
    if columns.is_empty():
        return []
    equals_first = [pl.col(name).eq_missing(pl.col(name).first()).all() for name in columns.columns]
    is_one = all(columns.select(equals_first).row(0))
    columns = columns.head(1) if is_one else columns.unique(maintain_order=True)
    return [Sender(*row) for row in columns.iter_rows()]


def _reasons(
    rows: pl.DataFrame, judgements: Mapping[Sender, Judgement], region: str
) -> dict[int, list[str]]:
    senders = pl.DataFrame(
        list(judgements), schema=rows.select(Sender._fields).schema, orient="row"
    )
    judged = pl.DataFrame(list(judgements.values()), schema=_JUDGEMENT_SCHEMA, orient="row")
    sent_at = pl.col("_produced_at")
    is_untimely = (sent_at < pl.col("valid_from")) | (sent_at >= pl.col("valid_to"))
    is_outside = ~pl.col(region).is_in(pl.col("regions"))
    table = rows.select(*Sender._fields, "_produced_at", region).join(
        senders.hstack(judged),
        on=Sender._fields,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    reasons = table.select(
        reason=pl.coalesce(
            pl.col("reason"),
            pl.when(is_untimely.fill_null(False)).then("untimely"),
            pl.when(is_outside.fill_null(False)).then("outside"),
        )
    )["reason"]
    return {index: [reasons[index]] for index in reasons.is_not_null().arg_true().to_list()}
