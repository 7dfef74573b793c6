"""The short form of every fault experiment: nothing is lost, duplicated or unexpected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.console import Console

from faults.__main__ import SHORT, WIDTH, run
from faults.environment import FaultEnvironment, start_environment
from faults.outcome import show

SEED = 20220930


@pytest.fixture(scope="module")
def environment() -> Iterator[FaultEnvironment]:
    """Servers of their own, because the experiments kill them."""
    with start_environment(Console(width=WIDTH), seed=SEED, short=True) as environment:
        yield environment


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_and_nothing_is_there_twice(
    environment: FaultEnvironment, name: str
) -> None:
    outcomes = run(environment, name)
    show(environment.console, outcomes)
    assert [outcome for outcome in outcomes if not outcome.is_good] == []
