"""Lists fit the terminal with Chinese titles, and CSV and JSON hold all of what they list."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from livelihood.cli.queries import ALERT_COLUMNS, ALERT_PRIORITY
from livelihood.cli.tables import Listing, Output, print_table, to_csv, to_json
from livelihood.errors import LivelihoodError

OPENED_AT = dt.datetime(2022, 12, 31, 4, 30, 12, 345678, dt.UTC)
TITLE = "册亨县 2022 年城镇新增就业人数低于序时进度，差 318 人"
OWNER = "县人力资源和社会保障局"
ALERTS = Listing(
    ALERT_COLUMNS,
    [
        (number, "orange", "acknowledged", TITLE, OWNER, OPENED_AT, OWNER, None, None,
         "target_behind", "ceheng_income_2022_new_urban_jobs")
        for number in (7, 1024)
    ],
    ALERT_PRIORITY,
)  # fmt: skip


def rendered(listing: Listing, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    print_table(listing, console)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_alerts_fit_the_width_and_no_text_is_cut(width: int) -> None:
    lines = rendered(ALERTS, width)
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "\n".join(lines[:-1])
    text = "".join("".join(lines).split())
    assert "".join(TITLE.split())[:6] in text
    header = lines[0].split()
    assert header[:2] == ["alert_id", "level"]
    assert "title" in header
    if width >= 80:
        assert "owner" in header


def test_omitted_columns_are_named_in_one_line() -> None:
    lines = rendered(ALERTS, 80)
    [omitted] = [line for line in lines if "not shown" in line]
    shown = lines[0].split()
    assert omitted == lines[-1]
    assert omitted.startswith(f"not shown ({len(ALERT_COLUMNS) - len(shown)}; ")
    assert "opened_at" in omitted
    assert {*shown} <= {*ALERT_COLUMNS}, "no heading is wrapped"
    wide = rendered(ALERTS, 250)
    assert "not shown" not in wide[-1]
    assert tuple(wide[0].split()) == ALERT_COLUMNS


def test_titles_are_wrapped_in_a_column_that_can_be_read() -> None:
    lines = rendered(Listing(("code", "title"), [("x" * 20, TITLE * 3)]), 50)
    column = cell_len(lines[0].split("title")[0])
    parts = [line.encode("utf-8").decode()[0:] for line in lines[1:]]
    assert column == 22
    assert all(cell_len(part) <= 50 for part in parts)
    assert "".join(part.replace("x", "").strip() for part in parts).replace(" ", "") == (
        TITLE * 3
    ).replace(" ", "")


def test_empty_columns_give_their_place_to_text_that_would_be_wrapped() -> None:
    listing = Listing(("empty", "title", "other"), [(None, TITLE, TITLE)], ("empty", "title"))
    assert rendered(listing, 120)[0].split() == ["empty", "title", "other"]
    narrow = rendered(listing, 110)
    assert narrow[0].split() == ["title", "other"]
    assert narrow[2] == "not shown (1; --csv and --json have all): empty"


def test_numbers_are_on_the_right_and_whole() -> None:
    rows = [(1, Decimal("1234567.50"), True), (1000, None, False)]
    lines = rendered(Listing(("id", "amount_yuan", "is_simulated"), rows), 80)
    assert lines == [
        "  id  amount_yuan  is_simulated",
        "   1   1234567.50  true",
        "1000               false",
    ]


def test_timestamps_are_in_china_time() -> None:
    assert rendered(Listing(("at",), [(OPENED_AT,)]), 80)[1] == "2022-12-31 12:30"


def test_text_of_records_is_neither_markup_nor_control_sequence() -> None:
    text = "[bold red]x[/] \x1b[31mred\x07 [/nothing] \u202egnp.exe"
    [_, line] = rendered(Listing(("text",), [(text,)]), 120)
    assert line == "[bold red]x[/] �[31mred� [/nothing] �gnp.exe"


def test_a_name_without_width_is_printed() -> None:
    assert len(rendered(Listing(("\U000e0000",), [("\U000e0000",)]), 80)) == 2


@given(width=st.integers(1, 80), name=st.text(), value=st.text())
def test_any_text_is_printed_on_any_width(width: int, name: str, value: str) -> None:
    assert rendered(Listing((name, "b"), [(value, 1)]), width)


@given(
    widths=st.integers(20, 160),
    rows=st.lists(
        st.tuples(
            st.integers(), st.text("册亨县ab c_1", max_size=80), st.text("a-0 文", max_size=50)
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_no_line_is_wider_than_the_terminal(widths: int, rows: list[tuple[int, str, str]]) -> None:
    lines = rendered(Listing(("number", "title", "note"), rows), widths)
    assert all(cell_len(line) <= widths for line in lines)


ROWS = [
    (1, Decimal("0.10"), "=HYPERLINK(1)", OPENED_AT, None, True),
    (-2, Decimal("-3"), "+86 139", dt.date(2022, 1, 5), '逗号,"引号"\n换行', False),
    (3, None, "-5.2", None, "@cmd", None),
    (4, None, "+5", None, "-x", None),
    (5, None, "＝1+1", None, "\x1b[2J", None),
]
NAMES = ("id", "amount", "text", "at", "note", "is_open")


def test_csv_opens_in_excel_and_holds_everything() -> None:
    content = to_csv(Listing(NAMES, ROWS))
    assert content.startswith("\ufeff")
    header, *rows = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""))
    assert tuple(header) == NAMES
    assert rows == [
        ["1", "0.10", "'=HYPERLINK(1)", "2022-12-31T04:30:12.345678+00:00", "", "true"],
        ["-2", "-3", "'+86 139", "2022-01-05", '逗号,"引号"\n换行', "false"],
        ["3", "", "-5.2", "", "'@cmd", ""],
        ["4", "", "+5", "", "'-x", ""],
        ["5", "", "'＝1+1", "", "�[2J", ""],
    ]


def test_column_names_of_a_query_are_no_formulas() -> None:
    header = to_csv(Listing(("=1+1", "\x1b[2Jb"), [])).removeprefix("\ufeff")
    assert header == "'=1+1,�[2Jb\r\n"


def test_json_is_one_array_of_objects() -> None:
    documents = json.loads(to_json(Listing(NAMES, ROWS)))
    assert [tuple(document) for document in documents] == [NAMES] * 5
    assert documents[0]["amount"] == 0.1
    assert documents[0]["at"] == "2022-12-31T04:30:12.345678+00:00"
    assert documents[1] == {
        "id": -2, "amount": -3, "text": "+86 139", "at": "2022-01-05",
        "note": '逗号,"引号"\n换行', "is_open": False,
    }  # fmt: skip
    assert json.loads(to_json(Listing(NAMES, []))) == []
    with pytest.raises(LivelihoodError, match="rename a"):
        to_json(Listing(("a", "a"), [(1, 2)]))


def test_destinations_of_a_listing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listing = Listing(("a",), [("文",)])
    path = tmp_path / "list.csv"
    Output(csv=str(path)).write(listing)
    assert path.read_bytes() == "\ufeffa\r\n文\r\n".encode()
    assert capsys.readouterr().out == f"1 rows: {path}\n"
    Output(csv="-").write(listing)
    assert capsys.readouterr().out == "\ufeffa\r\n文\r\n"
    Output(json=True).write(listing)
    assert capsys.readouterr().out == '[{"a": "文"}]\n'
    Output().write(Listing(("a",), []), "nothing is listed")
    assert capsys.readouterr().out == "nothing is listed\n"
    with pytest.raises(LivelihoodError, match="choose either"):
        Output(csv="-", json=True)
    with pytest.raises(LivelihoodError, match=r"list\.csv cannot be written: "):
        Output(csv=str(tmp_path / "none" / "list.csv")).write(listing)
