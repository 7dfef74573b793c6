"""dbt models for policy tests: rendered without dbt and without a warehouse."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from livelihood.settings import ROOT

PROJECT = ROOT / "dbt_project"
# Macros that only write SQL; all others render as "true".
MACROS = (
    "changed_months.sql",
    "measure.sql",
    "measure_rows.sql",
    "streams.sql",
    "current_records.sql",
    "record_revisions.sql",
    "reused_record_ids.sql",
    "monitors.sql",
    "worklists.sql",
)
MEASURE = re.compile(r"\bas (\w+?)__(\w+)\b")


class _Answered(jinja2.ChainableUndefined):
    """An undefined name: a function that returns "true"."""

    # The overridden method always raises, and its type declares that.
    def __call__(self, *_arguments: Any, **_options: Any) -> str:  # type: ignore[override]
        return "true"


class Model:
    """The SQL text of a model, with the models it reads."""

    def __init__(self, path: Path) -> None:
        environment = jinja2.Environment(undefined=_Answered, extensions=["jinja2.ext.do"])
        self.name = path.stem
        self.refs: list[str] = []
        environment.globals["ref"] = self._ref
        macros = "".join((PROJECT / "macros" / name).read_text() for name in MACROS)
        self.sql = environment.from_string(macros + path.read_text(encoding="utf-8")).render()

    def _ref(self, name: str) -> str:
        self.refs.append(name)
        return name

    @property
    def measures(self) -> set[tuple[str, str]]:
        """Return the (measure, population) pairs that the model has a column for."""
        return set(MEASURE.findall(self.sql))


@lru_cache(maxsize=1)
def models() -> dict[str, Model]:
    """Return every model of the project by name."""
    loaded = {path.stem: Model(path) for path in sorted((PROJECT / "models").rglob("*.sql"))}
    assert loaded, "there are no models: no rule would be tested"
    return loaded


def month_models(stream: str) -> list[Model]:
    """Return the month models of a stream."""
    # A stream without measures is reported by another rule.
    model = models().get(f"int_{stream}_measures")
    names = model.refs if model else []
    return [
        models()[name]
        for name in names
        if name.endswith("_months") and name != "int_changed_months"
    ]


def stream_measures(stream: str) -> list[tuple[str, str]]:
    """Return the (measure, population) pairs of a stream, once for each model that counts them."""
    return [pair for model in month_models(stream) for pair in sorted(model.measures)]
