"""A module of a package is found by what it declares, so that a stream needs no registration."""

from pathlib import Path

import pytest

from livelihood.contracts import load_contracts
from simulator import STREAMS
from simulator.discovery import discover
from simulator.oracle.indicators import ORACLES


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "discovered_example"
    folder.mkdir()
    for name, text in {"__init__": "", "b": "PART = 'b'", "a": "PART = 'a'", "c": ""}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


def test_modules_that_declare_the_attribute_are_found_by_name(package: str) -> None:
    assert discover(package, "PART", str) == ("a", "b")


def test_an_attribute_of_another_type_is_an_error(package: str) -> None:
    with pytest.raises(TypeError, match="must be a int"):
        discover(package, "PART", int)


def test_every_contract_has_a_stream_and_every_counted_one_an_oracle() -> None:
    assert STREAMS.keys() == load_contracts().keys()
    counted = {name for name, contract in load_contracts().items() if contract.is_counted}
    assert {oracle.stream for oracle in ORACLES} == counted
