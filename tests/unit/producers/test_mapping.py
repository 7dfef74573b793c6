"""Mapping files: foreign names, words and units become the contract's, or the error names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from livelihood.contracts import Contract, load_contract, load_contracts
from producers.errors import MappingError, SourceError
from producers.sources import PROBLEMS
from producers.sources.mapper import Mapper
from producers.sources.mapping import (
    ColumnRule,
    Mapping,
    check_mapping,
    plain_mapping,
    raw_name,
    read_mapping,
)
from producers.sources.text import positions
from producers.template import csv_header, mapping_template

WAGES = load_contract("wage_payment")


def apply(columns: dict[str, Any], data: dict[str, list[Any]], **options: Any) -> pl.DataFrame:
    """Apply rules for some columns to rows given as columns."""
    mapping = Mapping(stream="wage_payment", columns=columns, **options)
    frame = pl.DataFrame(data)
    frame = frame.hstack(positions(range(2, 2 + frame.height), [None] * frame.height, "a.csv"))
    return Mapper(mapping, WAGES).apply(frame)


def test_names_words_units_and_dates_are_translated() -> None:
    mapped = apply(
        {
            "identity_number": "身份证号",
            "amount_due_fen": {"from": "应发", "unit": "yuan"},
            "project_investment_fen": {"from": "投资", "unit": "wan_yuan"},
            "post_type": {"from": "岗位", "values": {"公益性岗位": "public_welfare"}},
            "occupation": {"from": "工种", "values": {"教师": "teacher"}, "otherwise": "other"},
            "is_local": "本地",
            "is_relocated": {"from": "搬迁", "default": False},
            "wage_month": {"from": ["年", "月"]},
            "employer_kind": {"constant": "enterprise"},
            "paid_date": {"from": "发放", "values": {"未发": None}},
            "project_code": {"from": "项目", "extract": "([A-Z]+-[0-9]+)"},
        },
        {
            "身份证号": [" 1 ", "2"],
            "应发": ["3,500.50", "0"],
            "投资": ["1.5", ""],
            "岗位": ["公益性岗位", "regular"],
            "工种": ["教师", "瓦工"],
            "本地": ["是", "否"],
            "搬迁": ["", "是"],
            "年": [2022, 2022],
            "月": [1, 12],
            "发放": ["2022/2/14", "未发"],
            "项目": ["编号GC-17号", None],
            "姓名": ["甲", "乙"],
        },
    )
    rows = mapped.drop("_file", "_line", PROBLEMS).rows(named=True)
    assert [str(value) for value in rows[0].values()] == [
        "1", "350050", "1500000", "public_welfare", "teacher", "True", "False", "2022-01-01",
        "enterprise", "2022-02-14", "GC-17",
    ]  # fmt: skip
    assert [str(value) for value in rows[1].values()] == [
        "2", "0", "None", "regular", "other", "False", "True", "2022-12-01",
        "enterprise", "None", "None",
    ]  # fmt: skip
    assert mapped[PROBLEMS].list.len().to_list() == [0, 0]


def test_unreadable_values_are_named_with_what_was_written() -> None:
    mapped = apply(
        {"amount_due_fen": {"from": "a", "unit": "yuan"}, "due_date": "b", "is_local": "c"},
        {"a": ["1", "1.005"], "b": ["2022-01-01", "soon"], "c": ["是", None]},
    )
    assert mapped[PROBLEMS].to_list() == [
        [],
        [
            "wrong_type: amount_due_fen: it is not a valid integer",
            "wrong_type: due_date: it is not a valid date",
        ],
    ]
    assert mapped.row(1)[:3] == (None, None, None)


@given(
    foreign=st.permutations([raw_name(column) for column in WAGES.columns]),
    amounts=st.lists(st.integers(0, 10**10), min_size=1, max_size=5),
)
def test_renaming_columns_loses_and_mixes_nothing(foreign: list[str], amounts: list[int]) -> None:
    """However names are dealt out, each value arrives under the name it is mapped to."""
    names = [raw_name(column) for column in WAGES.columns]
    texts = [name for name in names if WAGES_TYPES[name] == "string"]
    columns = {name: f"列{other}" for name, other in zip(names, foreign, strict=True)}
    data: dict[str, list[Any]] = {
        columns[name]: [f"{name} {amount}" for amount in amounts] for name in texts
    }
    data[columns["amount_due_fen"]] = [str(amount) for amount in amounts]
    chosen = {name: columns[name] for name in [*texts, "amount_due_fen"]}
    mapped = apply(chosen, data)
    assert mapped["amount_due_fen"].to_list() == amounts
    for name in texts:
        assert mapped[name].to_list() == [f"{name} {amount}" for amount in amounts]


WAGES_TYPES = {raw_name(column): column.logical_type for column in WAGES.columns}


def test_a_missing_column_is_an_error_that_names_a_likely_one() -> None:
    with pytest.raises(SourceError, match=r"no column 应发工资.*did you mean 应发工资（元）"):
        apply({"amount_due_fen": "应发工资"}, {"应发工资（元）": ["1"]})


def test_only_a_sparse_source_may_lack_optional_columns() -> None:
    mapping = Mapping(stream="wage_payment", columns={"identity_number": "a", "paid_date": "b"})
    frame = pl.DataFrame({"a": ["1"]}).hstack(positions([1], [None], "x"))
    assert "paid_date" not in Mapper(mapping, WAGES, is_sparse=True).apply(frame).columns
    with pytest.raises(SourceError, match="no column b"):
        Mapper(mapping, WAGES).apply(frame)


def test_a_misspelt_optional_column_is_not_dropped_silently() -> None:
    names = [raw_name(column) for column in WAGES.columns]
    data = {name: ["1"] for name in names if name != "paid_date"} | {"payed_date": ["2022-01-01"]}
    frame = pl.DataFrame(data).hstack(positions([2], [None], "x"))
    with pytest.raises(SourceError, match=r"payed_date.*did you mean paid_date"):
        Mapper(plain_mapping(WAGES), WAGES).apply(frame)


def test_a_pattern_that_is_none_is_the_mappings_error() -> None:
    with pytest.raises(MappingError, match="cannot be applied"):
        apply({"due_date": {"from": "a", "extract": "("}}, {"a": ["2022-01-01"]})


def complete(**changes: Any) -> dict[str, Any]:
    """Return the content of a mapping file that maps every required column."""
    columns: dict[str, Any] = {raw_name(column): "x" for column in WAGES.columns if column.required}
    columns |= changes.pop("columns", {})
    return {"stream": "wage_payment", "columns": columns} | changes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (complete(stream="employment"), "a mapping for employment"),
        (
            complete(columns={"amount_due": "x"}),
            "no column amount_due; did you mean amount_due_fen",
        ),
        (complete(columns={"due_date": {"from": "x", "unit": "yuan"}}), "not an amount of money"),
        (complete(columns={"due_date": {"form": "x"}}), "columns.due_date.form"),
        (complete(columns={"due_date": {}}), "give either `from` or `constant`"),
        (complete(columns={"due_date": None}), "the mapping does not map the required due_date"),
        (complete(key=["paid_date"]), "the key needs paid_date"),
        (complete(key=["due_date"]), "not both"),
        (complete(colums={}), "colums"),
        (complete(file={"encoding": "klingon"}), "there is no encoding klingon"),
        ([1], "valid dictionary"),
    ],
)
def test_errors_in_a_mapping_file_name_file_and_place(
    content: Any, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(MappingError, match=message) as caught:
        read_mapping(path, WAGES)
    assert str(path) in str(caught.value)


def test_files_that_are_no_mapping(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("a: [", encoding="utf-8")
    for name in ("m.yaml", "none.yaml"):
        with pytest.raises(MappingError):
            read_mapping(tmp_path / name, WAGES)


def test_comments_do_not_make_a_mapping_another_one(tmp_path: Path) -> None:
    for name, comment in (("a.yaml", ""), ("b.yaml", "# new\n")):
        (tmp_path / name).write_text(comment + yaml.safe_dump(complete()), encoding="utf-8")
    one, two = (read_mapping(tmp_path / name, WAGES) for name in ("a.yaml", "b.yaml"))
    assert one.fingerprint == two.fingerprint
    changed = one.model_copy(update={"source_system": "other"})
    assert changed.fingerprint != one.fingerprint


@pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda contract: contract.name)
def test_the_template_is_a_mapping_once_it_is_filled_in(contract: Contract) -> None:
    blank = yaml.safe_load(mapping_template(contract))
    own_ids = set() if contract.business_key else {"record_id"}
    assert set(csv_header(contract).split(",")) | own_ids == set(blank["columns"])
    filled = {name: ColumnRule(sources=("x",)) for name in blank["columns"]}
    check_mapping(Mapping(stream=contract.name, columns=filled), contract)
