"""What makes a stream whole, and by name what one still lacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from livelihood.contracts import read_contract
from livelihood.registry import Indicator
from livelihood.registry.seeds import read_rows
from livelihood.settings import ROOT

YAML = "dbt_project/models/staging/_{stream}.yml"
# Each part of a stream that is a file of its own, in the order CONTRIBUTING.md adds them.
FILES = {
    "its contract": "contracts/{stream}.odcs.yaml",
    "its message schema (make generate)": "docs/schemas/{stream}.schema.json",
    "its staging model": "dbt_project/models/staging/stg_{stream}.sql",
    "descriptions and unit tests of its models": YAML,
    "its record model (make generate)": (
        "dbt_project/models/intermediate/records/int_{stream}_records.sql"
    ),
    "the tests of its contract rules": "tests/unit/streams/test_{stream}.py",
}
# What a stream has besides when its records are counted by township.
COUNTED_FILES = {
    "the model of its changed keys (make generate)": (
        "dbt_project/models/intermediate/changed_keys/int_{stream}_changes.sql"
    ),
    "its measures (make generate)": (
        "dbt_project/models/intermediate/measures/int_{stream}_measures.sql"
    ),
}
SIMULATOR = "simulator/streams"
STREAMS_MACRO = "dbt_project/macros/streams.sql"
LANDING = "dbt_project/models/staging/_landing.yml"
MONTHS = "dbt_project/models/intermediate/months"
INDICATORS = "dbt_project/seeds/indicators.csv"


def incomplete(stream: str, root: Path = ROOT) -> str | None:
    """Return a sentence that names what `stream` lacks under `root`, None if it is complete."""
    lacks = list(missing_parts(stream, root))
    return f"the stream {stream} lacks {', '.join(lacks)}" if lacks else None


def missing_parts(stream: str, root: Path = ROOT) -> Iterator[str]:
    """Yield every missing part, with its path."""
    is_counted = _is_counted(stream, root)
    for part, pattern in {**FILES, **(COUNTED_FILES if is_counted else {})}.items():
        path = pattern.format(stream=stream)
        if not (root / path).is_file():
            yield f"{part}: {path}"
    if stream not in _landing_tables(root):
        yield f"its dbt source (make generate): {LANDING}"
    if is_counted and stream not in _text(root / STREAMS_MACRO).split():
        yield f"its place among the counted streams (make generate): {STREAMS_MACRO}"
    described = root / YAML.format(stream=stream)
    if is_counted and described.is_file() and not _month_models(described, root):
        yield f"a model that counts its records, described in its YAML file: {MONTHS}"
    indicators = read_rows(Indicator, (root / INDICATORS).parent)
    if is_counted and stream not in {indicator.stream for indicator in indicators}:
        yield f"an indicator: {INDICATORS}"
    if not _has_source(stream, root):
        yield f"a source: {SIMULATOR} or an example in producers/examples"


def _is_counted(stream: str, root: Path) -> bool:
    """Return whether its records are counted by township; true while there is no contract."""
    path = root / FILES["its contract"].format(stream=stream)
    return not path.is_file() or read_contract(path).is_counted


def _landing_tables(root: Path) -> set[str]:
    document = yaml.safe_load(_text(root / LANDING)) or {}
    return {table["name"] for source in document.get("sources", []) for table in source["tables"]}


def _month_models(described: Path, root: Path) -> list[str]:
    """Return the month models that a stream's YAML file describes and that exist."""
    models = (yaml.safe_load(_text(described)) or {}).get("models", [])
    return [m["name"] for m in models if (root / MONTHS / f"{m['name']}.sql").is_file()]


def _has_source(stream: str, root: Path) -> bool:
    mappings = (root / "producers" / "examples").glob("*.mapping.yaml")
    mapped = {yaml.safe_load(_text(path)).get("stream") for path in mappings}
    simulated = {path.stem for path in (root / SIMULATOR).glob("*")}
    return stream in mapped or stream in simulated


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
