"""The outcome of each fault, and the table that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

# The same order in the class, in the table and in the documentation.
COLUMNS = ("fault", "times", "sent", "landed", "quarantined", "lost", "twice", "longest recovery")
# A fault that strikes after the work has ended does not count. Maximum tries for each fault.
MAX_TRIES = 5


@dataclass
class Outcome:
    """A fault, how often it was injected, and how many of the sent records are stored.

    `unexpected` has one sentence for each other violation. An experiment without records (readers,
    contracts) has zero counts of records.
    """

    fault: str
    times: int = 0
    sent: int = 0
    landed: int = 0
    quarantined: int = 0
    lost: int = 0
    twice: int = 0
    longest_recovery_seconds: float = 0.0
    unexpected: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether the fault was injected, and nothing was lost, duplicated or unexpected."""
        return self.times > 0 and not (self.lost or self.twice or self.unexpected)

    def tries(self, count: int) -> Iterator[int]:
        """Yield numbers of tries until the fault was injected `count` times, or too many."""
        for number in range(count * MAX_TRIES):
            if self.times >= count:
                return
            yield number

    def record_recovery(self, seconds: float) -> None:
        """Record the seconds until the platform worked again. The longest are shown."""
        self.longest_recovery_seconds = max(self.longest_recovery_seconds, seconds)

    def expect(self, condition: bool, violation: str) -> None:
        """Record the sentence as unexpected unless the condition is true."""
        if not condition:
            self.unexpected.append(violation)


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the table, and below it everything unexpected."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "fault" else "right", no_wrap=True)
    for outcome in outcomes:
        table.add_row(*_cells(outcome), style=None if outcome.is_good else "red")
    console.print(table)
    for outcome in outcomes:
        violations = outcome.unexpected or (
            [] if outcome.times else ["the fault was never injected"]
        )
        for text in violations:
            console.print(f"[red]{outcome.fault}: {text}[/red]", highlight=False)


def _cells(outcome: Outcome) -> list[str]:
    counts = (outcome.sent, outcome.landed, outcome.quarantined, outcome.lost, outcome.twice)
    recovery = outcome.longest_recovery_seconds
    return [
        outcome.fault,
        f"{outcome.times:,}",
        *(f"{count:,}" if outcome.sent else "" for count in counts[:3]),
        *(f"{count:,}" if outcome.sent or count else "" for count in counts[3:]),
        f"{recovery:.1f} s" if recovery else "",
    ]
