"""Measured figures: beside what they were measured, what they should be, and how they are shown."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.table import Table

Result = TypeVar("Result")


@dataclass(frozen=True)
class Aim:
    """What a figure should be: a bound on the value itself or on its ratio to what it is beside."""

    bound: float
    is_least: bool
    of_ratio: bool = False

    def is_met(self, value: float, ratio: float | None) -> bool:
        """Whether the figure keeps the bound."""
        judged = ratio if self.of_ratio else value
        if judged is None:
            return False
        return judged >= self.bound if self.is_least else judged <= self.bound

    def text(self, unit: str) -> str:
        """The bound as it is printed."""
        sign = "≥" if self.is_least else "≤"
        return (
            f"{sign} {self.bound:.0%}" if self.of_ratio else f"{sign} {number(self.bound)} {unit}"
        )


@dataclass(frozen=True)
class Figure:
    """One line of a table; `load_average` is the machine's, over a minute, when it was taken."""

    title: str
    value: float
    unit: str
    beside: str = ""
    beside_value: float | None = None
    aims: tuple[Aim, ...] = ()
    load_average: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def ratio(self) -> float | None:
        """Value to what it was measured beside."""
        return self.value / self.beside_value if self.beside_value else None

    @property
    def is_met(self) -> bool:
        """Whether every aim is met."""
        return all(aim.is_met(self.value, self.ratio) for aim in self.aims)


def number(value: float) -> str:
    """A number with as many digits as mean something."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def timed(action: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds an action took, and its result."""
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


def alternate(
    rounds: int, *actions: Callable[[], float], between: Callable[[], object] = lambda: None
) -> list[float]:
    """Median of what each action returns; they take turns, so that all see the same machine."""
    taken: list[list[float]] = [[] for _ in actions]
    for turn in range(rounds):
        # Whoever goes first has the colder caches: they change places each round.
        order = range(len(actions)) if turn % 2 == 0 else range(len(actions) - 1, -1, -1)
        for place in order:
            between()
            taken[place].append(actions[place]())
    return [median(values) for values in taken]


def show(console: Console, title: str, figures: Sequence[Figure], *, judged: bool) -> None:
    """Print the figures of one section; small ones are not judged by aims that are not theirs."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("figure", no_wrap=True)
    for name in ("measured", "beside it", "ratio", "load"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("aim", no_wrap=True)
    for figure in figures:
        beside = ""
        if figure.beside_value is not None:
            beside = f"{figure.beside} {number(figure.beside_value)}"
        table.add_row(
            figure.title,
            f"{number(figure.value)} {figure.unit}",
            beside,
            _ratio(figure.ratio),
            f"{figure.load_average:.1f}",
            _aims(figure, judged=judged),
        )
    console.print(table)
    console.print()


def _aims(figure: Figure, *, judged: bool) -> str:
    return ", ".join(_aim(figure, aim, judged=judged) for aim in figure.aims)


def _aim(figure: Figure, aim: Aim, *, judged: bool) -> str:
    text = aim.text(figure.unit)
    if not judged:
        return text
    met = aim.is_met(figure.value, figure.ratio)
    return f"[green]{text}: met[/green]" if met else f"[red]{text}: missed[/red]"


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.0%}" if ratio < 10 else f"{ratio:,.0f} ×"
