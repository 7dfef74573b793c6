"""dbt models that follow from a stream's contract and its YAML file: records, changes, measures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from livelihood.contracts import Contract, load_contracts
from livelihood.errors import ContractError
from livelihood.settings import ROOT

MODELS = ROOT / "dbt_project" / "models"
INTERMEDIATE = MODELS / "intermediate"
RECORDS, CHANGES, MEASURES, IDENTITY = (
    INTERMEDIATE / folder for folder in ("records", "changed_keys", "measures", "identity")
)
MEASURE_KEY = ("township_code", "period_month", "population", "measure")
_SOURCES = "contracts/ and models/staging/_{stream}.yml"


class _Meta(BaseModel):
    """What the staging model's `meta` declares about the table of records."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    counted_in: tuple[str, ...] = ()
    """Columns with a month that records count in; each is indexed with the township."""
    counted_from: tuple[str, ...] = ()
    """Dates from which an amount counts, such as that of a payment."""
    indexes: tuple[tuple[str, ...], ...] = ()
    """Further indexes."""
    cluster_by: tuple[str, ...] = ()
    """Order of the rows after a full refresh."""


class StreamModels(BaseModel):
    """The models of a stream, as its contract and its YAML file declare them."""

    model_config = ConfigDict(frozen=True)

    contract: Contract
    meta: _Meta
    derived_columns: tuple[str, ...]
    described: tuple[str, ...]

    @property
    def month_models(self) -> list[str]:
        """The models that count its records, in the order of the YAML file."""
        return [name for name in self.described if name.endswith("_months")]

    @property
    def has_simple_changes(self) -> bool:
        """Whether records count in the months of `counted_in` and in no other."""
        return self.contract.is_counted and self.model("changes") not in self.described

    @property
    def indexes(self) -> Iterator[tuple[str, ...]]:
        """The columns of each index on the table of records."""
        yield self.contract.identity
        yield from self.meta.indexes
        if self.contract.is_counted:
            yield ("_changed_load_id",)
        for month in self.meta.counted_in:
            yield "township_code", month

    def model(self, kind: str) -> str:
        """Return the name of the stream's model of a kind, such as `records`."""
        return f"int_{self.contract.name}_{kind}"


def yaml_file(stream: str, root: Path = ROOT) -> Path:
    """Return the file that describes and tests the models of a stream."""
    return root / "dbt_project" / "models" / "staging" / f"_{stream}.yml"


def read_stream_models(contract: Contract, root: Path = ROOT) -> StreamModels:
    """Return the models of a stream.

    Raises ContractError, with the file, if it does not describe the staging model, declares an
    unknown property in `meta`, names a column that the stream does not have, or does not state in
    which months its records count.
    """
    path = yaml_file(contract.name, root)
    document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    nodes: dict[str, Any] = {node["name"]: node for node in document.get("models", [])}
    staging = nodes.get(f"stg_{contract.name}")
    if staging is None:
        raise ContractError(f"{path.name}: describe the model stg_{contract.name}")
    try:
        meta = _Meta.model_validate(staging.get("config", {}).get("meta", {}))
    except ValidationError as error:
        raise ContractError(f"{path.name}: {error}") from error
    derived = tuple(column["name"] for column in staging.get("columns", []))
    columns = {*derived, *(column.name for column in contract.columns)}
    named = {*meta.counted_in, *meta.counted_from, *meta.cluster_by}.union(*meta.indexes)
    if unknown := sorted(named - columns):
        raise ContractError(f"{path.name}: the stream has no column {', '.join(unknown)}")
    models = StreamModels(
        contract=contract, meta=meta, derived_columns=derived, described=tuple(nodes)
    )
    if models.has_simple_changes and not meta.counted_in:
        raise ContractError(
            f"{path.name}: declare counted_in, or write and describe {models.model('changes')}"
        )
    return models


def load_stream_models() -> list[StreamModels]:
    """Return the models of each stream whose YAML file exists."""
    return [
        read_stream_models(contract)
        for contract in load_contracts().values()
        if yaml_file(contract.name).is_file()
    ]


