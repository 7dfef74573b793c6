"""Code, SQL, configuration and documents use plain technical English: see word_list.py."""

from __future__ import annotations

from functools import lru_cache

import pytest

from tests.policy.language import Survey, is_imperative, survey
from tests.policy.repository import require, text_files

MAX_LISTED_PER_1000_WORDS = 0.8
MAX_VAGUE_PER_1000_LINES = 1.0


@lru_cache(maxsize=1)
def tree() -> Survey:
    """Return the survey of the whole repository."""
    result = survey(text_files())
    assert result.words > 50_000, "few words were read: the rules would check nothing"
    return result


def test_no_forbidden_word_is_used() -> None:
    require(map(str, tree().of("forbidden")))


def test_listed_words_are_rare() -> None:
    result = tree()
    offences = map(str, result.of("forbidden") + result.of("discouraged"))
    if result.per_thousand_words > MAX_LISTED_PER_1000_WORDS:
        require([*offences, f"{result.per_thousand_words:.2f} listed words per 1,000 words"])


def test_vague_variable_names_are_rare() -> None:
    result = tree()
    if result.vague_per_thousand_lines > MAX_VAGUE_PER_1000_LINES:
        rate = f"{result.vague_per_thousand_lines:.2f} vague names per 1,000 lines"
        require([*map(str, result.of("vague")), rate])


def test_function_docstrings_begin_with_an_imperative_verb() -> None:
    require(map(str, tree().of("docstring")))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "x = 1  # computed anew"),
        ("a.py", '"""Whoever reads it."""'),
        ("a.py", 'print(f"stream {1} stands still")'),
        ("a.py", "def go_on(): ..."),
        ("a.py", "MOST_RECORDS = 3"),
        ("a.py", "PATIENCE_SECONDS = 3"),
        ("a.sql", "-- computed anew\nselect 1"),
        ("a.sql", "{# computed anew #} select 1"),
        ("a.sql", "{% macro what_waits() %}"),
        ("a.yml", "description: Made for whoever reads it.\n"),
        ("a.yml", "# at once\na: 1\n"),
        ("a.md", "It goes on by itself."),
        ("Makefile", "all: ## make it anew\n"),
        ("page.html.j2", "<p>Somebody</p>"),
        ("a.ipynb", '{"cells": [{"source": ["at once"]}]}'),
    ],
)
def test_a_forbidden_word_is_reported(name: str, text: str) -> None:
    assert survey([(name, text)]).of("forbidden")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "x = 1  # `anew` and “at once” are quoted"),
        ("a.py", 'query = "select least(1, 2) as room from anew where at_once"'),
        ("a.md", "Use `anew`.\n\n```sh\ngo on\n```\n\n> as the law says: at once"),
        ("a.md", "Renew it; the mushroom is renewed."),
        ("docs/plans.md", "Whatever the plan says."),
    ],
)
def test_code_and_quotations_are_excepted(name: str, text: str) -> None:
    assert not survey([(name, text)]).offences


def test_a_discouraged_word_and_a_vague_name_are_reported() -> None:
    text = '"""What lies beside the held rows."""\n\nfound = [kept for kept in ()]\n'
    result = survey([("a.py", text)])
    assert [offence.text for offence in result.of("discouraged")] == ["beside", "held", "lies"]
    assert [offence.text for offence in result.of("vague")] == ["found", "kept"]
    assert result.per_thousand_words > 100
    assert result.vague_per_thousand_lines > 100


@pytest.mark.parametrize(
    "opening", ["Return rows.", "Process a row.", "Set the offset.", "Embed it.", "Bring it back."]
)
def test_an_imperative_docstring_is_accepted(opening: str) -> None:
    assert is_imperative(opening)
    assert not survey([("a.py", f'def f():\n    """{opening}"""\n')]).offences


@pytest.mark.parametrize(
    "opening",
    [
        "The rows.",
        "Returns rows.",
        "Whether it is.",
        "All rows.",
        "Rows read.",
        "Set of rows.",
        "Loaded rows.",
    ],
)
def test_another_docstring_is_reported(opening: str) -> None:
    assert not is_imperative(opening)
    assert survey([("a.py", f'def f():\n    """{opening}"""\n')]).of("docstring")
    # A test, a property and a fixture state or name something.
    text = f'@property\ndef f():\n    """{opening}"""\n\ndef test_f():\n    """{opening}"""\n'
    assert not survey([("a.py", text)]).offences
