"""The warehouse: connections, landing tables, the bookkeeping in `ops`, and its migrations."""

from livelihood.warehouse.connection import connect, engine, retrying
from livelihood.warehouse.migrate import ANALYST, CASEWORKER, migrate

__all__ = ["ANALYST", "CASEWORKER", "connect", "engine", "migrate", "retrying"]
