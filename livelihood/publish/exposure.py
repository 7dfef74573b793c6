"""The marts to publish: those of the dbt exposure, read from dbt's manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livelihood.errors import LivelihoodError
from livelihood.warehouse import ANALYST

EXPOSURE = "monitoring"


@dataclass(frozen=True)
class MartColumn:
    """A column as the mart's contract declares it."""

    name: str
    data_type: str
    description: str


@dataclass(frozen=True)
class Mart:
    """A published mart: its schema, its key, and the role that reads it."""

    name: str
    schema: str
    description: str
    columns: tuple[MartColumn, ...]
    key: tuple[str, ...]
    audience: str = ANALYST

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return all columns in declared order."""
        return tuple(column.name for column in self.columns)

    @property
    def value_names(self) -> tuple[str, ...]:
        """Return the columns that are not part of the key."""
        return tuple(name for name in self.column_names if name not in self.key)


def load_marts(manifest_path: Path, exposure: str = EXPOSURE) -> list[Mart]:
    """Return the marts of `exposure` by name. Raises LivelihoodError for an unusable manifest."""
    try:
        manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LivelihoodError(
            f"dbt's manifest {manifest_path.name} is missing: run `livelihood build` first"
        ) from error
    nodes = _exposed_nodes(manifest, exposure)
    return sorted((_mart(node) for node in nodes), key=lambda mart: mart.name)


def _exposed_nodes(manifest: dict[str, Any], exposure: str) -> list[dict[str, Any]]:
    for declared in manifest["exposures"].values():
        if declared["name"] == exposure:
            nodes = declared["depends_on"]["nodes"]
            return [manifest["nodes"][node] for node in nodes if node.startswith("model.")]
    raise LivelihoodError(
        f"the dbt project declares no exposure {exposure}: add it to models/exposures.yml"
    )


def _mart(node: dict[str, Any]) -> Mart:
    name = node.get("alias") or node["name"]
    columns = tuple(_column(name, column) for column in node["columns"].values())
    meta = node.get("config", {}).get("meta") or node.get("meta") or {}
    key = tuple(meta.get("key", ()))
    unknown = set(key) - {column.name for column in columns}
    if not key or unknown:
        raise LivelihoodError(
            f"the mart {name} is published but its config meta `key` "
            + (f"names unknown columns {sorted(unknown)}" if key else "is missing")
        )
    audience = str(meta.get("audience", ANALYST))
    return Mart(name, node["schema"], node.get("description") or "", columns, key, audience)


def _column(mart: str, column: dict[str, Any]) -> MartColumn:
    if not column.get("data_type"):
        raise LivelihoodError(
            f"column {column['name']} of the published mart {mart} declares no data_type"
        )
    return MartColumn(column["name"], column["data_type"], column.get("description") or "")
