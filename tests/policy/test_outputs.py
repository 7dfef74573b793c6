"""Text leaves the platform through the modules that escape it, and through no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from livelihood.settings import ROOT
from tests.policy.repository import files, require

PRODUCT = ("livelihood/", "producers/", "expectations/", "simulator/", "dags/")
TERMINAL = "livelihood/terminal.py"
PAGES = "livelihood/pages.py"
# What prints, or creates what prints, and the only module that may use it.
CHOKE_POINTS = {
    "print": TERMINAL,
    "Console": TERMINAL,
    "typer.echo": TERMINAL,
    "typer.secho": TERMINAL,
    "click.echo": TERMINAL,
    "click.secho": TERMINAL,
    "sys.stdout.write": TERMINAL,
    "sys.stderr.write": TERMINAL,
    "Text.from_markup": "",
    "Environment": PAGES,
}
# Modules that the terminal's module imports, and what they print: names of variables.
BELOW_THE_TERMINAL = {("livelihood/settings.py", "sys.stderr.write")}


def uses(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each use of a choke point in a module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in CHOKE_POINTS:
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in CHOKE_POINTS:
            yield node.lineno, ast.unparse(node.func)


def test_text_is_printed_by_one_module() -> None:
    sources = [name for name in files() if name.startswith(PRODUCT) and name.endswith(".py")]
    require(
        f"{name}:{line}: {use} instead of {CHOKE_POINTS[use] or 'rich.text.Text'}"
        for name in sources
        for line, use in uses((ROOT / name).read_text())
        if name != CHOKE_POINTS[use] and (name, use) not in BELOW_THE_TERMINAL
    )
    used = [use for _, use in uses("import typer\ntyper.echo(1)\nup(typer.echo)\nprint(1)")]
    assert sorted(used) == ["print", "typer.echo", "typer.echo"]


def test_no_template_turns_escaping_off() -> None:
    templates = [name for name in files() if name.endswith(".j2")]
    assert templates
    require(
        f"{name}: {switch} passes text from data as markup"
        for name in templates
        for switch in ("|safe", "| safe", "autoescape false")
        if switch in (ROOT / name).read_text()
    )
