"""The mapping of a completed form: a workbook with the form's header needs no other."""

from __future__ import annotations

from pathlib import Path

from livelihood.contracts import Contract
from producers.errors import SourceError
from producers.forms.workbook import COLUMNS, HEADER_LINE, SHEET
from producers.sources.encoding import content_format
from producers.sources.file import FORMATS
from producers.sources.header import plain_name
from producers.sources.mapping import Mapping, read_mapping
from producers.sources.sheets import open_book

MAPPINGS = Path(__file__).parent


def form_mapping(path: Path, contract: Contract) -> Mapping | None:
    """Return the mapping of a file that is a form of the stream, or None for any other file.

    The sheet and the file may have been renamed or saved in another format of Excel. Raises
    SourceError if several sheets are forms and none has the form's name.
    """
    mapping = MAPPINGS / f"{contract.name}.mapping.yaml"
    is_excel = FORMATS.get(path.suffix.lower()) == "excel" and path.is_file()
    if not is_excel or not mapping.is_file():
        return None
    try:
        sheets = _form_sheets(path)
    except SourceError:
        # Reading it as a source reports the error.
        return None
    if not sheets:
        return None
    if len(sheets) > 1 and SHEET not in sheets:
        raise SourceError(f"{path} has several forms: {', '.join(sheets)}; send a file for each")
    form = read_mapping(mapping, contract)
    sheet = SHEET if SHEET in sheets else sheets[0]
    return form.model_copy(update={"file": form.file.model_copy(update={"sheet": sheet})})


def _form_sheets(path: Path) -> list[str]:
    """Return the sheets that have the form's name or header."""
    format_ = content_format(path, "excel")
    if format_ not in ("xlsx", "xls", "ods"):
        return []
    with open_book(path, format_) as book:
        heads = {sheet.name: sheet.head(HEADER_LINE) for sheet in book.sheets}
    return [name for name, head in heads.items() if name == SHEET or _has_form_header(head)]


def _has_form_header(head: list[list[str | None]]) -> bool:
    titles = head[HEADER_LINE - 1] if len(head) >= HEADER_LINE else []
    return [plain_name(title) for title in titles if title] == list(COLUMNS)
