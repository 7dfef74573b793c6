"""What is printed: text from data is neither markup nor a control sequence, in any encoding."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from livelihood.terminal import (
    DataConsole,
    cell,
    echo,
    echo_document,
    echo_json,
    replace_unencodable,
)

NOTE = "[/x] [bold]b[/bold] :warning: \x1b[31m\x1b]0;t\x07 \u202e\x9b2J"
SHOWN = "[/x] [bold]b[/bold] :warning: �[31m�]0;t"


def printed(renderable: Any, **options: Any) -> str:
    output = io.StringIO()
    DataConsole(file=output, width=100, **options).print(renderable)
    return output.getvalue()


def test_no_renderable_lets_text_act() -> None:
    table = Table(NOTE, title=NOTE)
    table.add_row(NOTE)
    for renderable in (NOTE, Text(NOTE), Panel(Text(NOTE), title=Text(NOTE)), table, cell(NOTE)):
        output = printed(renderable)
        assert SHOWN in output
        assert not any(char in output for char in "\x1b\x07\x9b\u202e")


def test_styles_of_the_platform_still_reach_a_terminal() -> None:
    styled = printed(Text("red \x1b[2J", style="red"), force_terminal=True, color_system="standard")
    assert styled == "\x1b[31mred �[2J\x1b[0m\n"


def test_a_cell_is_one_line() -> None:
    assert cell("a\nb").plain == "a ↵b"


def test_echo_indents_further_lines(capsys: pytest.CaptureFixture[str]) -> None:
    echo("livelihood: no \x1b[2Jfile\nlivelihood: all is well", err=True)
    assert capsys.readouterr().err == "livelihood: no �[2Jfile\n  livelihood: all is well\n"
    echo_document("a 1\nb\x1b 2\n")
    assert capsys.readouterr().out == "a 1\nb� 2\n"


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "utf-8"])
def test_every_encoding_can_be_printed(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", output)
    replace_unencodable()
    DataConsole(width=60).print(cell("✔ 正常 👍 healthy"))
    echo("✔ 正常 \udcff healthy")
    echo_json(json.dumps({"zh": "✔ 正常 👍\udcff"}, ensure_ascii=False))
    output.flush()
    assert isinstance(output.buffer, io.BytesIO)
    # Click writes UTF-8 if the locale is none.
    text = output.buffer.getvalue().decode("utf-8" if encoding == "ascii" else encoding)
    *lines, document = text.splitlines()
    assert len(lines) == 2
    assert all("healthy" in line for line in lines)
    assert json.loads(document) == {"zh": "✔ 正常 👍\udcff"}
