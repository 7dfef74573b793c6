"""Text files as offices write them: no row is merged with another, lost or misread silently."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from producers.errors import SourceError
from producers.sources import LINE, PROBLEMS, UNREADABLE
from producers.sources.file import FileOptions, FileSource

HEADER = "姓名,乡镇,应发,实发\n"


def read(path: Path, content: bytes | str, **options: object) -> pl.DataFrame:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = FileSource(path, FileOptions.model_validate(options))
    return pl.concat(source.frames(), how="diagonal_relaxed")


def rows(frame: pl.DataFrame) -> list[tuple[str | None, ...]]:
    return frame.select(pl.exclude("^_.*$")).rows()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('"甲,1,2,3\n乙,1,2,3\n丙,1,2,3\n丁",1,2,3\n', "line 2 opens contains whole rows"),
        ('"甲,1,2,3\n乙",1,2,3\n', "line 2 opens contains whole rows"),
        ('甲,1,2,3\n乙,"1,2,3\n丙,1,2,3"\n', "line 3 opens contains whole rows"),
        ('甲,1,2,"\n""\n乙,1,2,"\n1"\n', "line 2 opens contains whole rows"),
        ('甲,1,2,"\n乙,1,"\n",",3"\n', "line 2 opens contains whole rows"),
        ('"甲,,,","\n乙,",1",\n', "line 2 opens contains whole rows"),
        ('甲,1,2,"\n乙,"\n,3",\n', "line 2 opens contains whole rows"),
        ('"甲,,,"\n"\n乙,",1",,\n', "line 3 opens contains whole rows"),
        ('乙"丙,"1\n2",,\n', "line 2 opens contains whole rows"),
        ('甲,1,2,3\n"乙,1,2,3\n丙,1,2,3\n', "line 3 opens does not end"),
        ('甲,1,2,3\n"乙"某,1,2,3\n', "line 3 opens ends within a field"),
        ('甲,1,2,"3\n乙,1,2,3', "line 2 opens does not end"),
    ],
)
def test_quotations_that_swallow_rows(lines: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=sentence):
        read(tmp_path / "a.csv", HEADER + lines)


def test_the_file_is_checked_before_its_first_row_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.sources.text.CHUNK_ROWS", 1)
    path = tmp_path / "a.csv"
    path.write_text(HEADER + '甲,1,2,3\n"乙,1,2,3\n', encoding="utf-8")
    with pytest.raises(SourceError):
        next(FileSource(path).frames())
    path.write_bytes("姓名\n甲\n".encode("gb18030") + b"\xff\xff\n")
    with pytest.raises(SourceError, match=r"not gb18030 throughout \(line 3\)"):
        next(FileSource(path).frames())


def test_quotations_that_are_right(tmp_path: Path) -> None:
    text = HEADER + '"甲 ""小""",\'1,"2,000",3\n乙,"1\n2",,\n丙,,,\n乙"丙,,,\n'
    assert rows(read(tmp_path / "a.csv", text)) == [
        ('甲 "小"', "'1", "2,000", "3"),
        ("乙", "1\n2", "", ""),
        ("丙", "", "", ""),
        ('乙"丙', "", "", ""),
    ]
    long = HEADER + '"甲,1,2,3\n乙,1,2,3\n丙",1,2,3\n'
    frame = read(tmp_path / "b.csv", long, multiline=True)
    assert frame.height == 1


@pytest.mark.parametrize("ending", ["\x1a", "\n\x1a", "\r\n\x1a\x1a\n", "\n\n  ,  ,,\n"])
def test_the_end_of_a_file_of_dos(ending: str, tmp_path: Path) -> None:
    assert rows(read(tmp_path / "a.csv", HEADER + "甲,1,2,3" + ending)) == [("甲", "1", "2", "3")]
    line = json.dumps({"a": "1"}) + ending.replace(",", "")
    assert rows(read(tmp_path / "a.ndjson", line)) == [("1",)]


def test_a_damaged_byte_costs_its_cell_only(tmp_path: Path) -> None:
    content = (HEADER + "甲某,1,2,3\n乙某某,1,2,3\n").encode()
    damaged = content.replace("乙".encode(), "乙".encode()[:2])
    frame = read(tmp_path / "a.csv", damaged)
    assert frame["姓名"].to_list() == [
        "甲某", UNREADABLE + "it contains bytes that are not UTF-8: write the text again",
    ]  # fmt: skip
    assert frame["实发"].to_list() == ["3", "3"]
    lines = '{"a": "甲乙丙丁"}\n{"a": "甲乙"}\n'.encode().replace('乙"'.encode(), b'\xe4"')
    texts = read(tmp_path / "a.ndjson", lines)["a"].to_list()
    assert [text[:1] for text in texts] == ["甲", UNREADABLE]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-32"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_encodings_and_marks(encoding: str, mark: str, tmp_path: Path) -> None:
    frame = read(tmp_path / "a.csv", (mark + "姓名,x\n甲,1\n").encode(encoding))
    assert rows(frame) == [("甲", "1")]
    assert frame.columns[0] == "姓名"


