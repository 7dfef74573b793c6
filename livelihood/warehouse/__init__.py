"""The warehouse: connections, migrations, landing tables, and the ledger of what was done."""

from livelihood.warehouse.connection import connect, engine, raise_if_disconnected, retrying
from livelihood.warehouse.migrate import ANALYST, CASEWORKER, migrate

__all__ = [
    "ANALYST",
    "CASEWORKER",
    "connect",
    "engine",
    "migrate",
    "raise_if_disconnected",
    "retrying",
]
