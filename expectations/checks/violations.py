"""SQL conditions under which a landed row violates its contract, derived from the contract."""

from __future__ import annotations

import re
from collections.abc import Mapping

from expectations.query import code_list, quoted
from livelihood.contracts import Contract

# An SQL condition that is true for a violating row → an SQL expression that describes the row.
Violations = Mapping[str, str]


def scan_sql(contract: Contract, violations_by_check: Mapping[str, Violations]) -> str:
    """Return a query for one row: per check, the number of new rows with any of its violations."""
    counts = ",\n            ".join(
        f"count(*) filter (where {' or '.join(violations) or 'false'}) as {name}"
        for name, violations in violations_by_check.items()
    )
    return f"""
        select
            {counts}
        from landing.{contract.name}
        where _load_id > :{contract.name}_released"""


def detail_sql(contract: Contract, violations: Violations) -> str:
    """Return a query for the new rows with any of the violations, with a description of each."""
    descriptions = ", ".join(
        f"case when {condition} then {description} end"
        for condition, description in violations.items()
    )
    return f"""
        select
            record_id, revision, _partition, _offset,
            concat_ws('; ', {descriptions or "''"}) as problem
        from landing.{contract.name}
        where _load_id > :{contract.name}_released and ({" or ".join(violations) or "false"})"""


def missing_values(contract: Contract) -> Violations:
    """Return the violations of required columns: null values."""
    return {
        f"{column.name} is null": f"'{column.name} is null'"
        for column in contract.columns
        if column.required
    }


def invalid_values(contract: Contract) -> Violations:
    """Return the violations of columns with valid values: a value that the contract lacks."""
    return {
        f"{column.name} not in ({code_list(column.valid_values)})": (
            f"'{column.name} = ' || {column.name}"
        )
        for column in contract.columns
        if column.valid_values
    }


def values_out_of_bounds(contract: Contract) -> Violations:
    """Return the violations of bounds: a value below the minimum or above the maximum."""
    return {
        f"{column.name} {sign} cast({quoted(limit)} as {column.physical_type})": (
            f"'{column.name} = ' || {column.name}"
        )
        for column in contract.columns
        for limit, sign in ((column.minimum, "<"), (column.maximum, ">"))
        if limit is not None
    }


def invalid_tokens(contract: Contract) -> Violations:
    """Return the violations of personal columns: no token. The description omits the value."""
    # Comparing lengths is enough and ten times faster than the pattern on a million rows:
    # identity, telephone and account numbers and names are all shorter than a token.
    lengths = {
        column.name: match.group(1)
        for column in contract.columns
        if column.personal and (match := re.search(r"\{(\d+)\}", column.pattern or ""))
    }
    return {
        f"octet_length({name}) <> {length}": f"'{name} has ' || octet_length({name}) || ' bytes'"
        for name, length in lengths.items()
    }


def unknown_regions(contract: Contract) -> Violations:
    """Return the violations of region columns: a code that is not in the region tree."""
    return {
        f"{column.name} not in (select region_code from marts.dim_region)": (
            f"'{column.name} = ' || {column.name}"
        )
        for column in contract.columns
        if (column.reference or "").startswith("regions.")
    }


def recorded_after_sent(contract: Contract) -> Violations:
    """Return the violation of the clock: a record that was recorded after it was sent."""
    return {"recorded_at > _produced_at": "'recorded ' || (recorded_at - _produced_at) || ' later'"}
