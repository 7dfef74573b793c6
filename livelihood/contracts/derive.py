"""Files derived from contracts: dbt sources and streams, JSON Schema, data dictionary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from livelihood.contracts.model import Column, Contract

GENERATED = "# Generated from contracts/ by `make generate`; edit the contract instead.\n"

_JSON_TYPES: dict[str, dict[str, str]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
}


def dbt_sources(contracts: Iterable[Contract]) -> str:
    """Return dbt's source file: one table per stream with its columns."""
    tables = [
        {
            "name": contract.name,
            "description": f"{contract.title_zh}: {contract.description}",
            "columns": [
                {"name": column.name, "description": column.description}
                for column in contract.columns
            ],
        }
        for contract in contracts
    ]
    source = {"name": "landing", "schema": "landing", "tables": tables}
    document = {"version": 2, "sources": [source]}
    return GENERATED + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)


def dbt_streams(contracts: Iterable[Contract]) -> str:
    """Return dbt's macro with the names of the streams that are counted by township."""
    names = [contract.name for contract in contracts if contract.is_counted]
    return names_macro("streams", names, "streams that are counted by township", "contracts/")


def names_macro(macro: str, names: Iterable[str], what: str, source: str) -> str:
    """Return a dbt macro with names: dbt must know the models of a query before it reads seeds."""
    lines = "".join(f"    {name}\n" for name in names)
    return f"""{{# The {what}, separated by spaces.
   Generated from {source} by `make generate`; edit the source instead. #}}
{{% macro {macro}() -%}}
{lines}{{%- endmacro %}}
"""


def json_schema(contract: Contract) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a message of the stream."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:livelihood:{contract.name}:{contract.version}",
        "title": f"{contract.name} {contract.version}",
        "description": contract.description,
        "type": "object",
        "additionalProperties": False,
        "required": [column.name for column in contract.columns if column.required],
        "properties": {column.name: _property(column) for column in contract.columns},
    }


def _property(column: Column) -> dict[str, Any]:
    schema: dict[str, Any] = {**_JSON_TYPES[column.logical_type], "description": column.description}
    if not column.required:
        schema["type"] = [schema["type"], "null"]
    if column.valid_values:
        schema["enum"] = [*column.valid_values, *([] if column.required else [None])]
    if column.pattern:
        schema["pattern"] = column.pattern
    if column.max_length:
        schema["maxLength"] = column.max_length
    if isinstance(column.minimum, int):
        schema["minimum"] = column.minimum
    if isinstance(column.maximum, int):
        schema["maximum"] = column.maximum
    return schema


def dictionary(contracts: Iterable[Contract]) -> str:
    """Return the streams' part of the data dictionary, in Markdown."""
    parts = [_stream_section(contract) for contract in contracts]
    return "\n".join(parts)


def _stream_section(contract: Contract) -> str:
    lines = [
        f"### `{contract.name}` {contract.title_zh}",
        "",
        contract.description,
        "",
        f"Topic `{contract.topic}`, table `landing.{contract.name}`, contract {contract.version}, "
        f"owner `{contract.owner}` ({contract.owner_zh}); a record is expected at least every "
        f"{contract.freshness_days} days. {_business_key(contract)}",
        "",
        "| column | 名称 | type | required | element | what it holds |",
        "|---|---|---|---|---|---|",
        *[_row(column) for column in contract.columns],
        "",
        "Rules over the whole row:",
        "",
        *[f"- `{rule.id}`: {rule.message}" for rule in contract.rules],
        "",
    ]
    return "\n".join(lines)


def _business_key(contract: Contract) -> str:
    if not contract.business_key:
        return "No columns identify a fact: its source numbers the records."
    return f"A fact is identified by {', '.join(f'`{name}`' for name in contract.business_key)}."


def _row(column: Column) -> str:
    notes = [column.description]
    if column.valid_values:
        notes.append("One of " + ", ".join(f"`{value}`" for value in column.valid_values) + ".")
    if column.token_source:
        notes.append(f"Token of `{column.token_source}`, generated before sending.")
    required = "yes" if column.required else ""
    return (
        f"| `{column.name}` | {column.title_zh} | {column.logical_type} | {required} "
        f"| {column.element_code or ''} | {' '.join(notes)} |"
    )