def derived_models() -> dict[Path, Callable[[], str]]:
    """Return the function that creates the text of each derived model and of its YAML."""
    streams = load_stream_models()
    counted = [stream for stream in streams if stream.contract.is_counted]
    simple = [stream for stream in counted if stream.has_simple_changes]
    return {
        **_files(RECORDS, "records", streams, records_sql),
        **_files(CHANGES, "changes", simple, changes_sql),
        **_files(MEASURES, "measures", counted, measures_sql),
        RECORDS / "_records.yml": lambda: _yaml(map(_describe_records, streams)),
        CHANGES / "_changes.yml": lambda: _yaml(map(_describe_changes, simple)),
        MEASURES / "_measures.yml": lambda: _yaml(map(_describe_measures, counted)),
        IDENTITY / "int_reused_record_ids.sql": lambda: reused_record_ids_sql(streams),
    }


def _files(
    folder: Path, kind: str, streams: Iterable[StreamModels], write: Callable[[StreamModels], str]
) -> dict[Path, Callable[[], str]]:
    def text_of(stream: StreamModels) -> Callable[[], str]:
        return lambda: _header(stream) + write(stream)

    return {folder / f"{stream.model(kind)}.sql": text_of(stream) for stream in streams}


def records_sql(stream: StreamModels) -> str:
    """Return the model with every revision of each record, its indexes and its watermark."""
    indexes = "".join(f"        {{'columns': {list(columns)}}},\n" for columns in stream.indexes)
    identity = list(stream.contract.identity)
    arguments = [f"'{stream.contract.name}'", str(identity), _list(stream.derived_columns)]
    if stream.meta.cluster_by:
        arguments.append(f"clustered_by={_list(stream.meta.cluster_by)}")
    return f"""{{{{ config(
    unique_key={identity},
    indexes=[
{indexes}    ],
    post_hook="{{{{ write_watermark('{stream.contract.name}') }}}}",
) }}}}

{{{{ record_revisions({", ".join(arguments)}) }}}}
"""


def changes_sql(stream: StreamModels) -> str:
    """Return the model of the months in which a changed record counts, in any revision."""
    arguments = [f"'{stream.contract.name}'", _list(stream.meta.counted_in)]
    if stream.meta.counted_from:
        arguments.append(f"counted_from={_list(stream.meta.counted_from)}")
    return f"""{{{{ config(materialized='ephemeral') }}}}

{{{{ changed_months({", ".join(arguments)}) }}}}
"""


def measures_sql(stream: StreamModels) -> str:
    """Return the model with the measures of all month models as rows."""
    name = stream.contract.name
    return f"""{{{{ config(meta={{'changed_keys': 'int_changed_months', 'stream': '{name}'}}) }}}}

{{{{ measure_rows({_list(stream.month_models)}) }}}}
"""


def reused_record_ids_sql(streams: Iterable[StreamModels]) -> str:
    """Return the model of the record ids that a source system gave to several entities."""
    keys = "".join(
        f"    '{stream.contract.name}': '{stream.contract.entity_key}',\n" for stream in streams
    )
    header = "{#- Generated from contracts/ by `make generate`. -#}\n"
    return f"{header}{{{{ reused_record_ids({{\n{keys}}}) }}}}\n"


def _header(stream: StreamModels) -> str:
    sources = _SOURCES.format(stream=stream.contract.name)
    return f"{{#- Generated from {sources} by `make generate`. -#}}\n"


def _list(names: Iterable[str]) -> str:
    lines = "".join(f"    '{name}',\n" for name in names)
    return f"[\n{lines}]" if lines else "[]"


def _yaml(models: Iterable[dict[str, Any]]) -> str:
    header = f"# Generated from {_SOURCES.format(stream='<stream>')} by `make generate`.\n"
    document = {"version": 2, "models": list(models)}
    return header + yaml.safe_dump(document, sort_keys=False, width=100, default_flow_style=None)


def _describe_records(stream: StreamModels) -> dict[str, Any]:
    name = stream.contract.name
    return {
        "name": stream.model("records"),
        "description": f"Every revision of each record of stream {name}; `is_current` marks the "
        "one that counts.",
        **_key("_partition", "_offset", stream.contract.entity_key),
    }


def _describe_changes(stream: StreamModels) -> dict[str, Any]:
    name = stream.contract.name
    return {
        "name": stream.model("changes"),
        "description": f"Townships and months that changed records of stream {name} count in, in "
        "any revision.",
    }


def _describe_measures(stream: StreamModels) -> dict[str, Any]:
    name = stream.contract.name
    return {
        "name": stream.model("measures"),
        "description": f"Measures counted from stream {name} by township, month and population; "
        "zero is left out.",
        **_key(*MEASURE_KEY),
    }


def _key(*columns: str) -> dict[str, Any]:
    return {"data_tests": [{"key": {"arguments": {"columns": list(columns)}}}]}
