"""Each fact is declared once: derived files match it, equal names in contracts mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from livelihood.contracts import Column, Contract, load_contract, load_contracts
from livelihood.errors import ContractError
from tests.policy.repository import require
from tools.generate import __main__ as generate

CONTRACTS = tuple(load_contracts().values())
# These may differ between streams: a value that is optional in one can be required by another, and
# Chinese has different words for "due" for wages and premiums.
SAME = tuple(field for field in Column.model_fields if field not in {"required", "title_zh"})
OF_THE_CONTRACT = {"contract_version"}
# Values that would break a line of COPY, contain a name, or be invisible in a log.
FREE_TEXT = ("a\0b", "a\nb", "a\tb", "a\\b", 'a"b', "a,b", "a b", "张三", "", " ")
ELEMENT_CODE = re.compile(r"[A-Z]{3}[0-9]{3}")
ELEMENTS = {"person_token": "AAC002", "employer_token": "AAB003", "insurance_type": "AAE140"}
# Streams whose records concern no person and no employer.
WITHOUT_TOKENS = {"reported_figure"}
# Units of wide integers, which must be part of the name.
WIDE_UNITS = ("_fen", "_permille", "_ten_thousandths")
NAMES = {
    "boolean": re.compile(r"(is|has)_[a-z_]+"),
    "date": re.compile(r"[a-z_]+_(date|month)"),
    "timestamp": re.compile(r"[a-z_]+_at"),
    "string": re.compile(r"[a-z][a-z_]*"),
    "integer": re.compile(r"[a-z][a-z_]*"),
}


def test_derived_files_match_their_sources() -> None:
    require(f"{name} differs from its source; run `make generate`" for name in generate.drifted())


def test_drift_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stale, missing = tmp_path / "stale.md", tmp_path / "missing.md"
    stale.write_text("before")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(
        generate, "derived_files", lambda: {stale: lambda: "after", missing: lambda: ""}
    )
    assert generate.drifted() == ["stale.md", "missing.md"]


def test_an_invalid_contract_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreadable() -> None:
        raise ContractError("x.odcs.yaml: mapping values are not allowed here")

    monkeypatch.setattr(generate, "derived_files", unreadable)
    monkeypatch.setattr("sys.argv", ["generate"])
    assert generate.main() == 1
    assert capsys.readouterr().err == "x.odcs.yaml: mapping values are not allowed here\n"


def disagreements(contracts: Iterable[Contract]) -> Iterator[str]:
    """Yield columns of the same name that two contracts declare differently."""
    first: dict[str, tuple[str, Column]] = {}
    for contract in contracts:
        for column in contract.columns:
            stream, declared = first.setdefault(column.name, (contract.name, column))
            for field in SAME:
                ours, theirs = getattr(column, field), getattr(declared, field)
                if ours != theirs and column.name not in OF_THE_CONTRACT:
                    yield (
                        f"{column.name}: {field} is {ours!r} in {contract.name}, "
                        f"{theirs!r} in {stream}"
                    )


def test_equal_names_mean_the_same() -> None:
    assert len(CONTRACTS) >= 3
    require(disagreements(CONTRACTS))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("township_code", {"description": "Another."}),
        ("operation", {"valid_values": ("upsert",)}),
        ("revision", {"physical_type": "bigint"}),
        ("person_token", {"personal": False}),
    ],
)
def test_a_disagreement_is_reported(name: str, change: dict[str, Any]) -> None:
    contract = load_contract("employment")
    columns = tuple(
        column.model_copy(update=change) if column.name == name else column
        for column in contract.columns
    )
    changed = contract.model_copy(update={"name": "changed", "columns": columns})
    (problem,) = disagreements([contract, changed])
    assert problem.startswith(f"{name}: {next(iter(change))}")


def text_problems(column: Column) -> Iterator[str]:
    """Yield the reasons why a string column would accept free text."""
    if column.logical_type != "string" or column.valid_values:
        return
    if not column.pattern:
        yield f"{column.name}: give it a pattern or valid values, so that no free text is accepted"
        return
    samples = pl.Series(FREE_TEXT)
    for text in samples.filter(samples.str.contains(column.pattern)):
        yield f"{column.name}: the pattern {column.pattern} accepts {text!r}"


def test_no_column_accepts_free_text() -> None:
    require(
        f"{contract.name}.{problem}"
        for contract in CONTRACTS
        for column in contract.columns
        for problem in text_problems(column)
    )


@pytest.mark.parametrize("pattern", [None, "^.+$", "^[^,]+$", "[a-z]+", "^\\w+$"])
def test_free_text_is_reported(pattern: str | None) -> None:
    column = load_contract("employment").column("record_id")
    assert not list(text_problems(column))
    assert list(text_problems(column.model_copy(update={"pattern": pattern})))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_identifiers_are_tokens_and_tokens_are_personal(contract: Contract) -> None:
    tokens = [column for column in contract.columns if column.name.endswith("_token")]
    assert bool(tokens) == (contract.name not in WITHOUT_TOKENS)
    assert contract.column(contract.entity_key) in tokens or contract.name in WITHOUT_TOKENS
    for column in tokens:
        assert column.personal, f"{column.name}: classification: personal is missing"
        assert column.token_source, f"{column.name}: transformSourceObjects is missing"
        assert column.pattern == "^[0-9a-f]{32}$", column.name
    assert [column.name for column in contract.columns if column.personal] == [
        column.name for column in tokens
    ]
    plain = {column.token_source for column in tokens} & {
        column.name for column in contract.columns
    }
    assert not plain, f"{plain} would be sent untokenised"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_columns_are_named_by_type_and_unit(contract: Contract) -> None:
    require(
        f"{contract.name}.{column.name}: not a name for a {column.logical_type}"
        for column in contract.columns
        if not NAMES[column.logical_type].fullmatch(column.name)
        or (column.physical_type == "bigint") != column.name.endswith(WIDE_UNITS)
    )


def element_problems(contracts: Iterable[Contract]) -> Iterator[str]:
    """Yield element codes that are invalid or used for two columns."""
    columns_of: dict[str, str] = {}
    for contract in contracts:
        for column in contract.columns:
            code = column.element_code
            if ELEMENTS.get(column.name, code) != code:
                yield f"{contract.name}.{column.name}: its element code is {ELEMENTS[column.name]}"
            if code is None:
                continue
            if not ELEMENT_CODE.fullmatch(code):
                yield f"{contract.name}.{column.name}: {code} is not an element code such as AAC002"
            if columns_of.setdefault(code, column.name) != column.name:
                yield f"{contract.name}.{column.name}: {code} belongs to {columns_of[code]}"


def test_element_codes_are_those_of_the_national_standard() -> None:
    require(element_problems(CONTRACTS))
    assert {column.name for contract in CONTRACTS for column in contract.columns} >= set(ELEMENTS)


@pytest.mark.parametrize("code", ["AAC02", "aac002", "AAE140", None])
def test_a_wrong_element_code_is_reported(code: str | None) -> None:
    contract = load_contract("social_insurance")
    columns = tuple(
        column.model_copy(update={"element_code": code})
        if column.name == "person_token"
        else column
        for column in contract.columns
    )
    assert list(element_problems([contract.model_copy(update={"columns": columns})]))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_versions_and_rules_fit_the_contract(contract: Contract) -> None:
    assert contract.version in contract.column("contract_version").valid_values
    identifiers = [rule.id for rule in contract.rules]
    assert len(set(identifiers)) == len(identifiers)
    for rule in contract.rules:
        assert rule.message, f"{rule.id}: state what is wrong with a row that violates it"
        assert any(re.search(rf"\b{column.name}\b", rule.predicate) for column in contract.columns)
