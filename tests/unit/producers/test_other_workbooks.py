"""Workbooks of Excel 97 (.xls) and OpenDocument (.ods) are read as those of Excel are."""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZipFile

from producers.sources import LINE
from tests.unit.producers.test_workbooks import read, unreadable, values

CASES = Path(__file__).parent / "cases"


def test_old_workbooks_have_errors_formats_hidden_and_merged_cells() -> None:
    frame, notes = read(CASES / "wages.xls")
    assert frame.select("姓名", "比例", "日期", "备注").rows()[:2] == [
        ("甲", "95%", "2023-06-15 00:00:00", "true"),
        ("乙", "100%", "2023-06-16 00:00:00", "x"),
    ]
    assert frame["号码"][1].startswith(unreadable("cell E3 holds a number of more than 15"))
    amounts = frame["应发"].to_list()
    assert amounts[:2] == ["6200.5", "0.3"]
    assert amounts[2] == unreadable("cell B4 holds the error #N/A: correct its formula")
    assert (
        amounts[3]
        == amounts[4]
        == unreadable("the cells B5:B6 are merged: unmerge them, and fill in each")
    )
    assert notes == [
        "hidden sheets were not read: 备份",
        "rows hidden in the sheet 工资, read like the others: 1",
    ]


def ods_cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


ERROR = 'table:formula="of:=1/0" office:value-type="string" calcext:value-type="error"'
ODS = f"""<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:style="s"
 xmlns:calcext="c"><office:automatic-styles><style:style style:name="h"><style:table-properties
 table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>
<table:table table:name="备份" table:style-name="h"/><table:table table:name="工资">
{ods_row(ods_cell("姓名"), ods_cell("应发"))}
{ods_row(ods_cell("甲"), ods_cell("#DIV/0!", ERROR), attributes='table:visibility="filter"')}
{
    ods_row(
        ods_cell("乙"),
        ods_cell("95%", 'office:value-type="percentage" office:value="0.95"'),
        attributes='table:number-rows-repeated="2"',
    )
}
{
    ods_row(
        ods_cell("丙"),
        ods_cell("15/06/23", 'office:value-type="date" office:date-value="2023-06-15"'),
    )
}
{
    ods_row(
        '<table:table-cell table:number-columns-repeated="16384"/>',
        attributes='table:number-rows-repeated="1048571"',
    )
}</table:table></office:spreadsheet></office:body></office:document-content>"""


def test_opendocument_workbooks(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("content.xml", ODS)
    frame, notes = read(tmp_path / "a.ods")
    assert frame["应发"].to_list() == [
        unreadable("cell B2 holds the error #DIV/0!: correct its formula"),
        "95%",
        "95%",
        "2023-06-15",
    ]
    assert frame[LINE].to_list() == [2, 3, 4, 5]
    assert notes == [
        "hidden sheets were not read: 备份",
        "rows hidden in the sheet 工资, read like the others: 1",
    ]
    shutil.copy(tmp_path / "a.ods", tmp_path / "b.xlsx")
    assert values(tmp_path / "b.xlsx") == values(tmp_path / "a.ods")
