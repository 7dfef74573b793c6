"""The warehouse: connections, landing tables, the bookkeeping in `ops`, and its migrations."""

from livelihood.warehouse.connection import connect, engine, retrying
from livelihood.warehouse.migrate import migrate

__all__ = ["connect", "engine", "migrate", "retrying"]
