"""Fuzzing of text from data in each kind of output."""

from __future__ import annotations

import io
import json
import unicodedata

from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from livelihood.alerts.digest import Notification
from livelihood.alerts.splitting import split
from livelihood.escaping import for_json, for_log, for_message, for_spreadsheet
from livelihood.terminal import DataConsole, cell

_HOSTILE = st.one_of(
    st.text(),
    st.characters(categories=("Cc", "Cf", "Zl", "Zp")),
    st.sampled_from(
        ("[/x]", "[red]", "\x1b[2J", "\x1b]0;t\x07", "=1+1", "\r\n", "<at>", ":x:", "\udcff")
    ),
)
_CONTROL = {"Cc", "Cs", "Zl", "Zp"}


def outputs(data: st.DataObject) -> None:
    """Expect that any text is printed, exported and sent as text."""
    text = "".join(data.draw(st.lists(_HOSTILE, max_size=8)))
    output = io.StringIO()
    table = Table()
    table.add_column(cell(text))
    table.add_row(cell(text))
    DataConsole(file=output, width=data.draw(st.integers(1, 120))).print(table, Text(text), text)
    shown = [output.getvalue(), for_spreadsheet(text), for_log(text), for_message(text)]
    for line in "\n".join(shown).split("\n"):
        controls = [char for char in line if unicodedata.category(char) in _CONTROL]
        if controls:
            raise AssertionError(f"control characters {controls} were printed")
    document = for_json(json.dumps([text], ensure_ascii=False))
    if json.loads(document.encode()) != [text]:
        raise AssertionError("JSON differs")
    message = Notification(for_message(text) or "a", (for_message(text),), "key: 1", (1,))
    for part in split(message, 500):
        if len(f"{part.title}\n{part.body}".encode()) > 500:
            raise AssertionError("a part is too long")
