"""Worksheets read by calamine in a process of its own.

A damaged workbook can make calamine allocate any amount of memory, which ends its process.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
from pathlib import Path

import fastexcel
import polars as pl

# The largest sheet that is read takes a gigabyte; threads and libraries reserve some more.
MAX_MEMORY_BYTES = 8 << 30
_UNREADABLE_EXIT = 3


class CalamineError(Exception):
    """calamine cannot read a worksheet."""


def load_sheet(workbook: Path | bytes, name: str) -> tuple[pl.DataFrame, int]:
    """Return the cells of a sheet as text, and how many empty columns were left out on the left.

    Raises CalamineError with the reason.
    """
    path, content = (str(workbook), b"") if isinstance(workbook, Path) else ("-", workbook)
    ended = subprocess.run(
        [sys.executable, "-P", __file__, path, name],
        input=content,
        capture_output=True,
        check=False,
    )
    if ended.returncode == _UNREADABLE_EXIT:
        raise CalamineError(ended.stderr.decode())
    if ended.returncode != 0:
        raise CalamineError(
            "its cells need too much memory, or it is damaged: save it again in Excel or WPS"
        )
    offset, _, frame = ended.stdout.partition(b"\n")
    return pl.read_ipc(io.BytesIO(frame)), int(offset)


def read_sheet(workbook: Path | bytes, name: str) -> tuple[pl.DataFrame, int]:
    """Return the same in this process. Raises CalamineError with the reason."""
    source = str(workbook) if isinstance(workbook, Path) else workbook
    try:
        sheet = fastexcel.read_excel(source).load_sheet(
            name, header_row=None, skip_rows=0, dtypes="string"
        )
    except fastexcel.FastExcelError as error:
        raise CalamineError(str(error).splitlines()[0]) from error
    columns = sheet.available_columns()
    return sheet.to_polars(), columns[0].absolute_index if columns else 0


def main(path: str, name: str) -> int:
    """Write the cells of a sheet to standard output, for `load_sheet`."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    try:
        cells, offset = read_sheet(sys.stdin.buffer.read() if path == "-" else Path(path), name)
    except CalamineError as error:
        sys.stderr.buffer.write(str(error).encode())
        return _UNREADABLE_EXIT
    sys.stdout.buffer.write(b"%d\n" % offset)
    cells.write_ipc(sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
