"""The written documents as tests read them: text, headings, code, links and names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from livelihood.settings import ROOT

# Derived documents are compared with their source by the drift check.
DERIVED = {"docs/data-dictionary.md", "docs/checks.md", "docs/plans.md"}
_FENCE = re.compile(r"^( *)(```|~~~)(\S*)[^\n]*\n(.*?)^\1\2 *$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text without the fence's indent, the heading above it."""

    language: str
    text: str
    heading: str


@dataclass(frozen=True)
class Document:
    """A Markdown file of the repository, named by its path from the root."""

    name: str

    @property
    def path(self) -> Path:
        return ROOT / self.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without fenced blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(self._blocks())

    @property
    def spans(self) -> list[str]:
        """Text between backticks in the prose, on one line."""
        return [" ".join(span.split()) for span in _SPAN.findall(self.prose)]

    @property
    def code_lines(self) -> list[str]:
        """Spans, and the lines of shell blocks with continued lines joined, without comments."""
        lines = []
        for block in self.blocks:
            if block.language == "sh":
                lines += block.text.replace("\\\n", " ").splitlines()
        return [*self.spans, *(re.sub(r"(^|\s)#.*", "", line).strip() for line in lines)]

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def headings(self) -> list[str]:
        return _HEADING.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """Names under which the headings can be linked to."""
        return {_anchor(heading) for heading in self.headings}

    def _blocks(self) -> Iterator[Block]:
        for match in _FENCE.finditer(self.text):
            indent, _, language, text = match.groups()
            above = _HEADING.findall(_FENCE.sub("", self.text[: match.start()]))
            plain = re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
            yield Block(language, plain, above[-1] if above else "")


def documents() -> list[Document]:
    """Return all written documents in the order of their names."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    names = {path.relative_to(ROOT).as_posix() for path in paths}
    return [Document(name) for name in sorted(names - DERIVED)]


def _anchor(heading: str) -> str:
    """Return GitHub's anchor of a heading: lower case, no punctuation, a hyphen for each space."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
