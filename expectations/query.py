"""SQL text of the checks: quoted values, lists and rows of codes.

Every check writes its SQL in one style, that of the dbt models: lower case, a triple-quoted string
per query that begins on a line of its own, `:name` for the parameters of
`expectations.scope.Scope`. A statement that fits on one line is a plain string.
"""

from __future__ import annotations

from collections.abc import Iterable


def quoted(value: object) -> str:
    """Return a value as an SQL string literal.

    A backslash before each colon keeps SQLAlchemy from reading a time as a parameter.
    """
    text = str(value).replace("'", "''").replace(":", r"\:")
    return f"'{text}'"


def code_list(codes: Iterable[str]) -> str:
    """Return codes as the inside of `in (…)`."""
    return ", ".join(map(quoted, codes))


def code_rows(rows: Iterable[Iterable[str]]) -> str:
    """Return rows of codes as what follows `values`."""
    return ", ".join(f"({code_list(row)})" for row in rows)
