"""Escaping of text from data, one function per kind of output.

Names, notes, reasons, file names and error messages come from records, people and servers. On its
way out such text must stay text: no control sequence of a terminal, no line of a log, no formula of
a spreadsheet, no mention of a chat. Text in HTML is escaped by Jinja (`livelihood.pages`), text on
the terminal is printed by `livelihood.terminal`.
"""

from __future__ import annotations

import re

# Replaces a character that is not shown.
REPLACEMENT = "\ufffd"
# Replaces a line break in text of one line. No blank follows, so that a wrapped line never begins
# with the text after the break.
LINE_BREAK = " ↵"

# Control characters (C0, DEL, C1), line separators, those that change the direction of the text
# after them (Unicode TR 9), and lone surrogates, which have no encoding.
_UNPRINTABLE_CLASS = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff"
)
_UNPRINTABLE = re.compile(f"[{_UNPRINTABLE_CLASS}]")
_NEWLINE = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
# A cell that begins like this is a formula for spreadsheets; a signed number is harmless. Signs of
# full width count as well in East Asian editions (OWASP, CSV Injection).
_FORMULA = re.compile(r"[=@\t\r\n＝＋－＠]|[+-](?!\d+(\.\d+)?\Z)")
# The opening of a mention or tag in messages of Feishu, Slack and Discord.
_TAG = re.compile(r"<(?=[A-Za-z!/@#&])")
_MENTION = re.compile(r"@(?=(?:all|everyone|here|channel)\b)", re.IGNORECASE)


def for_terminal(text: str, line_break: str = LINE_BREAK) -> str:
    """Return the text as one line without control characters.

    `line_break` replaces each line break: pass ``"\\n"`` where several lines are meant. Text is
    never markup: print it by `livelihood.terminal`.
    """
    if text.isprintable():
        return text
    text = _NEWLINE.sub("\n", text).replace("\t", " ")
    return _UNPRINTABLE.sub(REPLACEMENT, text).replace("\n", line_break)


def for_json(document: str) -> str:
    """Return a JSON document with its control characters escaped; its values stay the same."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", document)


def for_log(text: str) -> str:
    r"""Return the text for one log line: line breaks and control characters as ``\n``, ``\x1b``."""
    if text.isprintable():
        return text
    return re.sub(rf"[\n\t{_UNPRINTABLE_CLASS}]", _escape_sequence, text)


def _escape_sequence(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def for_spreadsheet(text: str) -> str:
    """Return the text of a CSV cell: an apostrophe stops spreadsheets from running a formula."""
    text = for_terminal(text, line_break="\n")
    return f"'{text}" if _FORMULA.match(text) else text


def for_message(text: str) -> str:
    """Return the text for a message in a chat or e-mail: one line that mentions no one."""
    return _MENTION.sub("＠", _TAG.sub("＜", for_terminal(text)))


def for_html(text: str) -> str:
    """Return the text without control characters; Jinja escapes the markup afterwards."""
    return for_terminal(text, line_break="\n")
