"""Text from data stays text in every kind of output."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.escaping import (
    for_html,
    for_json,
    for_log,
    for_message,
    for_spreadsheet,
    for_terminal,
)

HOSTILE = {
    "clear the screen": "a\x1b[2Jb",
    "set the title (OSC)": "\x1b]0;x\x07b",
    "C1 control": "a\x9b31mb",
    "direction": "a\u202egnp.exe",
    "isolate": "a\u2066b\u2069",
    "carriage return": "paid\rowed",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "lone surrogate of a file name": "a\udcffb",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_control_character_reaches_an_output(name: str) -> None:
    for escape in (for_terminal, for_log, for_message):
        escaped = escape(HOSTILE[name])
        assert not {unicodedata.category(char) for char in escaped} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        escaped.encode()
    for escape in (for_spreadsheet, for_html):
        assert "\x1b" not in escape(HOSTILE[name])
        escape(HOSTILE[name]).encode()


def test_printable_text_stays_as_it_is() -> None:
    for text in ("拖欠工资：12 人（者楼街道）", "a < b & c > 'd'", "Ré̈sumé", "👩‍🌾 农户"):
        for escape in (for_terminal, for_spreadsheet, for_html, for_message):
            assert escape(text) == text


def test_lines_are_kept_apart_from_lines_of_the_platform() -> None:
    note = "ok\r\nlivelihood: the gate is open\n"
    assert for_terminal(note) == "ok ↵livelihood: the gate is open ↵"
    assert for_terminal(note, "\n  ") == "ok\n  livelihood: the gate is open\n  "
    assert for_log(note) == r"ok\r\nlivelihood: the gate is open\n"


@given(st.text())
def test_a_json_document_keeps_its_values(text: str) -> None:
    document = for_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(document) == {"text": text}
    assert "\x9b" not in document
    assert "\u202e" not in document


def test_a_lone_surrogate_in_json_can_be_encoded() -> None:
    document = for_json(json.dumps({"file": "\udcff"}, ensure_ascii=False))
    assert json.loads(document.encode()) == {"file": "\udcff"}


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    line = io.StringIO()
    csv.writer(line).writerow([for_spreadsheet(text)])
    [[cell]] = csv.reader(io.StringIO(line.getvalue(), newline="")) if text else [[""]]
    assert not cell or cell[0] not in "=@\t\r\n＝＋－＠"
    assert not cell.startswith(("+", "-")) or float(cell) is not None


def test_a_message_mentions_no_one() -> None:
    assert for_message('<at user_id="all">所有人</at>') == '＜at user_id="all">所有人＜/at>'
    assert (
        for_message("<!channel> <@U012> @everyone @all") == "＜!channel> ＜@U012> ＠everyone ＠all"
    )
    assert for_message("a@allied.example, 3 < 5") == "a@allied.example, 3 < 5"
