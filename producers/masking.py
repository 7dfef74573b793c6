"""Masking of personal data in what people read: rejects, errors, notes and names of files.

Reasons name line and column, never the value. Texts that others wrote, such as the name of a file,
a sheet or a column, are masked where they contain an identifier, with the words next to it.
"""

from __future__ import annotations

import re

from producers.identifiers import find_identifiers

MASK = "…"
# An identity or account number in the wrong column is a long run of digits. Limits of amounts (a
# one and zeros) may be shown.
_LONG_NUMBER = re.compile(r"(?<!\d)(?!10+(?!\d))\d{15,}[Xx]?")
_STOP = r"\s/\\'\"“”‘’`,，;；:：()（）\[\]【】<>|="
# A Chinese name next to the number, with a blank between them.
_NAME = r"[一-鿿·]{2,4}"
_BEFORE = re.compile(rf"(?:(?<![一-鿿]){_NAME}[\s_]+)?[^{_STOP}]*$")
_AFTER = re.compile(rf"[^{_STOP}.]*(?:[\s_]+{_NAME}(?![一-鿿]))?")
# What database drivers and parsers quote at the end of a sentence.
_QUOTED_VALUE = re.compile(r"(?<=: )(?:\"[^\"]*\"|'[^']*')|\[.*\]")


def mask(text: str) -> str:
    """Return the text without identifiers, numbers of 15 and more digits, and words around."""
    spans = [(number.start, number.end) for number in find_identifiers(text)]
    spans += [match.span() for match in _LONG_NUMBER.finditer(text)]
    for start, end in reversed(_merged([_widened(text, *span) for span in spans])):
        text = f"{text[:start]}{MASK}{text[end:]}"
    return text


def mask_values(text: str) -> str:
    """Return a sentence of a driver or parser without the values that it quotes."""
    return mask(_QUOTED_VALUE.sub(MASK, text))


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    before, after = _BEFORE.search(text[:start]), _AFTER.match(text, end)
    return before.start() if before else start, after.end() if after else end


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
