"""A simulation is sent once, stream by stream, and an interrupted run is resumed."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from livelihood.contracts import load_contracts
from livelihood.errors import BrokerUnavailable
from livelihood.settings import Settings
from simulator.sending import send_simulation, skip_rows
from testkit.raw_rows import wage_rows
from tests.unit.producers.memory_kafka import MemoryKafka

ROWS = 23
PARAMETERS = {"profile": "tiny", "seed": 1}


class TinySimulation:
    """Only wages, in frames of ten, one with a wrong check digit, and a broken message."""

    def frame(self, stream: str) -> pl.DataFrame:
        rows = wage_rows(ROWS, _fault=None) if stream == "wage_payment" else wage_rows(0)
        is_wrong = pl.int_range(pl.len()) == 4
        wrong = pl.when(is_wrong).then(pl.lit("522327198501010011")).otherwise("identity_number")
        return rows.with_columns(identity_number=wrong)

    def records(self, stream: str) -> Iterator[pl.DataFrame]:
        rows = self.frame(stream)
        return rows.iter_slices(10) if rows.height else iter(())

    def faulty(self, stream: str) -> list[tuple[bytes | None, bytes | None, str, str]]:
        broken = (b"key", b"{", "broken_json", "broken_json")
        return [broken] if stream == "wage_payment" else []


def test_faulty_records_are_sent(settings: Settings, kafka: MemoryKafka) -> None:
    reports = send_simulation(settings, TinySimulation, PARAMETERS)
    none_sent = dict.fromkeys(load_contracts(), 0)
    sent = {name: report.sent for name, report in reports.items()}
    assert sent == none_sent | {"wage_payment": ROWS + 1}
    assert kafka.messages[-1] == (b"key", b"{")
    marked = [key for key, _ in kafka.messages if key and key.startswith(b"invalid-")]
    assert len(marked) == 1


@pytest.mark.parametrize("windows", [0, 1, 2, 3])
def test_an_interrupted_simulation_is_resumed(
    settings: Settings, kafka: MemoryKafka, windows: int
) -> None:
    kafka.windows_until_failure = windows
    with pytest.raises(BrokerUnavailable):
        send_simulation(settings, TinySimulation, PARAMETERS)
    kafka.windows_until_failure = None
    for _ in range(2):
        reports = send_simulation(settings, TinySimulation, PARAMETERS)
        assert reports["wage_payment"].sent == ROWS + 1
    assert len(kafka.messages) == ROWS + 1
    assert len(set(kafka.messages)) == ROWS + 1


def test_a_simulation_that_was_sent_is_not_repeated(settings: Settings, kafka: MemoryKafka) -> None:
    send_simulation(settings, TinySimulation, PARAMETERS)

    def again() -> TinySimulation:
        raise AssertionError("it was simulated again")

    assert send_simulation(settings, again, PARAMETERS)["wage_payment"].sent == ROWS + 1


def test_another_seed_is_another_simulation(settings: Settings, kafka: MemoryKafka) -> None:
    for seed in (1, 2):
        send_simulation(settings, TinySimulation, PARAMETERS | {"seed": seed})
    assert len(kafka.messages) == 2 * (ROWS + 1)


@pytest.mark.parametrize("rows", [0, 1, 10, 11, 23, 30])
def test_skipping_rows_over_frames(rows: int) -> None:
    frames = TinySimulation().records("wage_payment")
    names = [name for frame in skip_rows(frames, rows) for name in frame["record_id"]]
    assert names == [f"w:{number}" for number in range(rows, ROWS)]
