"""The form of a quarter: what is in it, what it allows, and that a filled one arrives."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from livelihood.cli import main
from livelihood.contracts import load_contract
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from producers.errors import SourceError
from producers.forms import form_mapping, form_of
from producers.forms.workbook import COLUMNS, HEADER_LINE, SHEET, write_form
from tests.reported import reported_target
from tests.unit.producers.memory_kafka import MemoryKafka, use_settings

PLAN, OFFICE, JUNE = "ceheng_income_2022", "县人社局", dt.date(2023, 6, 1)
TITLES = list(COLUMNS)
YEARLY = reported_target(
    plan_id=PLAN, owner=OFFICE, periodicity="annual", comparator=">=", unit="persons"
)
SUM, UNIT = YEARLY.target_id, YEARLY.unit


@pytest.fixture(autouse=True)
def _own_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    use_settings(monkeypatch, settings)


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "form.xlsx"
    words = ("form", "--plan", PLAN, "--quarter", "2023-06", "--office", OFFICE, "--to", path)
    assert run(monkeypatch, *words) == 0
    return path


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Run a command and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["livelihood", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


def fill(path: Path, rows: dict[str, dict[str, Any]], number_format: str | None = None) -> None:
    """Fill in the rows of these figures; the office deletes the others."""
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    for number in range(sheet.max_row, HEADER_LINE, -1):
        code = str(sheet.cell(number, 1).value)
        if code not in rows:
            sheet.delete_rows(number)
        else:
            for title, value in rows[code].items():
                cell = sheet.cell(number, TITLES.index(title) + 1)
                cell.value = value
                if title == "上报数值" and number_format:
                    cell.number_format = number_format
    book.save(path)


def test_the_form_has_a_row_for_each_figure_of_the_office(blank: Path) -> None:
    sheet = openpyxl.load_workbook(blank)[SHEET]
    rows = list(sheet.iter_rows(min_row=HEADER_LINE + 1, values_only=True))
    codes = [row[0] for row in rows]
    assert codes == [figure.figure_code for figure in form_of(PLAN, OFFICE, JUNE).figures]
    assert len(codes) == len(set(codes)) > 10
    assert SUM in codes
    # Of another office; measured by records; a duplicate.
    assert not {"ceheng_grain_area", "ceheng_new_urban_employed", "ceheng_urban_accountability"} & {
        *codes
    }
    yearly = dict(zip(TITLES, rows[codes.index(SUM)], strict=True))
    assert (yearly["计量单位"], yearly["地区"], yearly["目标值"]) == (
        UNIT, "册亨县", f">= {YEARLY.value}",
    )  # fmt: skip
    assert yearly["报告期末"] == "2023-06-30"
    assert "2023-06-18" in sheet["A2"].value


def test_given_cells_are_locked_and_cells_to_fill_in_are_checked(blank: Path) -> None:
    sheet = openpyxl.load_workbook(blank)[SHEET]
    first = HEADER_LINE + 1
    locked = {
        title: sheet.cell(first, TITLES.index(title) + 1).protection.locked for title in TITLES
    }
    assert sheet.protection.sheet
    assert {title for title, is_locked in locked.items() if not is_locked} == {
        "上报数值", "报送时间", "佐证材料编号", "版次", "操作",
    }  # fmt: skip
    rules = sheet.data_validations.dataValidation
    assert {"list", "date", "whole", "decimal", "textLength"} == {rule.type for rule in rules}
    value = f"{chr(ord('A') + TITLES.index('上报数值'))}"
    checked = {str(rule.sqref): rule for rule in rules if str(rule.sqref).startswith(value)}
    assert len(checked) == sheet.max_row - HEADER_LINE
    days = [
        number
        for number in range(first, sheet.max_row + 1)
        if sheet.cell(number, TITLES.index("计量单位") + 1).value == "day_of_month"
    ]
    assert days
    assert {checked[f"{value}{number}"].formula2 for number in days} == {"31"}


def test_a_filled_form_arrives_and_its_correction_is_a_revision(
    blank: Path, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    evidence = {"报送时间": dt.datetime(2023, 6, 15, 9, 30), "佐证材料编号": "册人社报〔2023〕6号"}
    filled = tmp_path / "filled.xlsx"
    filled.write_bytes(blank.read_bytes())
    fill(
        filled,
        {
            SUM: {"上报数值": 10_000_000, **evidence},
            "ceheng_full_employment_communities": {"上报数值": 82.3456, **evidence},
        },
    )
    assert run(monkeypatch, "send", "reported_figure", "--from", filled) == 0
    documents = {d["figure_code"]: d for d in kafka.documents()}
    yearly = documents[SUM]
    assert yearly["value_ten_thousandths"] == 100_000_000_000
    assert documents["ceheng_full_employment_communities"]["value_ten_thousandths"] == 823_456
    assert {name: yearly[name] for name in ("region_code", "population", "unit", "office")} == {
        "region_code": "522327", "population": "all", "unit": UNIT, "office": OFFICE,
    }  # fmt: skip
    assert (yearly["period_end_date"], yearly["revision"], yearly["operation"]) == (
        "2023-06-30", 1, "upsert",
    )  # fmt: skip
    assert yearly["submitted_at"].startswith("2023-06-15T01:30")
    assert yearly["evidence_reference"] == evidence["佐证材料编号"]

    fill(filled, {SUM: {"上报数值": 9_500_000, "版次": 2, "操作": "撤回"}})
    assert run(monkeypatch, "send", "reported_figure", "--from", filled) == 0
    last = kafka.documents()[-1]
    assert (last["record_id"], last["revision"], last["operation"]) == (
        yearly["record_id"], 2, "withdraw",
    )  # fmt: skip


def test_a_row_that_was_left_blank_is_rejected_and_the_others_arrive(
    blank: Path, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = {"报送时间": "2023-06-15", "佐证材料编号": "1"}
    fill(
        blank,
        {
            SUM: {"上报数值": 1, **evidence},
            "ceheng_full_employment_communities": {},
        },
    )
    assert run(monkeypatch, "send", "reported_figure", "--from", blank) == 3
    assert [d["figure_code"] for d in kafka.documents()] == [SUM]


PERCENT = "ceheng_full_employment_communities"
EVIDENCE = {"报送时间": "2023年6月15日 9时30分", "佐证材料编号": "册人社报〔2023〕6号"}


@pytest.mark.parametrize(
    ("value", "number_format", "ten_thousandths"),
    [(1, "0%", 1_000_000), (0.823456, "0.00%", 823_456), ("100 %", None, 1_000_000),
     ("９５", None, 950_000), (95, None, 950_000)],
)  # fmt: skip
def test_a_percentage_is_read_as_excel_shows_it(
    value: object,
    number_format: str | None,
    ten_thousandths: int,
    blank: Path,
    kafka: MemoryKafka,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(blank, {PERCENT: {"上报数值": value, **EVIDENCE}}, number_format)
    assert run(monkeypatch, "send", "reported_figure", "--from", blank) == 0
    [document] = kafka.documents()
    assert document["value_ten_thousandths"] == ten_thousandths
    assert document["submitted_at"].startswith("2023-06-15T01:30")


@pytest.mark.parametrize(("value", "number_format"), [(0.95, "0%"), ("95%", None)])
def test_a_percentage_of_another_unit_is_rejected(
    value: object,
    number_format: str | None,
    blank: Path,
    kafka: MemoryKafka,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(blank, {SUM: {"上报数值": value, **EVIDENCE}}, number_format)
    assert run(monkeypatch, "send", "reported_figure", "--from", blank) == 3
    assert kafka.documents() == []


@pytest.mark.parametrize("name", ["form.xlsm", "form.xls", "renamed.xlsx"])
def test_a_form_under_another_name_or_with_a_renamed_sheet(
    name: str, blank: Path, kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(blank, {SUM: {"上报数值": 1, **EVIDENCE}})
    path = blank.rename(blank.with_name(name))
    if name == "renamed.xlsx":
        book = openpyxl.load_workbook(path)
        book[SHEET].title = "Sheet1"
        book.save(path)
    assert run(monkeypatch, "send", "reported_figure", "--from", path) == 0
    assert [d["figure_code"] for d in kafka.documents()] == [SUM]


def test_a_file_with_several_forms_is_refused(blank: Path) -> None:
    book = openpyxl.load_workbook(blank)
    book.copy_worksheet(book[SHEET]).title = "Sheet1"
    book[SHEET].title = "Sheet2"
    book.save(blank)
    with pytest.raises(SourceError, match="several forms: Sheet2, Sheet1"):
        form_mapping(blank, load_contract("reported_figure"))


def test_only_the_form_needs_no_mapping(blank: Path, tmp_path: Path) -> None:
    contract = load_contract("reported_figure")
    assert form_mapping(blank, contract) is not None
    assert form_mapping(blank, load_contract("employment")) is None
    other = openpyxl.Workbook()
    other.save(tmp_path / "other.xlsx")
    assert form_mapping(tmp_path / "other.xlsx", contract) is None
    (tmp_path / "broken.xlsx").write_text("x")
    assert form_mapping(tmp_path / "broken.xlsx", contract) is None
    assert form_mapping(tmp_path / "none.xlsx", contract) is None


@pytest.mark.parametrize(
    ("plan", "office", "month", "sentence"),
    [
        ("ceheng", OFFICE, JUNE, "there is no plan ceheng; there are: ceheng_income_2022"),
        (PLAN, OFFICE, dt.date(2023, 5, 1), "2023-05 ends no quarter"),
        (PLAN, "县气象局", JUNE, "县气象局 has nothing to report for 2023-06; who has: .*县人社局"),
        (PLAN, OFFICE, dt.date(2025, 3, 1), "who has: none"),
    ],
)
def test_a_form_that_cannot_be_written_is_an_error(
    plan: str, office: str, month: dt.date, sentence: str
) -> None:
    with pytest.raises(LivelihoodError, match=sentence):
        form_of(plan, office, month)


def test_no_name_of_the_registry_is_a_formula(tmp_path: Path) -> None:
    hostile = "=HYPERLINK(1)\x1b[2J\nb"
    figure = replace(
        form_of(PLAN, OFFICE, JUNE).figures[0], name_zh=hostile, region_zh="+1", promised="@x"
    )
    form = replace(form_of(PLAN, OFFICE, JUNE), plan_zh=hostile, office=hostile, figures=(figure,))
    write_form(form, tmp_path / "form.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "form.xlsx")[SHEET]
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    texts = [str(cell.value) for cell in cells]
    assert [text for text in texts if text.startswith("=")] == [
        "=HYPERLINK(1)�[2J\nb 季度填报表",
        "=HYPERLINK(1)�[2J\nb：2023 年第 2 季度，2023-06-18 前报送",
        "=HYPERLINK(1)�[2J\nb",
        "=HYPERLINK(1)�[2J\nb",
    ]
