"""Progress of a long send on stderr: a bar on a terminal, otherwise a line every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from livelihood.terminal import DataConsole

SECONDS_BETWEEN_LINES = 10.0

Advance = Callable[[int], None]


@contextmanager
def progress(
    title: str, total_rows: int | None = None, acknowledged_rows: int = 0
) -> Iterator[Advance]:
    """Yield a function to call with the number of rows just acknowledged."""
    console = DataConsole(stderr=True)
    shown = _bar if console.is_terminal else _lines
    with shown(console, title, total_rows, acknowledged_rows) as advance:
        yield advance


@contextmanager
def _bar(
    console: Console, title: str, total: int | None, acknowledged_rows: int
) -> Iterator[Advance]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total, completed=acknowledged_rows)
        yield lambda rows: bar.advance(task, rows)
        bar.update(task, total=bar.tasks[task].completed)


@contextmanager
def _lines(
    console: Console, title: str, total: int | None, acknowledged_rows: int
) -> Iterator[Advance]:
    of_total = f" of {total:,}" if total else ""
    last = time.monotonic()

    def advance(rows: int) -> None:
        nonlocal acknowledged_rows, last
        acknowledged_rows += rows
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            console.print(f"{title}: {acknowledged_rows:,}{of_total} rows", highlight=False)

    yield advance
    console.print(f"{title}: {acknowledged_rows:,} rows", highlight=False)
