"""The warehouse: connections, migrations, landing tables, and the ledger of what was done."""

from livelihood.warehouse.connection import (
    ANALYST,
    CASEWORKER,
    KEEPER,
    connect,
    engine,
    raise_if_disconnected,
    retrying,
)
from livelihood.warehouse.leases import lease
from livelihood.warehouse.migrate import migrate

__all__ = [
    "ANALYST",
    "CASEWORKER",
    "KEEPER",
    "connect",
    "engine",
    "lease",
    "migrate",
    "raise_if_disconnected",
    "retrying",
]
