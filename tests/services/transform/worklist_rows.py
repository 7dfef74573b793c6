"""The platform's action list as a frame, to be compared with the simulator's truth row by row."""

from __future__ import annotations

import polars as pl

from livelihood.settings import Settings
from livelihood.warehouse import connect
from simulator.oracle.worklists.monitor import ACTIONS

SHOWN = 3  # rows of a monitor that a failure shows on either side


def actions(settings: Settings, table: str) -> pl.DataFrame:
    """All rows of an action list in the columns of the truth."""
    columns = ", ".join(name if name != "amount_yuan" else f"{name}::text" for name in ACTIONS)
    with connect(settings) as connection:
        rows = connection.execute(f"select {columns} from {table}".encode()).fetchall()
    schema = ACTIONS | {"amount_yuan": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(_EXACT)


def assert_lists_truth(found: pl.DataFrame, truth: pl.DataFrame) -> None:
    """Fail showing the first rows of each monitor that are on one side only."""
    assert truth.height > 0
    truth = truth.with_columns(_EXACT)
    wrong, missing = _only(found, truth), _only(truth, found)
    told = [
        f"{monitor}:\n  listed, but not so\n{_lines(wrong, monitor)}"
        f"\n  true, but not listed\n{_lines(missing, monitor)}"
        for monitor in sorted({*wrong["monitor_code"], *missing["monitor_code"]})
    ]
    assert not told, "\n".join(told)
    assert found.height == truth.height


# More places than money has, so that a fraction of a fen would be seen.
_EXACT = pl.col("amount_yuan").cast(pl.Decimal(38, 8))


def _only(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Rows of one that the other has not."""
    return one.join(other, on=list(ACTIONS), how="anti", nulls_equal=True).sort(list(ACTIONS))


def _lines(rows: pl.DataFrame, monitor: str) -> str:
    of_monitor = rows.filter(pl.col("monitor_code") == monitor).drop("monitor_code")
    shown = [f"    {_line(row)}" for row in of_monitor.head(SHOWN).iter_rows(named=True)]
    more = of_monitor.height - len(shown)
    return "\n".join(shown + ([f"    and {more} more"] if more > 0 else [])) or "    nothing"


def _line(row: dict[str, object]) -> str:
    """What a row says; the subject names the person."""
    said = {name: value for name, value in row.items() if name != "person_token"}
    return ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)