def test_utf16_without_a_mark_is_named(tmp_path: Path) -> None:
    content = "name,x\na,1\n".encode("utf-16-le")
    with pytest.raises(SourceError, match="UTF-16 without its mark"):
        read(tmp_path / "a.csv", content)
    assert rows(read(tmp_path / "a.csv", content, encoding="utf-16-le")) == [("a", "1")]


def test_titles_are_compared_without_what_is_not_seen(tmp_path: Path) -> None:
    text = '"\u200b姓 名\ufeff","应发\n工资",employer\u00a0 code \n甲,1,2\n'
    assert read(tmp_path / "a.csv", text).columns[:3] == ["姓名", "应发工资", "employer code"]
    with pytest.raises(SourceError, match="several columns named 姓名"):
        read(tmp_path / "b.csv", "姓名,姓\u200b名\n1,2\n")


def test_the_line_of_excel_that_names_the_separator(tmp_path: Path) -> None:
    frame = read(tmp_path / "a.csv", "sep=;\r\na;b\r\n1,5;2\r\n")
    assert frame.select("a", "b", LINE).rows() == [("1,5", "2", 3)]


def test_a_file_with_the_mark_of_utf8_is_utf8(tmp_path: Path) -> None:
    frame = read(tmp_path / "a.csv", b"\xef\xbb\xbfa,b\n\xa0,1\n")
    assert frame["a"][0].startswith(UNREADABLE)
    assert frame["b"][0] == "1"


def test_header_of_two_lines(tmp_path: Path) -> None:
    text = "工资表\n姓名,一月,,二月,\n,应发,实发,应发,实发\n甲,1,2,3,4\n"
    frame = read(tmp_path / "a.csv", text, header_line=2, header_rows=2)
    assert frame.columns[:5] == ["姓名", "一月应发", "一月实发", "二月应发", "二月实发"]
    assert frame[LINE].to_list() == [4]


@pytest.mark.parametrize(
    "content",
    [
        '[{"a": "1"},\n{"a": "2"}]\n',
        '[{"a": "1"}, {"a": "2"}]',
        '{"a": "1"}{"a": "2"}\n',
        '{"a": "1"} {"a": "2"}',
        '[\n  {\n    "a": "1"\n  },\n  {\n    "a": "2"\n  }\n]\n',
        '{\n  "a": "1"\n}\n{\n  "a": "2"\n}\n',
        '[\n{"a": 1},\n{"a": 2}\n]',
        '\ufeff\n{"a": "1"}\r\n{"a": "2"}\r\n',
    ],
)
def test_objects_in_arrays_or_without_line_breaks(content: str, tmp_path: Path) -> None:
    frame = read(tmp_path / "a.ndjson", content)
    assert rows(frame) == [("1",), ("2",)]
    source = FileSource(tmp_path / "a.ndjson")
    assert pl.concat(source.frames(1)).rows() == frame.slice(1).rows()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"a": "2", "b": "1", "a": "0"}', "repeated_name: row: the name a occurs twice"),
        ('{"a": {"b": 1, "b": 2}}', "repeated_name: row: the name b occurs twice"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "broken_json: row: values are nested"),
        ('{"\\ud83d": 1}', "broken_json: row: a name contains half a character"),
        ('{"a": 1', "broken_json: row: Expecting ',' delimiter"),
        ('{"a": 1}}', "broken_json: row: Expecting value"),
        ("[1]", "not_an_object"),
    ],
)
def test_a_line_that_cannot_be_read_costs_its_row_only(
    line: str, reason: str, tmp_path: Path
) -> None:
    frame = read(tmp_path / "a.ndjson", f'{{"a": "1"}}\n{line}\n{{"a": "3"}}\n')
    problems = [problem for list_ in frame[PROBLEMS].to_list() for problem in list_]
    assert len(problems) == 1
    assert problems[0].startswith(reason)
    readable = frame.filter(pl.col(PROBLEMS).list.len() == 0)
    assert readable["a"].to_list()[-1] == "3"
    assert readable[LINE].to_list()[0] == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"\\ud83d"', UNREADABLE + "it contains half a character"),
        ("522327198103129007", UNREADABLE + "it is a number of more than 15 digits"),
        ("123456789012345", "123456789012345"),
        ("0.10", "0.10"),
        ('"\\ud83d\\ude00"', "😀"),
        ("true", "true"),
        ("NaN", "NaN"),
    ],
)
def test_values_of_json(value: str, text: str, tmp_path: Path) -> None:
    [(read_text,)] = rows(read(tmp_path / "a.ndjson", f'{{"a": {value}}}\n'))
    assert (read_text or "").startswith(text)


def test_an_indented_document_that_is_not_valid_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="line 4: the object that begins there is not valid"):
        read(tmp_path / "a.ndjson", '[\n {"a": 1},\n\n {"a": \n]\n')


def test_parquet_keeps_days_and_refuses_rounded_numbers(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"id": [522327198103129007.0, 12.0], "n": [522327198103129007, 12], "姓\n名": ["甲", "乙"]}
    )
    frame.write_parquet(tmp_path / "a.parquet")
    [first, second] = pl.concat(FileSource(tmp_path / "a.parquet").frames()).rows()
    assert first[0].startswith(UNREADABLE + "it is a number of more than 15 digits")
    assert first[1] == 522327198103129007
    assert second[0] == "12.0"
