"""Every Python module says what it is for, stays readable, and gives reasons for its exceptions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from livelihood.settings import ROOT
from tests.policy.repository import files, require

MODULES = [name for name in files() if name.endswith(".py") and (ROOT / name).stat().st_size]
LONGEST_MODULE_LINES = 300
LONGEST_TEST_MODULE_LINES = 350
LONGEST_FUNCTION_LINES = 50
# A sentence ends in a stop, and no other sentence begins after one.
ONE_SENTENCE = re.compile(r"[^#](?:(?![.?!] +[A-Z]).)+[.?!]")
SILENCED = re.compile(r"#\s*noqa(?P<codes>: *[A-Z]+[0-9]+(?:, *[A-Z]+[0-9]+)*)?(?P<reason>.*)")
UNTYPED = re.compile(r"#\s*type: *ignore(?!\[)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def opening_problem(name: str, text: str) -> str | None:
    """What is wrong with the first paragraph of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(text))
    if not docstring:
        return f"{name}: open with a docstring that says what the module is for"
    opening = " ".join(docstring.split("\n\n")[0].split())
    # A DAG's docstring is its runbook, and opens with a Markdown heading.
    if name.startswith("dags/") and re.fullmatch(r"### \S+: .+", opening):
        return None
    if not ONE_SENTENCE.fullmatch(opening):
        return f"{name}: the docstring opens with {opening!r}, which is not one sentence"
    return None


def length_problems(name: str, text: str) -> Iterator[str]:
    """Modules and functions nobody reads in one go."""
    lines = len(text.splitlines())
    limit = LONGEST_TEST_MODULE_LINES if name.startswith("tests/") else LONGEST_MODULE_LINES
    if lines > limit:
        yield f"{name}: {lines} lines, more than {limit}; divide it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines; divide it"


def silence_problems(name: str, text: str) -> Iterator[str]:
    """Exceptions to a rule that do not name the rule, or give no reason."""
    for number, line in enumerate(text.splitlines(), start=1):
        found = SILENCED.search(line)
        if found and not found["codes"]:
            yield f"{name}:{number}: noqa names no rule"
        elif found and len(found["reason"].strip(" -()")) < 5:
            yield f"{name}:{number}: noqa gives no reason after the rule"
        if UNTYPED.search(line):
            yield f"{name}:{number}: name the error that is ignored: type: ignore[code]"


def test_modules_open_with_a_sentence() -> None:
    problems = (opening_problem(name, text_of(name)) for name in MODULES)
    require(problem for problem in problems if problem)


def test_modules_and_functions_stay_readable() -> None:
    require(problem for name in MODULES for problem in length_problems(name, text_of(name)))


def test_exceptions_to_a_rule_have_a_reason() -> None:
    # This module quotes bad ones.
    names = [name for name in MODULES if name != "tests/policy/test_modules.py"]
    require(problem for name in names for problem in silence_problems(name, text_of(name)))


@pytest.mark.parametrize(
    "text", ["x = 1", '"""Two. Sentences."""', '"""No stop"""', '"""### load: no stop."""']
)
def test_a_bad_opening_is_found(text: str) -> None:
    assert opening_problem("livelihood/x.py", text)
    assert opening_problem("livelihood/x.py", '"""What for, e.g. this.\n\nMore. More."""') is None
    assert opening_problem("dags/x.py", '"""### x: what for\n\nMore. And more."""') is None


@pytest.mark.parametrize(
    "line",
    ["a  # noqa", "a  # noqa: S101", "a  # noqa: S101 -- ", "a  # type: ignore"],
)
def test_a_silence_without_reason_is_found(line: str) -> None:
    assert list(silence_problems("x.py", line))
    assert not list(silence_problems("x.py", "a  # noqa: S101, T201 - the row is locked above"))
    assert not list(silence_problems("x.py", "a  # type: ignore[misc]"))


def test_what_is_too_long_is_found() -> None:
    text = "def long():\n" + "    x = 1\n" * LONGEST_TEST_MODULE_LINES
    assert len(list(length_problems("tests/x.py", text))) == 2
    assert len(list(length_problems("x.py", "x = 1\n" * (LONGEST_MODULE_LINES + 1)))) == 1
    assert not list(length_problems("x.py", "x = 1\n" * LONGEST_MODULE_LINES))
