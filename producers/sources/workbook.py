"""Worksheets of .xlsx workbooks: values by calamine, and by a scan what calamine leaves out."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, cast
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import polars as pl

from producers.errors import SourceError
from producers.sources import UNREADABLE
from producers.sources.calamine import CalamineError, load_sheet
from producers.sources.cells import (
    MAX_COLUMNS,
    Scan,
    column_name,
    column_number,
    scan_sheet,
    special_styles,
    without_columns_after,
)
from producers.sources.sheets import Content, Merged, Sheet

# About a gigabyte in calamine, which allocates the rectangle up to the farthest cell.
MAX_CELLS = 40_000_000
MAX_PART_BYTES = 4 << 30


class _Package:
    """The parts of a workbook in its zip archive."""

    def __init__(self, path: Path, archive: ZipFile) -> None:
        self.path = path
        self.archive = archive
        # Some programs write parts with backslashes, or in another case.
        self._entries = {
            entry.filename.replace("\\", "/").lower(): entry for entry in archive.infolist()
        }
        self.workbook_part = self._target("", "officeDocument")
        self.workbook = self.tree(self.workbook_part)
        properties = self.workbook.find("{*}workbookPr")
        is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        styles = self._target(self.workbook_part, "styles")
        has_styles = styles.lower() in self._entries
        self.styles = special_styles(self.tree(styles) if has_styles else None, is_1904=is_1904)

    def entry(self, part: str) -> ZipInfo:
        """Return the entry of a part. Raise SourceError if it is missing or too large."""
        entry = self._entries.get(part.lower().lstrip("/"))
        if entry is None:
            missing = f"the part {part}" if part else "a workbook part"
            raise SourceError(f"{self.path} cannot be read as Excel: it lacks {missing}")
        if entry.file_size > MAX_PART_BYTES:
            raise SourceError(f"{self.path} is larger than 4 GiB when unpacked: send it as CSV")
        return entry

    def open(self, part: str) -> IO[bytes]:
        """Open a part. Raises as `entry` does."""
        return self.archive.open(self.entry(part))

    def tree(self, part: str) -> ElementTree.Element:
        """Return a small part as a tree."""
        with self.open(part) as file:
            return ElementTree.parse(file).getroot()

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return type and part of each relation of a part, by id."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels.lower() not in self._entries:
            return {}
        return {
            relation.get("Id", ""): (
                posixpath.basename(relation.get("Type", "")),
                posixpath.normpath(posixpath.join("/" + folder, relation.get("Target", "")))[1:],
            )
            for relation in self.tree(rels)
        }

    def _target(self, part: str, kind: str) -> str:
        targets = [target for type_, target in self.relations(part).values() if type_ == kind]
        return targets[0] if targets else ""

    @cached_property
    def shared_strings_part(self) -> str:
        """The part with the texts of cells, or an empty string."""
        return self._target(self.workbook_part, "sharedStrings")

    def shared_strings(self, numbers: set[int]) -> dict[int, str]:
        """Return the shared texts with these numbers."""
        texts: dict[int, str] = {}
        if not numbers or not self.shared_strings_part:
            return texts
        with self.open(self.shared_strings_part) as file:
            number = 0
            for _, element in ElementTree.iterparse(file):
                if element.tag.endswith("}si"):
                    if number in numbers:
                        texts[number] = _text(element)
                    number += 1
                    element.clear()
                    if number > max(numbers):
                        break
        return texts


def _text(element: ElementTree.Element) -> str:
    """Return the text of a shared or inline string, without phonetic readings."""
    runs = [element, *element.findall("{*}r")]
    return "".join(text.text or "" for run in runs for text in run.findall("{*}t"))


@contextmanager
def open_workbook(path: Path) -> Iterator[Sequence[Sheet]]:
    """Open a workbook and yield its worksheets, in the order of Excel."""
    with ZipFile(path) as archive:
        package = _Package(path, archive)
        relations = package.relations(package.workbook_part)
        sheets = []
        for element in package.workbook.iterfind("{*}sheets/{*}sheet"):
            id_ = next((value for key, value in element.items() if key.endswith("}id")), "")
            kind, part = relations.get(id_, ("", ""))
            if kind == "worksheet":
                state = element.get("state", "visible")
                sheets.append(_WorkbookSheet(package, element.get("name", ""), part, state))
        yield sheets


class _WorkbookSheet:
    """A worksheet of an .xlsx workbook."""

    def __init__(self, package: _Package, name: str, part: str, state: str) -> None:
        self.name = name
        self.is_visible = state == "visible"
        self._package = package
        self._part = part

    @cached_property
    def _scan(self) -> Scan:
        with self._package.open(self._part) as file:
            scan = scan_sheet(file, self._package.styles)
        if scan.problem:
            raise SourceError(
                f"the sheet {self.name} of {self._package.path} is damaged: {scan.problem}; "
                "save it again in Excel or WPS"
            )
        return scan

    def merged(self) -> Sequence[Merged]:
        """Return the merged ranges."""
        return self._scan.merged

    def head(self, lines: int) -> list[list[str | None]]:
        """Return the cells of the first lines as text."""
        rows: dict[int, dict[int, str]] = {}
        shared: dict[tuple[int, int], int] = {}
        with self._package.open(self._part) as file:
            for line, cells in _first_rows(file, lines):
                rows[line] = {}
                for number, kind, text in cells:
                    if kind == "s" and text.isdigit():
                        shared[line, number] = int(text)
                    rows[line][number] = text
        texts = self._package.shared_strings(set(shared.values()))
        for (line, number), index in shared.items():
            rows[line][number] = texts.get(index, "")
        return [
            [rows.get(line, {}).get(number) for number in range(1, _width(rows.get(line, {})) + 1)]
            for line in range(1, max(rows, default=0) + 1)
        ]

    def read(self, first_line: int, width: int) -> Content:
        """Return the first `width` columns from a line on; unreadable cells are marked.

        Raises SourceError if cells are so far away that the sheet cannot be loaded.
        """
        scan = self._scan
        cells = _aligned(self._load(scan, width), first_line, width)
        marks = dict(scan.marks)
        # calamine ends the sheet before rows in which it sees no value.
        last_mark = max((line for line, number in marks if number <= width), default=0)
        height = max(cells.height, last_mark - first_line + 1)
        cells = cells.vstack(cells.clear(height - cells.height))
        for area in scan.merged:
            marks.update(merged_marks(area, first_line, height, width))
        hidden = sum(1 for line in scan.hidden_lines if first_line <= line < first_line + height)
        return Content(marked(cells, marks, first_line), hidden)

    def _load(self, scan: Scan, width: int) -> tuple[pl.DataFrame, int]:
        """Return the cells by calamine, and how many empty columns it left out on the left."""
        path = self._package.path
        # calamine trusts the extension of a path.
        is_named = path.suffix.lower() in (".xlsx", ".xlsm")
        source = path if is_named else path.read_bytes()
        if scan.last_line * scan.last_column > MAX_CELLS:
            if scan.last_line * width > MAX_CELLS:
                raise SourceError(
                    f"the sheet {self.name} of {path} has {scan.last_line:,} lines, "
                    f"too many for {width} columns: delete the rows below the table"
                )
            source = self._without_columns_after(width)
        try:
            return load_sheet(source, self.name)
        except CalamineError:
            # Such as an extent without columns (1:49), which some programs write.
            source = self._without_columns_after(width)
        try:
            return load_sheet(source, self.name)
        except CalamineError as error:
            raise SourceError(f"{path} cannot be read as Excel: {error}") from error

    def _without_columns_after(self, width: int) -> bytes:
        """Return the workbook without the sheet's extent and its cells right of the table."""
        buffer = io.BytesIO()
        with ZipFile(buffer, "w", ZIP_DEFLATED) as copy:
            for entry in self._package.archive.infolist():
                content = self._package.archive.read(entry)
                if entry == self._package.entry(self._part):
                    content = without_columns_after(content, width)
                copy.writestr(entry.filename.replace("\\", "/"), content)
        return buffer.getvalue()


