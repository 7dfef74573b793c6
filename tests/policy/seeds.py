"""The registry's files as the rules about them read them: models by file, and names of rows."""

from __future__ import annotations

from collections.abc import Sequence

from livelihood import registry
from livelihood.registry.seeds import SeedRow, read_rows

MODELS: dict[str, type[SeedRow]] = {
    model.seed: model
    for model in vars(registry).values()
    if isinstance(model, type) and issubclass(model, SeedRow)
}


def seed(name: str) -> Sequence[SeedRow]:
    """Return the rows of a seed file; fail if it has none."""
    rows = read_rows(MODELS[name])
    assert rows, f"{name}.csv has no rows"
    return rows


def label(row: SeedRow) -> str:
    """Return the file and key of a row."""
    return f"{row.seed}.csv {'/'.join(str(getattr(row, column)) for column in row.key)}"
