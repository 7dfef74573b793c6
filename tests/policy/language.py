"""Offences against the word list; `python -m tests.policy.language [FOLDER …]` prints them.

The list says which words a reader from another project would not search for. FORBIDDEN ones have
no place at all; DISCOURAGED ones have other, ordinary meanings, so they have a budget.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.policy.prose import SKIPPED, Passage, passages
from tests.policy.repository import text_files
from tests.policy.word_list import (
    ALLOWED,
    DETERMINERS,
    DISCOURAGED,
    FORBIDDEN,
    FORBIDDEN_NAMES,
    NOT_VERBS,
    NOUNS_OR_VERBS,
    VAGUE_NAMES,
    VERBS_IN_ED,
    VERBS_IN_ING,
    VERBS_IN_S,
)

_ALLOWED = re.compile(rf"\b(?:{ALLOWED})\b", re.IGNORECASE)


def _compiled(table: dict[str, str]) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(rf"\b(?:{key})\b", re.IGNORECASE), hint) for key, hint in table.items()]


_FORBIDDEN, _DISCOURAGED = _compiled(FORBIDDEN), _compiled(DISCOURAGED)


@dataclass(frozen=True)
class Offence:
    """A word or name that the list replaces, where it is, and what to write instead."""

    kind: str
    file: str
    line: int
    text: str
    hint: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.kind}: {self.text} (write: {self.hint})"


def word_offences(passage: Passage) -> Iterator[Offence]:
    """Yield the listed words of a passage; names of variables may only break the strict part."""
    text = _ALLOWED.sub(" ", " ".join(passage.text.split()))
    tables = [("forbidden", _FORBIDDEN), ("discouraged", [] if passage.is_name else _DISCOURAGED)]
    for kind, table in tables:
        for pattern, hint in table:
            for match in pattern.finditer(text):
                yield Offence(kind, passage.file, passage.line, match[0].lower(), hint)


def count_words(passage: Passage) -> int:
    """Return the number of English words; names count as text only for offences."""
    return 0 if passage.is_name else len(re.findall(r"[A-Za-z][A-Za-z'-]+", passage.text))


def name_offences(file: str, text: str) -> Iterator[Offence]:
    """Yield vague variables, poetic constants, and docstrings that open with no imperative."""
    for number, line in enumerate(text.splitlines(), start=1):
        for match in FORBIDDEN_NAMES.finditer(line):
            yield Offence("forbidden", file, number, match[0], "MAX_, MIN_, TIMEOUT_")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.arg):
            name = node.arg
        else:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _docstring_offences(file, node)
            continue
        if name.lstrip("_") in VAGUE_NAMES:
            yield Offence("vague", file, node.lineno, name, "what the value is")


def is_imperative(docstring: str) -> bool:
    """Return whether a docstring opens with what looks like a verb in the imperative."""
    match = re.match(r"([A-Z][a-z]+)\b(?!['’-])\W*(\w*)", docstring.strip())
    if match is None:
        return False
    word = match[1].lower()
    return not (
        word in NOT_VERBS
        or (word in NOUNS_OR_VERBS and match[2].lower() not in DETERMINERS)
        or (word.endswith("s") and word not in VERBS_IN_S)
        or (word.endswith("ed") and word not in VERBS_IN_ED)
        or (word.endswith("ing") and word not in VERBS_IN_ING)
    )


def _docstring_offences(
    file: str, node: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[Offence]:
    decorators = {ast.unparse(decorator).split("(")[0] for decorator in node.decorator_list}
    # A property and a fixture are things, and a test states what holds.
    if node.name.startswith("test_") or any(
        name.endswith(("property", "fixture", "setter")) for name in decorators
    ):
        return
    docstring = ast.get_docstring(node)
    if docstring and not is_imperative(docstring):
        opening = " ".join(docstring.split()[:5])
        yield Offence(
            "docstring", file, node.lineno, f"{node.name}: {opening} …", "an imperative verb"
        )


@dataclass
class Survey:
    """Offences of a set of files, with the amount of text they were found in."""

    offences: list[Offence]
    words: int = 0
    lines: int = 0

    def of(self, kind: str) -> list[Offence]:
        """Return the offences of one kind."""
        return [offence for offence in self.offences if offence.kind == kind]

    @property
    def per_thousand_words(self) -> float:
        """Listed words, forbidden ones included, per 1,000 words."""
        listed = len(self.of("forbidden")) + len(self.of("discouraged"))
        return 1000 * listed / max(self.words, 1)

    @property
    def vague_per_thousand_lines(self) -> float:
        """Vague variable names per 1,000 lines of Python."""
        return 1000 * len(self.of("vague")) / max(self.lines, 1)


def survey(files: Iterable[tuple[str, str]]) -> Survey:
    """Return all offences of the files, given as (path, text)."""
    result = Survey([])
    for name, text in files:
        for passage in passages(name, text):
            result.words += count_words(passage)
            result.offences += word_offences(passage)
        if name.endswith(".py") and not SKIPPED.match(name):
            result.lines += len(text.splitlines())
            result.offences += name_offences(name, text)
    return result


def main(folders: list[str]) -> int:
    """Print the offences of the folders (default: the whole tree), then the totals."""
    chosen = [
        (name, text)
        for name, text in text_files()
        if not folders or name.startswith(tuple(folders))
    ]
    result = survey(chosen)
    for offence in sorted(result.offences, key=lambda offence: (offence.file, offence.line)):
        print(offence)  # noqa: T201 - this is the script's output
    counts = {
        kind: len(result.of(kind)) for kind in ("forbidden", "discouraged", "vague", "docstring")
    }
    print(  # noqa: T201 - this is the script's output
        f"{counts}; {result.words} words, {result.lines} lines of Python: listed words"
        f" {result.per_thousand_words:.2f} per 1,000 words (at most 0.8), vague names"
        f" {result.vague_per_thousand_lines:.2f} per 1,000 lines (at most 1.0)"
    )
    return 1 if result.offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
