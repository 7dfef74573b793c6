"""Workbooks as offices write them are read exactly, or refused with what is wrong and where."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import openpyxl
import polars as pl
import pytest

from producers.errors import SourceError
from producers.sources import LINE, UNREADABLE
from producers.sources.calamine import CalamineError, load_sheet
from producers.sources.file import FileOptions, FileSource
from testkit.workbooks import merged, sheet_xml, write_workbook

HEADER: list[object] = ["姓名", "应发"]


def read(path: Path, **options: object) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows and the notes of a file."""
    source = FileSource(path, FileOptions.model_validate(options))
    frame = pl.concat(source.frames())
    return frame, list(source.notes)


def values(path: Path, **options: object) -> list[tuple[str | None, ...]]:
    frame, _ = read(path, **options)
    return frame.select(pl.exclude("^_.*$")).rows()


def unreadable(text: str) -> str:
    return UNREADABLE + text


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c t="e"><f>VLOOKUP(A1,B:C,2,0)</f><v>#N/A</v></c>', "cell B2 holds the error #N/A"),
        ('<c t="e"><v>#REF!</v></c>', "cell B2 holds the error #REF!"),
        ("<c><f>B1-100</f></c>", "cell B2 holds a formula without a stored value"),
        ("<c><f>B1-100</f><v></v></c>", "cell B2 holds a formula without a stored value"),
        ('<c><f t="shared" si="0"/></c>', "cell B2 holds a formula without a stored value"),
        ('<c t="n"><v>5.22327197501049E+17</v></c>', "cell B2 holds a number of more than 15"),
        ("<c><v>522327197501049000</v></c>", "cell B2 holds a number of more than 15 digits"),
        ("<c><v>522327197501049000.0</v></c>", "cell B2 holds a number of more than 15 digits"),
        ("<c><v>1234567890123456</v></c>", "cell B2 holds a number of more than 15 digits"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(cell: str, value: str, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet_xml([HEADER, ["甲", cell]])})
    [(name, amount)] = values(path)
    assert name == "甲"
    assert amount is not None
    assert amount.startswith(unreadable(value))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c t="str"><f>IF(1,"","")</f><v></v></c>', ""),
        ("<c><f>B1*2</f><v>6200.5</v></c>", "6200.5"),
        ("<c><v>123456789012345</v></c>", "123456789012345"),
        ('<c s="1"><v>0.95</v></c>', "95%"),
        ('<c s="1"><v>0.28999999999999998</v></c>', "29%"),
        ('<c s="2"><v>1</v></c>', "100%"),
        ('<c s="3"><v>45092</v></c>', "2023-06-15 00:00:00"),
        ('<c s="4"><v>45047</v></c>', "2023-05-01 00:00:00"),
        ('<c s="5"><v>7</v></c>', "7"),
        ('<c s="6"><v>45092.395833333336</v></c>', "2023-06-15 09:30:00"),
    ],
)
def test_formats_of_numbers_are_applied(cell: str, value: str | None, tmp_path: Path) -> None:
    """Percentages, and the Chinese dates of Excel, which it numbers but does not store."""
    formats: list[tuple[int, str | None]] = [
        (9, None), (164, "0.0%"), (31, None), (57, None), (165, "0&quot;%&quot;"), (30, None),
    ]  # fmt: skip
    sheet = sheet_xml([HEADER, ["甲", cell]])
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet}, formats=formats)
    assert values(path) == [("甲", value)]


def test_a_last_row_that_contains_only_an_error(tmp_path: Path) -> None:
    sheet = sheet_xml([HEADER, ["甲", 1], [None, "<c><f>B2</f></c>"]])
    rows = values(write_workbook(tmp_path / "a.xlsx", {"工资": sheet}))
    assert rows[0] == ("甲", "1")
    assert rows[1][1] is not None
    assert rows[1][1].startswith(unreadable("cell B3 holds a formula"))


def test_dates_of_the_1904_system(tmp_path: Path) -> None:
    sheet = sheet_xml([HEADER, ["甲", '<c s="1"><v>43630</v></c>']])
    path = write_workbook(
        tmp_path / "a.xlsx", {"工资": sheet}, None, [(31, None)], '<workbookPr date1904="1"/>'
    )
    assert values(path) == [("甲", "2023-06-15 00:00:00")]


def copy(path: Path, edits: dict[str, tuple[str, str]], without: str = "") -> Path:
    """Copy a workbook with replaced texts in its parts, and without a part."""
    target = path.with_name(f"copy of {path.name}")
    with ZipFile(path) as archive, ZipFile(target, "w") as new:
        for name in archive.namelist():
            if name != without:
                old_new = edits.get(name, ("", ""))
                new.writestr(name, archive.read(name).decode().replace(*old_new))
    return target


