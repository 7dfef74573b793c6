"""Seed files are read into typed rows, and an error names file, line and column."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from livelihood.errors import RegistryError
from livelihood.registry import Region, Standard, load_regions, load_targets
from livelihood.registry.catalogue import Indicator
from livelihood.registry.plans import Target
from livelihood.registry.seeds import SEEDS, read_mapping, read_rows

HEADER = "standard,region_code,value,unit,valid_from,source\n"
ROW = "minimum_wage_monthly,522327,1570.50,yuan,2019-12-01,law\n"


def write(folder: Path, text: str) -> Path:
    (folder / "standards.csv").write_text(text, encoding="utf-8")
    return folder


def test_cells_have_the_types_of_their_columns(tmp_path: Path) -> None:
    [row] = read_rows(Standard, write(tmp_path, HEADER + ROW))
    assert (row.value, row.valid_from) == (Decimal("1570.50"), dt.date(2019, 12, 1))
    with pytest.raises(ValidationError, match="frozen"):
        row.value = Decimal(1)  # type: ignore[misc]


def test_empty_cells_take_the_default_of_their_column() -> None:
    targets = load_targets().values()
    assert any(target.indicator_code is None and target.supporting == "" for target in targets)
    assert {type(target.is_approximate) for target in targets} == {bool}
    province = next(region for region in load_regions().values() if region.level == "province")
    assert province.parent_code is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2019-12-01", "20191201", "line 3: column valid_from is '20191201': write it like 2022-"),
        ("2019-12-01", "1575158400", "line 3: column valid_from is '1575158400': write it like"),
        ("2019-12-01", "2019-13-01", "line 3: column valid_from is '2019-13-01': .*month"),
        ("1570.50", "1,5", "line 3: column unit is '5': Input should be 'yuan'"),
        ("1570.50", "1e3", "line 3: column value is '1e3': write it like 12.5"),
        ("1570.50", "NaN", "line 3: column value is 'NaN': write it like 12.5"),
        ("1570.50", "", "line 3: column value is empty"),
        ("law", "law,more", "line 3: the row has more cells than the file has columns"),
        (",law", "", "line 3: column source is empty"),
        ("yuan", "fen", "line 3: column unit is 'fen': Input should be 'yuan'"),
    ],
)
def test_a_faulty_cell_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    second = ROW.replace("2019", "2020").replace("2020-12-01", "2019-12-01").replace(old, new)
    folder = write(tmp_path, HEADER + ROW.replace("522327", "15") + second)
    with pytest.raises(RegistryError, match=rf"standards\.csv, {message}"):
        read_rows(Standard, folder)


def test_every_issue_of_a_file_is_reported(tmp_path: Path) -> None:
    folder = write(tmp_path, HEADER + ROW.replace("1570.50", "x") + ROW.replace("yuan", "fen"))
    with pytest.raises(RegistryError) as caught:
        read_rows(Standard, folder)
    assert [line.split(" is ")[0] for line in str(caught.value).splitlines()] == [
        "standards.csv, line 2: column value",
        "standards.csv, line 3: column unit",
    ]


def test_a_flag_is_true_or_false(tmp_path: Path) -> None:
    text = (SEEDS / "targets.csv").read_text(encoding="utf-8")
    (tmp_path / "targets.csv").write_text(text.replace(",false,", ",no,", 1), encoding="utf-8")
    with pytest.raises(RegistryError, match=r"line 2: column is_approximate is 'no': write it"):
        read_rows(Target, tmp_path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER.replace(",source", ""), "missing columns: source"),
        (HEADER.replace("source", "origin"), "missing columns: source; unknown columns: origin"),
        (HEADER.replace("source", "source,unit"), "repeated columns: unit"),
        ("", "missing columns: standard, region_code"),
    ],
)
def test_a_faulty_header_is_named(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(RegistryError, match=rf"standards\.csv: {message}"):
        read_rows(Standard, write(tmp_path, header))


def test_a_key_that_occurs_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"minimum_wage_monthly, 522327, 2019-12-01 occurs 2"):
        read_rows(Standard, write(tmp_path, HEADER + ROW + ROW))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"regions\.csv cannot be read: No such file"):
        read_mapping(Region, tmp_path)


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    folder = write(tmp_path, HEADER + ROW)
    first = read_rows(Standard, folder)
    assert read_rows(Standard, folder) is first
    write(folder, HEADER + ROW.replace("1570.50", "1660"))
    os.utime(folder / "standards.csv", ns=(0, 1))
    assert read_rows(Standard, folder)[0].value == 1660


def test_rows_are_found_by_their_key_in_file_order() -> None:
    indicators = read_mapping(Indicator)
    assert [row.indicator_code for row in read_rows(Indicator)] == list(indicators)
    with pytest.raises(TypeError):
        indicators["x"] = indicators["employed_persons"]  # type: ignore[index]
