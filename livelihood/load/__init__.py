"""Load: Kafka to landing and quarantine; rows, rejects and offsets in one transaction.

Names are imported on first use (PEP 562): `livelihood.load.backlog`, which status asks, needs
neither Polars nor Arrow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihood.load.loader import LoadReport, load
    from livelihood.load.quarantine import replay
    from livelihood.load.transaction import wait_for_loads

__all__ = ["LoadReport", "load", "replay", "wait_for_loads"]

_MODULES = {
    "LoadReport": "loader",
    "load": "loader",
    "replay": "quarantine",
    "wait_for_loads": "transaction",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any name of this package
    if name not in _MODULES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
