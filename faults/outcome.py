"""What an experiment found, one line for each fault, and the table they are shown in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

# The same order in the class, in the table and in the documentation.
COLUMNS = ("fault", "times", "sent", "landed", "quarantined", "lost", "twice", "longest recovery")
# A fault may come when all is done; then it was none. How often to try for each that is wanted.
TRIES = 5


@dataclass
class Outcome:
    """A fault, how often it was injected, and what became of everything sent meanwhile.

    `unexpected` holds one sentence for everything else that should not have been; an experiment
    without records (readers, contracts) leaves the counts of records empty.
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
        """Whether the fault was there at all, and nothing was lost, twice or unexpected."""
        return self.times > 0 and not (self.lost or self.twice or self.unexpected)

    def tries(self, wanted: int) -> Iterator[int]:
        """Numbers of tries, from 0, until the fault has come about that often, or too many."""
        for number in range(wanted * TRIES):
            if self.times >= wanted:
                return
            yield number

    def record_recovery(self, seconds: float) -> None:
        """Note how long it took until all was well again."""
        self.longest_recovery_seconds = max(self.longest_recovery_seconds, seconds)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note the sentence unless the condition holds."""
        if not holds:
            self.unexpected.append(otherwise)


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the table, and below it what was unexpected."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "fault" else "right", no_wrap=True)
    for outcome in outcomes:
        table.add_row(*_cells(outcome), style=None if outcome.is_good else "red")
    console.print(table)
    for outcome in outcomes:
        said = outcome.unexpected or ([] if outcome.times else ["the fault never came about"])
        for text in said:
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
