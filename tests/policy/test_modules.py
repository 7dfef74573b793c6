"""Every Python module has a docstring, stays short, and gives reasons for its exceptions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from livelihood.settings import ROOT
from tests.policy.repository import files, require

MODULES = [name for name in files() if name.endswith(".py") and (ROOT / name).stat().st_size]
MAX_MODULE_LINES = 300
MAX_TEST_MODULE_LINES = 350
MAX_FUNCTION_LINES = 50
SILENCED = re.compile(r"#\s*noqa(?P<codes>: *[A-Z]+[0-9]+(?:, *[A-Z]+[0-9]+)*)?(?P<reason>.*)")
UNTYPED = re.compile(r"#\s*type: *ignore(?!\[)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def opening_problem(name: str, text: str) -> str | None:
    """Return what is wrong with a module's docstring, None if it has one."""
    docstring = ast.get_docstring(ast.parse(text))
    if not docstring:
        return f"{name}: open with a docstring that states what the module is for"
    # A DAG's docstring is its runbook, and opens with a Markdown heading.
    if name.startswith("dags/") and not re.match(r"### \S+: .+", docstring):
        return f"{name}: open the docstring with '### <dag>: <what it does>'"
    return None


def length_problems(name: str, text: str) -> Iterator[str]:
    """Yield modules and functions that are too long to read in one pass."""
    lines = len(text.splitlines())
    limit = MAX_TEST_MODULE_LINES if name.startswith("tests/") else MAX_MODULE_LINES
    if lines > limit:
        yield f"{name}: {lines} lines, more than {limit}; divide it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines; divide it"


def silence_problems(name: str, text: str) -> Iterator[str]:
    """Yield exceptions that do not name their rule or give no reason."""
    for number, line in enumerate(text.splitlines(), start=1):
        silenced = SILENCED.search(line)
        if silenced and not silenced["codes"]:
            yield f"{name}:{number}: noqa names no rule"
        elif silenced and len(silenced["reason"].strip(" -()")) < 5:
            yield f"{name}:{number}: noqa gives no reason after the rule"
        if UNTYPED.search(line):
            yield f"{name}:{number}: name the error that is ignored: type: ignore[code]"


def test_modules_open_with_a_docstring() -> None:
    problems = (opening_problem(name, text_of(name)) for name in MODULES)
    require(problem for problem in problems if problem)


def test_modules_and_functions_are_short() -> None:
    require(problem for name in MODULES for problem in length_problems(name, text_of(name)))


def test_exceptions_to_a_rule_have_a_reason() -> None:
    # This module quotes bad ones.
    names = [name for name in MODULES if name != "tests/policy/test_modules.py"]
    require(problem for name in names for problem in silence_problems(name, text_of(name)))


def test_a_missing_or_bad_opening_is_reported() -> None:
    assert opening_problem("livelihood/x.py", "x = 1")
    assert opening_problem("dags/x.py", '"""A DAG without a heading."""')
    assert opening_problem("livelihood/x.py", '"""Two. Sentences."""') is None
    assert opening_problem("dags/x.py", '"""### x: what for\n\nMore. And more."""') is None


@pytest.mark.parametrize(
    "line",
    ["a  # noqa", "a  # noqa: S101", "a  # noqa: S101 -- ", "a  # type: ignore"],
)
def test_an_exception_without_a_reason_is_reported(line: str) -> None:
    assert list(silence_problems("x.py", line))
    assert not list(silence_problems("x.py", "a  # noqa: S101, T201 - the row is locked above"))
    assert not list(silence_problems("x.py", "a  # type: ignore[misc]"))


def test_long_modules_and_functions_are_reported() -> None:
    text = "def long():\n" + "    x = 1\n" * MAX_TEST_MODULE_LINES
    assert len(list(length_problems("tests/x.py", text))) == 2
    assert len(list(length_problems("x.py", "x = 1\n" * (MAX_MODULE_LINES + 1)))) == 1
    assert not list(length_problems("x.py", "x = 1\n" * MAX_MODULE_LINES))
