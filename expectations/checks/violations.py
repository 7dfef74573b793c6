"""What can be wrong with a landed row, as SQL derived from its contract."""

from __future__ import annotations

import re
from collections.abc import Mapping

from livelihood.contracts import Contract

# What is wrong with a row: a condition in SQL, and an expression for what to say of it.
Violations = Mapping[str, str]


def scan(contract: Contract, violations: Mapping[str, Violations]) -> str:
    """The query that counts, per kind of problem, the new rows that have one of it."""
    counts = ",\n            ".join(
        f"count(*) filter (where {' or '.join(found) or 'false'}) as {name}"
        for name, found in violations.items()
    )
    return f"""
        select
            {counts}
        from landing.{contract.name}
        where _load_id > :{contract.name}_released"""


def sample(contract: Contract, violations: Violations) -> str:
    """The query that finds the new rows with one of the violations, and says which."""
    said = ", ".join(
        f"case when {condition} then {say} end" for condition, say in violations.items()
    )
    return f"""
        select record_id, revision, _partition, _offset, concat_ws('; ', {said or "''"}) as problem
        from landing.{contract.name}
        where _load_id > :{contract.name}_released and ({" or ".join(violations) or "false"})"""


def _literal(text: object, physical_type: str = "text") -> str:
    # A backslash keeps the colons of a timestamp from being read as parameters.
    quoted = str(text).replace("'", "''").replace(":", r"\:")
    return f"cast('{quoted}' as {physical_type})"


def nulls(contract: Contract) -> Violations:
    """Required columns that are empty."""
    return {
        f"{column.name} is null": f"'{column.name} is null'"
        for column in contract.columns
        if column.required
    }


def unlisted(contract: Contract) -> Violations:
    """Values that the contract does not list."""
    return {
        f"{column.name} not in ({', '.join(map(_literal, column.valid_values))})": (
            f"'{column.name} = ' || {column.name}"
        )
        for column in contract.columns
        if column.valid_values
    }


def outside(contract: Contract) -> Violations:
    """Values below the minimum or above the maximum."""
    return {
        f"{column.name} {sign} {_literal(limit, column.physical_type)}": (
            f"'{column.name} = ' || {column.name}"
        )
        for column in contract.columns
        for limit, sign in ((column.minimum, "<"), (column.maximum, ">"))
        if limit is not None
    }


def not_tokens(contract: Contract) -> Violations:
    """Personal columns whose value cannot be a token; the value itself is never said."""
    # The length is enough, and ten times cheaper than the pattern on a million rows: identity
    # numbers, names, telephone and account numbers are all shorter than a token.
    lengths = {
        column.name: found.group(1)
        for column in contract.columns
        if column.personal and (found := re.search(r"\{(\d+)\}", column.pattern or ""))
    }
    return {
        f"octet_length({name}) <> {length}": f"'{name} has ' || octet_length({name}) || ' bytes'"
        for name, length in lengths.items()
    }


def unknown_regions(contract: Contract) -> Violations:
    """Codes that are not in the region tree."""
    return {
        f"{column.name} not in (select region_code from marts.dim_region)": (
            f"'{column.name} = ' || {column.name}"
        )
        for column in contract.columns
        if (column.reference or "").startswith("regions.")
    }
