"""Output on the terminal: the only module that prints, so that text from data stays text.

`echo` prints lines, `DataConsole` what rich lays out, with text from data as `cell`. All replace
control characters, and none reads text as markup. Characters that the encoding of the terminal does
not have are replaced as well.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from livelihood.escaping import for_json, for_terminal


class DataConsole(Console):
    """A rich console for text from data: without markup, emoji codes and control characters."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the options of rich's console
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as rich does, and replace control characters except rich's own."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else for_terminal(text, "\n"), style, control)


def cell(text: str, style: str = "") -> Text:
    """Return text from data as one line, for a table or a panel of rich."""
    return Text(for_terminal(text), style=style)


def echo(text: str = "", *, err: bool = False, colour: str | None = None) -> None:
    """Print text on stdout or stderr. Further lines are indented: none looks like a message."""
    shown = for_terminal(text, line_break="\n  ")
    typer.secho(shown, fg=colour, err=err)


def echo_document(text: str) -> None:
    """Print a text of several lines, such as metrics or a template, without control characters."""
    typer.echo(for_terminal(text, line_break="\n"), nl=False)


def echo_bytes(content: bytes) -> None:
    """Print bytes, such as a CSV file in UTF-8, in no other encoding."""
    typer.echo(content, nl=False)


def echo_json(document: str) -> None:
    """Print a JSON document, in ASCII if the encoding of stdout is not a Unicode one."""
    document = for_json(document)
    if not (sys.stdout.encoding or "utf-8").lower().startswith("utf"):
        document = re.sub(r"[^\x00-\x7f]+", lambda run: json.dumps(run[0])[1:-1], document)
    typer.echo(document)


def echo_progress(text: str) -> None:
    """Print a line about work that continues even if nothing reads the output any more."""
    try:
        echo(text)
    except OSError:
        discard_output()


def discard_output() -> None:
    """Write what is printed from now on nowhere: the terminal or the reader of the pipe ended."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def replace_unencodable() -> None:
    """Let stdout and stderr replace characters that their encoding lacks, instead of failing.

    One that is closed is replaced by a file that discards everything.
    """
    # Python sets a stream to None if its descriptor is closed.
    sys.stdout = sys.stdout or _discarding()
    sys.stderr = sys.stderr or _discarding()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError):
                stream.reconfigure(errors="replace")


def _discarding() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
