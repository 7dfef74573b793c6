"""Backward compatibility of contracts, checked on their message schemas.

The schema of each stream is committed in `docs/schemas`. A change that rejects messages which the
former version accepted needs a new major version, and so a new topic; any other change needs a new
minor version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

# A higher lower bound, or a lower upper bound, accepts less.
_LOWER_BOUNDS = ("minimum",)
_UPPER_BOUNDS = ("maximum", "maxLength")


def refused_changes(former: Schema, present: Schema) -> list[str]:
    """Return an error for each change that the version number does not announce."""
    name, old, new = _stream(former), _version(former), _version(present)
    if new[0] > old[0]:
        return []
    version = ".".join(map(str, old))
    broken = [
        f"{name}: {change}, which messages of version {version} would break: raise the major "
        "version (CONTRIBUTING.md, 'Change a contract')"
        for change in breaking_changes(former, present)
    ]
    if not broken and _meaning(former) != _meaning(present) and new <= old:
        return [
            f"{name}: its columns changed and its version {version} did not: raise the minor one"
        ]
    return broken


def breaking_changes(former: Schema, present: Schema) -> Iterator[str]:
    """Yield each way in which the present schema accepts less than the former."""
    before, after = former["properties"], present["properties"]
    for name in sorted(set(before) - set(after)):
        yield f"column {name} was removed"
    for name in sorted(set(present["required"]) - set(former["required"])):
        yield f"column {name} is required" + ("" if name in before else " and new")
    for name in (name for name in before if name in after):
        for change in _narrowed(before[name], after[name]):
            yield f"column {name}: {change}"


def _narrowed(before: Schema, after: Schema) -> Iterator[str]:
    if _type(before) != _type(after):
        yield f"{_type(before)} became {_type(after)}"
    values = [value for value in before.get("enum", []) if value is not None]
    if removed := [value for value in values if value not in after.get("enum", values)]:
        yield f"{', '.join(removed)} may no longer be given"
    if "enum" in after and "enum" not in before:
        yield "only listed values may be given"
    if "pattern" in after and after["pattern"] != before.get("pattern"):
        yield f"must match {after['pattern']}"
    for bound in (*_LOWER_BOUNDS, *_UPPER_BOUNDS):
        if bound in after and _is_narrower(bound, before.get(bound), after[bound]):
            yield f"{bound} is {after[bound]}, was {before.get(bound, 'open')}"


def _is_narrower(bound: str, before: int | None, after: int) -> bool:
    return before is None or (after > before if bound in _LOWER_BOUNDS else after < before)


def _type(column: Schema) -> tuple[str, ...]:
    """Return type and format; `required` declares whether null is allowed."""
    declared = column["type"]
    names = [declared] if isinstance(declared, str) else declared
    types = [name for name in names if name != "null"]
    return (*types, *([column["format"]] if "format" in column else []))


def _meaning(schema: Schema) -> Schema:
    """Return the schema without its texts and its version."""
    columns = {
        name: {key: value for key, value in column.items() if key != "description"}
        for name, column in schema["properties"].items()
    }
    # The list of versions grows with every version.
    columns["contract_version"] = {}
    return {"required": sorted(schema["required"]), "properties": columns}


def _stream(schema: Schema) -> str:
    return str(schema["title"]).split(" ")[0]


def _version(schema: Schema) -> tuple[int, ...]:
    return tuple(map(int, str(schema["title"]).split(" ")[1].split(".")))