def test_parts_that_other_programs_write_differently(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet_xml([HEADER, ["甲", 1]])})
    sheet = "xl/worksheets/sheet1.xml"
    extent = {sheet: ("<sheetData>", '<dimension ref="1:49"/><sheetData>')}
    assert values(copy(path, extent)) == [("甲", "1")]
    assert values(copy(path, {}, without="xl/styles.xml")) == [("甲", "1")]
    relations = ("relationships/worksheet", "relationships/chartsheet")
    with pytest.raises(SourceError, match="no visible sheet"):
        read(copy(path, {"xl/_rels/workbook.xml.rels": relations}))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (' r="B3"', ' r="ZZZZZ99999999999"', "it has a cell 'ZZZZZ99999999999'"),
        (' r="B3"', ' r="b3"', "it has a cell 'b3'"),
        (' r="B3"', ' r="B0"', "it has a cell 'B0'"),
        (' r="B3"', ' r="XFE3"', "it has cells beyond XFD1048576"),
        (' r="B3"', ' r="B1048577"', "it has cells beyond XFD1048576"),
        (' r="A3"', ' r="A2"', "a cell occurs twice"),
        (' r="3"', ' r="x"', "it has a cell 'x'"),
        ("<c><v>2</v></c>", '<c t="s"><v>-1</v></c>', "a text that does not exist"),
        ("<c><v>2</v></c>", '<c t="s"><v>99999999999</v></c>', "a text that does not exist"),
        ("<c><v>2</v></c>", '<c t="s"><v>7</v></c>', "not found in shared strings"),
    ],
)
def test_a_damaged_sheet_is_refused(old: str, new: str, problem: str, tmp_path: Path) -> None:
    rows: list[list[object]] = [HEADER, ["甲", 1], ["乙", 2]]
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet_xml(rows)})
    sheet = "xl/worksheets/sheet1.xml"
    if old.startswith("<c>"):
        old, new = old.replace("<c", '<c r="B3"'), new.replace("<c", '<c r="B3"')
    with pytest.raises(SourceError, match=problem):
        read(copy(path, {sheet: (old, new)}))


def test_a_sheet_is_read_in_a_process_that_may_end(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet_xml([HEADER, ["甲", 1]])})
    for source in (path, path.read_bytes()):
        cells, offset = load_sheet(source, "工资")
        assert (cells.rows(), offset) == ([("姓名", "应发"), ("甲", "1")], 0)
    with pytest.raises(CalamineError, match="not found"):
        load_sheet(path, "社保")
    sheet = "xl/worksheets/sheet1.xml"
    far = copy(path, {sheet: (' r="B2"', ' r="ZZZZZ99999999999"')})
    with pytest.raises(CalamineError, match="too much memory, or it is damaged"):
        load_sheet(far, "工资")


def test_parts_with_backslashes(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet_xml([HEADER, ["甲", 1]])})
    with ZipFile(path) as archive, ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in archive.namelist():
            new.writestr(name.replace("/", "\\"), archive.read(name))
    assert values(tmp_path / "b.xlsx") == [("甲", "1")]


def test_leading_zeros_of_a_format_and_times_without_a_day(tmp_path: Path) -> None:
    sheet = sheet_xml([HEADER, ['<c s="1"><v>33</v></c>', '<c s="2"><v>0.395833333</v></c>']])
    formats: list[tuple[int, str | None]] = [(164, "00000"), (20, None)]
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet}, formats=formats)
    assert values(path) == [("00033", "1899-12-31 09:30:00")]


@pytest.mark.parametrize("style", ["prefix", "apostrophes", "indented", "no addresses"])
def test_xml_of_other_programs(style: str, tmp_path: Path) -> None:
    sheet = sheet_xml([HEADER, ["甲", "<c><f>1+1</f></c>"], ["乙", '<c t="e"><v>#N/A</v></c>']])
    match style:
        case "prefix":
            sheet = sheet.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
        case "apostrophes":
            sheet = sheet.replace('"', "'")
        case "indented":
            sheet = sheet.replace("><", ">\n  <")
        case _:
            sheet = sheet.replace(' r="A', ' x="A').replace(' r="B', ' x="B')
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet})
    amounts = [amount and amount[1:8] for _, amount in values(path)]
    assert amounts == ["cell B2", "cell B3"]


def test_the_first_visible_sheet_is_read_and_what_was_left_out_is_noted(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        {
            "备份": sheet_xml([HEADER, ["旧", 1]]),
            "旧": sheet_xml([HEADER, ["旧", 1]]),
            "工资": sheet_xml([HEADER, ["甲", 2], ["乙", 3]], hidden=(3,)),
            "说明": sheet_xml([["说明"]]),
        },
        {"备份": "hidden", "旧": "veryHidden"},
    )
    frame, notes = read(path)
    assert frame["姓名"].to_list() == ["甲", "乙"]
    assert notes == [
        "hidden sheets were not read: 备份, 旧",
        "sheets with another header were not read: 说明",
        "rows hidden in the sheet 工资, read like the others: 1",
    ]
    assert values(path, sheet="备份") == [("旧", "1")]
    with pytest.raises(SourceError, match="no sheet 五月; it has: 备份, 旧, 工资, 说明"):
        read(path, sheet="五月")


