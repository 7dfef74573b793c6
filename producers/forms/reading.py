"""The mapping of a completed form: a workbook with the form's sheet needs no other."""

from __future__ import annotations

from pathlib import Path

import fastexcel

from livelihood.contracts import Contract
from producers.forms.workbook import SHEET
from producers.sources.mapping import Mapping, read_mapping

MAPPINGS = Path(__file__).parent


def form_mapping(path: Path, contract: Contract) -> Mapping | None:
    """Return the mapping of a file that is a form of the stream, or None for any other file."""
    mapping = MAPPINGS / f"{contract.name}.mapping.yaml"
    if path.suffix.lower() != ".xlsx" or not path.is_file() or not mapping.is_file():
        return None
    try:
        sheets = fastexcel.read_excel(path).sheet_names
    except fastexcel.FastExcelError:
        # Reading it as a source reports the error.
        return None
    return read_mapping(mapping, contract) if SHEET in sheets else None
