"""English text of the repository's files: comments, docstrings, messages, names and documents."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

# Files generated from other files, laws and plans quoted verbatim, and locked requirements.
SKIPPED = re.compile(
    r"docs/(plans|checks|data-dictionary)\.md|docs/schemas/|LICENSE$|requirements.*\.txt$"
    r"|dbt_project/models/staging/_landing\.yml|dbt_project/macros/streams\.sql"
    # These modules quote the words that they look for.
    r"|tests/policy/(prose|language|word_list|test_language)\.py"
)
CODE = re.compile(r"```.*?```|~~~.*?~~~|``[^`]+``|`[^`]+`", re.DOTALL)
QUOTED = re.compile(r"“[^”]*”|「[^」]*」|\"[^\"\n]{1,200}\"|^ *> .*$|https?://\S+", re.MULTILINE)
SQL = re.compile(
    r"\s*(?:select|insert|update|delete|with|create|alter|drop|truncate|grant|revoke|copy|set|lock"
    r"|comment|do|merge|where|join|left join|from|and|or|not|case|order by|group by|union) [^.]*$"
    r"|.*\b(?:select .+ from|insert into|delete from|is (?:not )?null|order by|count\(\*\))",
    re.DOTALL,
)
HASH_COMMENT = re.compile(r"(?:^|\s)#+\s+(.*)$")
_COMMENTED = {
    *("toml", "env", "example", "ci/run", "sh", "Makefile", "Dockerfile", "conf", "in"),
    *("sqlfluff", "editorconfig", "properties"),
}
SQL_COMMENT = re.compile(r"--\s?(.*)$|/\*(.*?)\*/|\{#-?(.*?)-?#\}", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Passage:
    """A piece of English text, or a name with its words separated, and where it begins."""

    file: str
    line: int
    text: str
    is_name: bool = False


def passages(name: str, text: str) -> Iterator[Passage]:
    """Yield the English of a file by its kind; nothing for kinds that hold none."""
    if SKIPPED.match(name):
        return
    ending = name.rsplit(".", 1)[-1] if "." in name else name.rsplit("/", 1)[-1]
    if ending == "py":
        yield from _python(name, text)
    elif ending == "sql":
        yield from _sql(name, text)
    elif ending == "md":
        prose = CODE.sub(lambda match: "\n" * match[0].count("\n"), text)
        yield from _lines(name, prose.splitlines())
    elif ending in {"yml", "yaml"}:
        yield from _comments(name, text)
        yield from _yaml(name, text)
    elif ending == "ipynb":
        cells = json.loads(text)["cells"]
        yield from _lines(name, ["".join(cell["source"]) for cell in cells])
    elif ending == "j2":
        yield from _lines(name, re.sub(r"\{[{%#].*?[}%#]\}|<[^>]+>", " ", text).splitlines())
    elif ending in _COMMENTED:
        yield from _comments(name, text)


def plain(text: str) -> str:
    """Return the text without code spans, quotations and addresses."""
    return QUOTED.sub(" ", CODE.sub(" ", text))


def words(identifier: str) -> str:
    """Return the words of an identifier, separated by spaces, in lower case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", identifier).strip().lower()


def _lines(name: str, lines: list[str]) -> Iterator[Passage]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Passage(name, number, plain(line))


def _comments(name: str, text: str) -> Iterator[Passage]:
    for number, line in enumerate(text.splitlines(), start=1):
        if match := HASH_COMMENT.search(line):
            yield Passage(name, number, plain(match[1]))


def _sql(name: str, text: str) -> Iterator[Passage]:
    for match in SQL_COMMENT.finditer(text):
        number = text.count("\n", 0, match.start()) + 1
        yield Passage(name, number, plain("".join(group or "" for group in match.groups())))
    for match in re.finditer(r"\bmacro (\w+)|\bset (\w+)|^(?:with )?(\w+) as \(", text, re.M):
        number = text.count("\n", 0, match.start()) + 1
        identifier = next(group for group in match.groups() if group)
        yield Passage(name, number, words(identifier), is_name=True)


def _yaml(name: str, text: str) -> Iterator[Passage]:
    lines = text.splitlines()

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for inner in value.values():
                yield from strings(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from strings(inner)
        elif isinstance(value, str) and " " in value and not SQL.match(value):
            yield value

    for document in yaml.safe_load_all(text):
        for value in strings(document):
            start = value.split("\n")[0][:30]
            number = next((at for at, line in enumerate(lines, 1) if start in line), 1)
            yield Passage(name, number, plain(value))


def _python(name: str, text: str) -> Iterator[Passage]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comment = re.sub(r"noqa: *[A-Z0-9, ]+|type: *ignore\S*", "", token.string[1:])
            yield Passage(name, token.start[0], plain(comment))
    tree = ast.parse(text)
    in_fstrings = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield from _message(name, node.lineno, "".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in in_fstrings:
                yield from _message(name, node.lineno, node.value)
        else:
            yield from _identifiers(name, node)


def _message(name: str, line: int, text: str) -> Iterator[Passage]:
    """Yield a literal that people read: more than one word, and not SQL."""
    if " " in text.strip() and not SQL.match(text):
        for offset, part in enumerate(CODE.sub(" ", text).splitlines()):
            yield Passage(name, line + offset, plain(part))


def _identifiers(name: str, node: ast.AST) -> Iterator[Passage]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield Passage(name, node.lineno, words(node.name), is_name=True)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield Passage(name, node.lineno, words(node.id), is_name=True)
    elif isinstance(node, ast.arg):
        yield Passage(name, node.lineno, words(node.arg), is_name=True)