def test_several_sheets_with_one_header_are_all_read_or_none(tmp_path: Path) -> None:
    sheets = {
        name: sheet_xml([HEADER, [name, number], [name, number]])
        for number, name in enumerate(["一班组", "二班组", "三班组"])
    }
    path = write_workbook(tmp_path / "a.xlsx", sheets)
    with pytest.raises(SourceError, match=r"same header: 一班组, 二班组, 三班组; .*--all-sheets"):
        read(path)
    assert values(path, sheet="二班组") == [("二班组", "1")] * 2
    frame, _ = read(path, sheets="all")
    assert frame["应发"].to_list() == ["0", "0", "1", "1", "2", "2"]
    assert frame[LINE].to_list() == [2, 3] * 3
    assert frame["_file"].unique(maintain_order=True)[1] == "a.xlsx, sheet 二班组"
    source = FileSource(path, FileOptions(sheets="all"))
    assert pl.concat(source.frames(3)).rows() == frame.slice(3).rows()


def test_a_header_of_merged_lines_is_joined(tmp_path: Path) -> None:
    sheet = sheet_xml(
        [
            ["姓名", "一月", None, "二月", None],
            [None, "应发\n工资", "实发", "应发 工资", "实 发"],
            ["甲", 1, 2, 3, 4],
        ],
        merged("A1:A2", "B1:C1", "D1:E1"),
    )
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet})
    frame, _ = read(path)
    assert frame.columns[:5] == ["姓名", "一月应发工资", "一月实发", "二月应发工资", "二月实发"]
    assert frame.rows()[0][:5] == ("甲", "1", "2", "3", "4")
    assert frame[LINE].to_list() == [3]


def test_merged_values_belong_to_no_row(tmp_path: Path) -> None:
    """The sum of two persons is the value of neither."""
    sheet = sheet_xml([HEADER, ["甲", 12_400], ["乙", None], ["丙", 1]], merged("B2:B3", "A4:A4"))
    rows = values(write_workbook(tmp_path / "a.xlsx", {"工资": sheet}))
    reason = unreadable("the cells B2:B3 are merged: unmerge them, and fill in each")
    assert rows == [("甲", reason), ("乙", reason), ("丙", "1")]


def test_a_blank_cell_far_away_does_not_matter(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t> </t></is></c></row>'
    sheet = sheet_xml([HEADER, ["甲", 1]]).replace("</sheetData>", f"{far}</sheetData>")
    assert values(write_workbook(tmp_path / "a.xlsx", {"工资": sheet})) == [("甲", "1")]


def test_a_sheet_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.sources.workbook.MAX_CELLS", 3)
    path = write_workbook(tmp_path / "a.xlsx", {"工资": sheet_xml([HEADER, ["甲", 1]])})
    with pytest.raises(SourceError, match=r"sheet 工资 .* has 2 lines, too many for 2 columns"):
        read(path)


def test_blank_rows_and_columns_before_the_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for address, value in {"C3": "姓名", "D3": "应发", "C4": "甲", "D4": "=1/0", "C6": " "}.items():
        sheet[address] = value
    book.save(tmp_path / "a.xlsx")
    frame, _ = read(tmp_path / "a.xlsx", header_line=3)
    assert frame.select("姓名", LINE).rows() == [("甲", 4)]
    assert frame["应发"][0].startswith(unreadable("cell D4 holds a formula without"))


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.xlsm", "a.txt"])
def test_the_content_counts_not_the_extension(name: str, tmp_path: Path) -> None:
    sheet = sheet_xml([HEADER, ["甲", '<c s="1"><v>1</v></c>']])
    path = write_workbook(tmp_path / name, {"工资": sheet}, formats=[(9, None)])
    assert values(path) == [("甲", "100%")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xls", b"<html><table><tr><td>a</td></tr></table></html>", "a web page or XML"),
        ("a.xls", b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "a web page or XML"),
        ("a.csv", b" <!DOCTYPE html><html>", "a web page or XML"),
        ("a.csv", b"\x1f\x8b\x08\x00", "a gzip archive: unpack"),
        ("a.xlsx", b"PK\x03\x04 cut off", "its end is missing"),
        ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "cannot be read as Excel"),
        (
            "a.xlsx",
            bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
    ],
)
def test_files_that_are_no_workbook(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        read(tmp_path / name)


def test_archives_and_parts_that_are_missing(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("wages.csv", "x")
    with pytest.raises(SourceError, match="a zip archive: unpack it"):
        read(tmp_path / "a.csv")
    path = write_workbook(tmp_path / "b.xlsx", {"工资": sheet_xml([HEADER])})
    with ZipFile(path) as archive, ZipFile(tmp_path / "c.xlsx", "w") as copy:
        for name in archive.namelist():
            if "sheet1" not in name:
                copy.writestr(name, archive.read(name))
    with pytest.raises(SourceError, match=r"lacks the part xl/worksheets/sheet1.xml"):
        read(tmp_path / "c.xlsx")


def test_text_that_was_saved_as_xls(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes("姓名\t应发\n甲\t1\n".encode("gb18030"))
    assert values(tmp_path / "a.xls") == [("甲", "1")]