def _first_rows(file: IO[bytes], lines: int) -> Iterator[tuple[int, list[tuple[int, str, str]]]]:
    """Yield line number and cells (column, type, text) of each of the first rows."""
    line = 0
    for _, element in ElementTree.iterparse(file):
        if element.tag.endswith("}row"):
            line = int(element.get("r") or line + 1)
            if line > lines:
                return
            yield line, list(_cells(element))
            element.clear()


def _cells(row: ElementTree.Element) -> Iterator[tuple[int, str, str]]:
    number = 0
    for cell in row.iterfind("{*}c"):
        number = column_number(cell.get("r", "")) or number + 1
        inline = cell.find("{*}is")
        text = _text(inline) if inline is not None else cell.findtext("{*}v", "")
        yield number, cell.get("t", "n"), text


def _width(row: dict[int, str]) -> int:
    return min(max(row, default=0), MAX_COLUMNS)


def _aligned(loaded: tuple[pl.DataFrame, int], first_line: int, width: int) -> pl.DataFrame:
    """Return `width` text columns, the first of them column A, from a line on."""
    frame, offset = loaded
    frame = frame.slice(first_line - 1)
    columns = [
        frame[:, number - offset].alias(str(number))
        if 0 <= number - offset < frame.width
        else pl.Series(str(number), [None] * frame.height, pl.String)
        for number in range(width)
    ]
    return pl.DataFrame(columns)


def merged_marks(
    area: Merged, first_line: int, height: int, width: int
) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield the cells of a merged range below the header whose value is ambiguous.

    The first cell contains the value. It is ambiguous too if the range has several lines.
    """
    top, first, bottom, last = area
    name = f"{column_name(first)}{top}:{column_name(last)}{bottom}"
    reason = f"{UNREADABLE}the cells {name} are merged: unmerge them, and fill in each"
    for line in range(max(top, first_line), min(bottom, first_line + height - 1) + 1):
        for number in range(first, min(last, width) + 1):
            if top != bottom or number != first:
                yield (line, number), reason


def marked(cells: pl.DataFrame, marks: dict[tuple[int, int], str], first_line: int) -> pl.DataFrame:
    """Return the cells with the texts that replace those of calamine."""
    by_column: dict[int, dict[int, str]] = {}
    for (line, number), text in marks.items():
        row = line - first_line
        if 0 <= row < cells.height and number <= cells.width:
            by_column.setdefault(number - 1, {})[row] = text
    for number, texts in by_column.items():
        values = cells.to_series(number).to_list()
        for row, text in texts.items():
            values[row] = text
        replaced = pl.Series(cells.columns[number], cast("list[str | None]", values), pl.String)
        cells = cells.with_columns(replaced)
    return cells
