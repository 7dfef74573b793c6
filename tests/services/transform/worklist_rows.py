"""The platform's action list, to be compared with the oracle's row by row."""

from __future__ import annotations

import polars as pl

from livelihood.settings import Settings
from livelihood.warehouse import connect
from simulator.oracle.worklists.monitor import ACTIONS

SHOWN = 3  # rows of a monitor that a failure shows for each side


def actions(settings: Settings, table: str) -> pl.DataFrame:
    """Return all rows of an action list in the columns of the oracle."""
    columns = ", ".join(name if name != "amount_yuan" else f"{name}::text" for name in ACTIONS)
    with connect(settings) as connection:
        rows = connection.execute(f"select {columns} from {table}".encode()).fetchall()
    schema = ACTIONS | {"amount_yuan": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(_EXACT)


def assert_lists_equal(actual: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Fail with the first rows of each monitor that are on one side only."""
    assert expected.height > 0
    expected = expected.with_columns(_EXACT)
    wrong, missing = _only(actual, expected), _only(expected, actual)
    differences = [
        f"{monitor}:\n  listed, but not expected\n{_lines(wrong, monitor)}"
        f"\n  expected, but not listed\n{_lines(missing, monitor)}"
        for monitor in sorted({*wrong["monitor_code"], *missing["monitor_code"]})
    ]
    assert not differences, "\n".join(differences)
    assert actual.height == expected.height


# More decimals than money has, so that a fraction of a fen is detected.
_EXACT = pl.col("amount_yuan").cast(pl.Decimal(38, 8))


def _only(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of one frame that the other lacks."""
    return one.join(other, on=list(ACTIONS), how="anti", nulls_equal=True).sort(list(ACTIONS))


def _lines(rows: pl.DataFrame, monitor: str) -> str:
    of_monitor = rows.filter(pl.col("monitor_code") == monitor).drop("monitor_code")
    shown = [f"    {_line(row)}" for row in of_monitor.head(SHOWN).iter_rows(named=True)]
    more = of_monitor.height - len(shown)
    return "\n".join(shown + ([f"    and {more} more"] if more > 0 else [])) or "    nothing"


def _line(row: dict[str, object]) -> str:
    """Return a row as text; the subject identifies the person."""
    cells = {name: value for name, value in row.items() if name != "person_token"}
    return ", ".join(f"{name} {value}" for name, value in cells.items() if value is not None)
