"""dbt's models as the rules about them read them: rendered without dbt and without a warehouse."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from livelihood.settings import ROOT

PROJECT = ROOT / "dbt_project"
# Macros that only write SQL; those that ask dbt or the warehouse are answered with "true".
MACROS = (
    "measure.sql",
    "measure_rows.sql",
    "streams.sql",
    "current_records.sql",
    "record_revisions.sql",
    "monitors.sql",
    "worklists.sql",
)
MEASURE = re.compile(r"\bas (\w+?)__(\w+)\b")


class _Answered(jinja2.ChainableUndefined):
    """A name nobody defined: a function that answers "true"."""

    # The one it overrides always raises, and says so in its type.
    def __call__(self, *_arguments: Any, **_options: Any) -> str:  # type: ignore[override]
        return "true"


class Model:
    """A model's text as SQL, with the models it reads."""

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
        """The (measure, population) pairs it has a column for."""
        return set(MEASURE.findall(self.sql))


@lru_cache(maxsize=1)
def models() -> dict[str, Model]:
    """Every model of the project by name."""
    found = {path.stem: Model(path) for path in sorted((PROJECT / "models").rglob("*.sql"))}
    assert found, "there are no models: the rules would hold for nothing"
    return found


def month_models(stream: str) -> list[Model]:
    """The models that count what a stream's records say of a month."""
    # A stream that still lacks its measures counts nothing; another rule says so.
    model = models().get(f"int_{stream}_measures")
    names = model.refs if model else []
    return [
        models()[name]
        for name in names
        if name.endswith("_months") and name != "int_changed_months"
    ]


def stream_measures(stream: str) -> list[tuple[str, str]]:
    """The (measure, population) pairs of a stream, once for each model that counts them."""
    return [pair for model in month_models(stream) for pair in sorted(model.measures)]
