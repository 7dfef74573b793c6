"""Settings with a home of their own, and a Kafka in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from livelihood.contracts import Contract, load_contract
from livelihood.settings import Settings
from producers.sources.calamine import read_sheet
from tests.unit.producers.exporting_office import Office
from tests.unit.producers.memory_kafka import MemoryKafka, install


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, home=tmp_path / "home", token_key=None)


@pytest.fixture(autouse=True)
def calamine_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save the start of a process for each workbook, which has tests of its own."""
    monkeypatch.setattr("producers.sources.workbook.load_sheet", read_sheet)


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> MemoryKafka:
    return install(monkeypatch)


@pytest.fixture
def wages() -> Contract:
    return load_contract("wage_payment")


@pytest.fixture
def office(settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path) -> Office:
    return Office(settings, wages, kafka, tmp_path)
