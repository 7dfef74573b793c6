"""Workbooks written element by element, with what no library writes."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def text(value: str) -> str:
    """Return the XML of a cell of text, without its address."""
    return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def cell(value: object) -> str:
    """Return the XML of a cell: XML as it is, None as no cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value.startswith("<") else text(value)
    return f"<c><v>{value}</v></c>"


def _row(number: int, values: list[object], attributes: str) -> str:
    cells = []
    for column, value in enumerate(values):
        address = f"{chr(ord('A') + column)}{number}"
        cells.append(
            cell(value).replace("<c ", f'<c r="{address}" ').replace("<c>", f'<c r="{address}">')
        )
    return f'<row r="{number}"{attributes}>{"".join(cells)}</row>'


def sheet_xml(rows: list[list[object]], tail: str = "", hidden: tuple[int, ...] = ()) -> str:
    """Return the XML of a worksheet; `hidden` are numbers of rows from 1."""
    lines = [
        _row(number, values, ' hidden="1"' if number in hidden else "")
        for number, values in enumerate(rows, start=1)
    ]
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>{tail}</worksheet>'


def merged(*areas: str) -> str:
    """Return the XML of merged ranges."""
    return "<mergeCells>" + "".join(f'<mergeCell ref="{a}"/>' for a in areas) + "</mergeCells>"


def styles_xml(formats: list[tuple[int, str | None]]) -> str:
    """Return the XML of cell styles 1, 2, … with these numbers of formats and codes."""
    codes = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for number, code in formats if code
    )
    xfs = "".join(f'<xf numFmtId="{number}"/>' for number, _ in [(0, None), *formats])
    content = f"<numFmts>{codes}</numFmts><cellXfs>{xfs}</cellXfs>"
    return f'<styleSheet xmlns="{MAIN}">{content}</styleSheet>'


def write_workbook(
    path: Path,
    sheets: dict[str, str],
    states: dict[str, str] | None = None,
    formats: list[tuple[int, str | None]] | None = None,
    properties: str = "",
) -> Path:
    """Write a workbook of worksheets given as XML, each in a state such as `hidden`."""
    entries = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{(states or {}).get(name, "visible")}" '
        f'r:id="rId{n}"/>'
        for n, name in enumerate(sheets, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    styles = f'<Relationship Id="rId99" Type="{OFFICE}/styles" Target="styles.xml"/>'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}'
        f"<sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}{styles}'
        "</Relationships>",
        "xl/styles.xml": styles_xml(formats or []),
    }
    for number, xml in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = xml
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path
