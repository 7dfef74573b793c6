"""The warehouse: connections, landing tables, the bookkeeping in `ops`, and its migrations."""

from livelihood.warehouse.connection import connect, engine, losing, retrying
from livelihood.warehouse.migrate import ANALYST, CASEWORKER, migrate

__all__ = ["ANALYST", "CASEWORKER", "connect", "engine", "losing", "migrate", "retrying"]
