"""Recovery of the store from the warehouse: after an upgrade, or on a new machine, it is empty."""

from __future__ import annotations

import polars as pl
import psycopg

from livelihood.contracts import Contract
from livelihood.contracts.validation import message_schema
from livelihood.settings import Settings
from livelihood.warehouse.landing import current_records
from producers.sent.segments import CONTENT_AT
from producers.sent.store import SentStore

CONNECT_TIMEOUT_SECONDS = 5


def recover(
    store: SentStore, settings: Settings, contract: Contract, source_system: str | None
) -> str | None:
    """Add the current records of a source system in the warehouse to a store, once.

    Return a sentence for the operator if the warehouse cannot be read.
    """
    if store.is_complete:
        return None
    problem = _copy(store, settings, contract, source_system)
    if problem is None:
        store.mark_complete()
        return None
    return (
        f"this machine does not know what was sent of {contract.name} before it had a store, and "
        f"{problem}: records that only an earlier version or another machine sent are not replaced"
    )


def _copy(
    store: SentStore, settings: Settings, contract: Contract, source_system: str | None
) -> str | None:
    """Copy the records, or return why that is not possible."""
    socket = settings.socket_directory / ".s.PGSQL.5432"
    if not settings.warehouse_url and not socket.exists():
        return "no warehouse runs here (`livelihood up`, or LIVELIHOOD_WAREHOUSE_URL)"
    try:
        with psycopg.connect(
            settings.database_url(), connect_timeout=CONNECT_TIMEOUT_SECONDS
        ) as connection:
            schema = message_schema(contract)
            batches = current_records(connection, contract, source_system)
            for number, batch in enumerate(batches):
                rows = pl.DataFrame(batch, schema=schema, orient="row")
                rows = rows.with_columns(pl.col("recorded_at").alias(CONTENT_AT))
                store.add(f"0-landed-{number:06d}", rows)
    except psycopg.errors.UndefinedTable:
        # Nothing was migrated, so nothing has landed.
        return None
    except psycopg.Error as error:
        return f"the warehouse cannot be read ({type(error).__name__})"
    return None
