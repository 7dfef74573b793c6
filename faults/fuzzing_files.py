"""Fuzzing of files: workbooks cell by cell, quotations in CSV, shapes of JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from livelihood.errors import LivelihoodError
from producers.sources import LINE, PROBLEMS, UNREADABLE
from producers.sources.calamine import read_sheet
from producers.sources.file import FileSource
from testkit.workbooks import merged, sheet_xml, write_workbook

COLUMNS = 4
# XML of a cell, and its text as it must be read; UNREADABLE for one that must be refused.
_CELLS = st.one_of(
    st.none().map(lambda _: (None, None)),
    st.integers(-(10**14), 10**14).map(lambda n: (f"<c><v>{n}</v></c>", str(n))),
    st.integers(10**15, 10**18).map(lambda n: (f"<c><v>{n}</v></c>", UNREADABLE)),
    st.integers(0, 10_000).map(lambda n: (f'<c s="1"><v>{n / 100}</v></c>', f"{n}%")),
    st.sampled_from(["#N/A", "#REF!"]).map(
        lambda error: (f'<c t="e"><f>A1</f><v>{error}</v></c>', UNREADABLE)
    ),
    st.sampled_from(["<c><f>A1*2</f></c>", '<c><f t="shared" si="0"/></c>']).map(
        lambda formula: (formula, UNREADABLE)
    ),
    st.text("甲乙a1 ,", min_size=1, max_size=8).filter(str.strip).map(lambda text: (text, text)),
)
_ROWS = st.lists(st.lists(_CELLS, min_size=COLUMNS, max_size=COLUMNS), min_size=1, max_size=8)
_DAMAGE = st.sampled_from(
    ["", "-1", "0", "ZZZZZ99999999999", "XFE3", "A1048577", "A2", "b3", "s", "e", "n", "1e999"]
)
_WORDS = st.text('甲a1",\n ', max_size=6)


def workbooks(data: st.DataObject) -> None:
    """Expect that each cell of the first visible sheet is read as Excel shows it, or refused."""
    rows = data.draw(_ROWS)
    area = data.draw(st.one_of(st.none(), st.tuples(st.integers(2, 9), st.integers(0, 2))))
    hidden = data.draw(st.lists(st.integers(2, 9), max_size=2))
    header: list[object] = [f"c{number}" for number in range(COLUMNS)]
    cells: list[list[object]] = [[xml for xml, _ in row] for row in rows]
    column = "ABCD"[area[1]] if area else ""
    tail = merged(f"{column}{area[0]}:{column}{area[0] + 1}") if area else ""
    sheet = sheet_xml([header, *cells], tail, tuple(hidden))
    other = sheet_xml([header, ["x"] * COLUMNS])
    with tempfile.TemporaryDirectory() as folder:
        path = write_workbook(
            Path(folder) / "a.xlsx", {"h": other, "v": sheet}, {"h": "hidden"}, [(9, None)]
        )
        # Without a process for each workbook, which takes most of the time.
        with mock.patch("producers.sources.workbook.load_sheet", read_sheet):
            read_rows = [r for f in FileSource(path).frames() for r in f.iter_rows(named=True)]
    by_line = {row[LINE]: row for row in read_rows}
    for line, row in enumerate(rows, start=2):
        for number, (_, text) in enumerate(row):
            is_merged = area is not None and number == area[1] and line in (area[0], area[0] + 1)
            if line not in by_line and not any(text for _, text in row):
                # A row without values is no row, even if cells of it are merged.
                continue
            read = by_line.get(line, {}).get(f"c{number}")
            _require(read, UNREADABLE if is_merged else text)


def _require(read: str | None, expected: str | None) -> None:
    if expected == UNREADABLE:
        is_right = read is not None and read.startswith(UNREADABLE)
    else:
        is_right = (read or "").strip() == (expected or "").strip()
    if not is_right:
        raise AssertionError(f"{expected!r} was read as {read!r}")


def damaged_workbooks(data: st.DataObject) -> None:
    """Expect that one attribute or value that is damaged costs its row at most, or the sheet."""
    rows: list[list[object]] = [[f"r{row}", row, row + 1, row + 2] for row in range(6)]
    header: list[object] = [f"c{number}" for number in range(COLUMNS)]
    xml = sheet_xml([header, *rows])
    # The header is not damaged: it decides which columns there are.
    places = list(re.finditer(r'(?<=r="|t="|<v>)[^"<]+', xml))[2 * (COLUMNS + 1) :]
    place = data.draw(st.sampled_from(places))
    damage = data.draw(st.one_of(_DAMAGE, st.text("AZ019-.eE", max_size=12)))
    damaged = xml[: place.start()] + damage + xml[place.end() :]
    with tempfile.TemporaryDirectory() as folder:
        path = write_workbook(Path(folder) / "a.xlsx", {"v": damaged})
        try:
            with mock.patch("producers.sources.workbook.load_sheet", read_sheet):
                read = [row[:COLUMNS] for f in FileSource(path).frames() for row in f.iter_rows()]
        except LivelihoodError:
            return
    expected = [tuple(map(str, row)) for row in rows]
    wrong = [row for row in expected if row not in read]
    if len(wrong) > 1:
        raise AssertionError(f"{damage!r} changed {len(wrong)} rows: {wrong}")


def quotations(data: st.DataObject) -> None:
    """Expect that a quotation mark too many changes no other row, or is refused."""
    rows = data.draw(st.lists(st.lists(_WORDS, min_size=4, max_size=4), min_size=1, max_size=8))
    rows = [[f"r{number}", *row] for number, row in enumerate(rows)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list("abcde"), *rows])
    content = text.getvalue()
    position = data.draw(st.integers(10, len(content)))
    damage = data.draw(st.sampled_from(["", '"']))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(content[:position] + damage + content[position:], encoding="utf-8")
        try:
            read = [row[:5] for frame in FileSource(path).frames() for row in frame.iter_rows()]
        except LivelihoodError:
            return
    wrong = [row for row in rows if tuple(row) not in read]
    if len(wrong) > len(damage) or (not damage and len(read) != len(rows)):
        raise AssertionError(f"{len(wrong)} of {len(rows)} rows were read wrongly: {wrong}")


def json_shapes(data: st.DataObject) -> None:
    """Expect that objects are read from any layout, and that damage costs rows or the file."""
    values = st.one_of(st.none(), st.booleans(), st.text(max_size=4), st.integers(0, 99))
    objects = data.draw(
        st.lists(
            st.dictionaries(st.sampled_from("abc"), values, min_size=1), min_size=1, max_size=5
        )
    )
    lines = [json.dumps(item) for item in objects]
    layouts = [
        "\n".join(lines), "".join(lines), json.dumps(objects), json.dumps(objects, indent=1),
        "[" + ",\n".join(lines) + "]", "\n".join(json.dumps(item, indent=2) for item in objects),
    ]  # fmt: skip
    content = data.draw(st.sampled_from(layouts))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    damage = data.draw(st.sampled_from(["", "{", "]", '"', "\\ud800", "[" * 5_000, '"a":1,']))
    damaged = content if cut is None else content[:cut] + damage + content[cut + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ndjson"
        path.write_text(damaged, encoding="utf-8")
        try:
            frames = list(FileSource(path).frames())
        except LivelihoodError:
            if cut is None:
                raise
            return
    if cut is None:
        read = [row for frame in frames for row in frame.iter_rows(named=True)]
        _require(str(len(read)), str(len(objects)))
        for row, item in zip(read, objects, strict=True):
            for name, value in item.items():
                _require_value(row, name, value)


def _require_value(row: dict[str, Any], name: str, value: object) -> None:
    text = value if isinstance(value, str) or value is None else json.dumps(value)
    if row[name] != text or row[PROBLEMS]:
        raise AssertionError(f"{text!r} was read as {row[name]!r}: {row[PROBLEMS]}")
