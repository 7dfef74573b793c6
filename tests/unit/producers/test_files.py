"""Files of every format and encoding give the same rows, with the line of each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from producers.errors import SourceError
from producers.sources import FILE, LINE, PROBLEMS, UNREADABLE
from producers.sources.file import FileOptions, FileSource

ROWS = [("甲", "3500.10", "是"), ("乙", "0.29", "否"), ("丙", "12", "是")]
HEADER = ("姓名", "应发", "本地")


def _csv(path: Path, encoding: str, newline: str = "\n") -> Path:
    lines = [",".join(row) for row in (HEADER, *ROWS)]
    path.write_bytes((newline.join(lines) + newline).encode(encoding))
    return path


def _excel(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, *ROWS):
        sheet.append([float(cell) if cell[0].isdigit() else cell for cell in row if cell])
    sheet.cell(1, 2).value = HEADER[1]
    book.save(path)
    return path


def _ndjson(path: Path) -> Path:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _parquet(path: Path) -> Path:
    pl.DataFrame(ROWS, schema=HEADER, orient="row").write_parquet(path)
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    "utf8.csv": lambda path: _csv(path, "utf-8"),
    "excel_utf8.csv": lambda path: _csv(path, "utf-8-sig", "\r\n"),
    "gb18030.csv": lambda path: _csv(path, "gb18030"),
    "utf16.csv": lambda path: _csv(path, "utf-16"),
    "book.xlsx": _excel,
    "lines.ndjson": _ndjson,
    "table.parquet": _parquet,
}


def read(path: Path, start_row: int = 0, options: FileOptions | None = None) -> pl.DataFrame:
    return pl.concat(FileSource(path, options).frames(start_row), how="diagonal_relaxed")


@pytest.mark.parametrize("name", MAKERS)
def test_every_format_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    frame = read(MAKERS[name](tmp_path / name))
    amounts = [row[1].rstrip("0").rstrip(".") for row in frame.select(HEADER).rows()]
    assert amounts == ["3500.1", "0.29", "12"]
    assert frame["姓名"].to_list() == ["甲", "乙", "丙"]
    assert frame[FILE].unique().to_list() == [name]
    assert frame[PROBLEMS].list.len().sum() == 0
    has_header = not name.endswith(("ndjson", "parquet"))
    assert frame[LINE].to_list() == ([2, 3, 4] if has_header else [1, 2, 3])


@pytest.mark.parametrize("name", MAKERS)
def test_reading_resumes_after_the_finished_rows(name: str, tmp_path: Path) -> None:
    path = MAKERS[name](tmp_path / name)
    rows, resumed = read(path), read(path, start_row=2)
    assert resumed.rows() == rows.slice(2).rows()
    assert list(FileSource(path).frames(3)) == []


def test_lines_are_those_an_editor_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'title\n\nx,y\n1,"two\nlines"\n\n3,4\nonly one\n5,6,7\n8,9,,\n', encoding="utf-8"
    )
    frame = read(path, options=FileOptions(header_line=3))
    assert frame.select("x", "y", LINE).rows() == [
        ("1", "two\nlines", 4),
        ("3", "4", 7),
        (None, None, 8),
        (None, None, 9),
        ("8", "9", 10),
    ]
    assert frame[PROBLEMS].to_list()[2:4] == [
        ["fields: row: 1 fields under 2 columns"],
        ["fields: row: 3 fields under 2 columns"],
    ]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_separators_are_detected(separator: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(separator.join(["x", "y, z"]) + "\n" + separator.join("12"), encoding="utf-8")
    assert read(path).select("x", "y, z").rows() == [("1", "2")]


def test_broken_lines_of_ndjson_are_reported_and_the_others_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"x": 0.29, "n": {"a": [1]}}\n{"x": \n\n[1]\n{"y": true}\n', encoding="utf-8")
    frame = read(path)
    assert frame.select("x", "n", "y", LINE).rows() == [
        ("0.29", '{"a": ["1"]}', None, 1),
        (None, None, None, 2),
        (None, None, None, 4),
        (None, None, "true", 5),
    ]
    assert [problems and problems[0].split(":")[0] for problems in frame[PROBLEMS].to_list()] == [
        [],
        "broken_json",
        "not_an_object",
        [],
    ]


def test_excel_titles_empty_rows_and_other_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("工资")
    for row in (["册亨县工资表"], ["姓名", "应发"], ["甲", 1], [], ["乙", 2.5]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    frame = read(tmp_path / "a.xlsx", options=FileOptions(sheet="工资", header_line=2))
    assert frame.select("姓名", "应发", LINE).rows() == [("甲", "1", 3), ("乙", "2.5", 5)]


def test_long_files_come_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("text", "table"):
        monkeypatch.setattr(f"producers.sources.{module}.CHUNK_ROWS", 2)
    for name in ("utf8.csv", "table.parquet", "book.xlsx", "lines.ndjson"):
        heights = [f.height for f in FileSource(MAKERS[name](tmp_path / name)).frames()]
        assert heights == [2, 1], name


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    one, copy = _csv(tmp_path / "a.csv", "utf-8"), _csv(tmp_path / "b.csv", "utf-8")
    other = _csv(tmp_path / "c.csv", "gb18030")
    assert FileSource(one).fingerprint == FileSource(copy).fingerprint
    assert FileSource(one).fingerprint != FileSource(other).fingerprint


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "no header"),
        ("a.csv", b"x,x\n1,2\n", "several columns named x"),
        ("a.csv", b"x\n" + b"\xff\xff\xff\n", "not gb18030 throughout"),
        ("a.xlsx", b"not a zip", "cannot be read as Excel"),
        ("a.parquet", b"not parquet", "cannot be read as Parquet"),
        ("a.doc", b"", "none of the extensions"),
    ],
)
def test_unreadable_files(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        list(FileSource(tmp_path / name).frames())


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        FileSource(tmp_path / "none.csv")


def test_a_file_whose_encoding_changes_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x\n" + (b"plain" * 100 + b"\n") * 3_000 + "汉字".encode("gb18030") + b"\n")
    with pytest.raises(SourceError, match="name its encoding"):
        list(FileSource(path).frames())
    assert read(path, 3_000, FileOptions(encoding="gb18030"))["x"].to_list() == ["汉字"]


def test_types_of_parquet_that_are_no_text_number_or_date(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"list": [[1], None], "time": [dt.timedelta(1), None], "number": [float("nan"), 1e16]}
    )
    frame.write_parquet(tmp_path / "a.parquet")
    (read,) = FileSource(tmp_path / "a.parquet").frames()
    first, second = read.rows()
    assert first[0].startswith(UNREADABLE + "it is of the type List(Int64), not text")
    assert first[1].startswith(UNREADABLE + "it is of the type Duration")
    assert first[2].startswith(UNREADABLE + "it is not a number (NaN")
    assert second[:2] == (None, None)
    assert second[2].startswith(UNREADABLE + "it is a number of more than 15 digits")
