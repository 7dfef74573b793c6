"""Names in the documents exist: make targets, commands, options, paths, tables and checks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from expectations import all_checks
from livelihood.cli import app
from livelihood.contracts import load_contracts
from livelihood.settings import ROOT
from producers.__main__ import app as producers_app
from tests.documents import Document, documents
from tests.policy.repository import require

# Placeholders that the reader fills in.
PLACEHOLDER = re.compile(r"<[a-z_ ]+>|STREAM")
MODELS = ROOT / "dbt_project" / "models"
ENDINGS = "md|py|sql|csv|yml|yaml|toml|txt|in|env|ipynb|json"
# Files that the running platform creates, and the reader's own files.
NOT_OURS = re.compile(
    r"\.livelihood/|\.venv/|\.env$|payroll\.(xlsx|mapping\.yaml)|gate\.html"
    r"|2021-contributions\.csv|contributions\.yaml"
)

pytestmark = pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)


def commands(document: Document) -> Iterator[list[str]]:
    """Yield every command as a list of words; prose in backticks yields harmless ones."""
    for line in document.code_lines:
        for command in re.split(r"&&|;|\||<<", line):
            try:
                words = shlex.split(command)
            except ValueError:
                words = command.split()
            yield [word for word in words if not re.fullmatch(r"[A-Z_]+=.*", word)]


def test_make_targets_exist(document: Document) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))
    named = {words[1] for words in commands(document) if len(words) > 1 and words[0] == "make"}
    require([f"{document.name}: there is no `make {name}`" for name in sorted(named - targets)])


def command_problem(words: list[str], command: Any) -> str | None:
    """Return what is wrong with a command line, given the command of its first word."""
    name, *words = words
    while words and re.fullmatch(r"[a-z_]+", words[0]) and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return f"there is no `{name} {words[0]}`"
        name, command = f"{name} {words[0]}", command.commands[words[0]]
        words = words[1:]
    options = {"--help"}
    for parameter in command.params:
        options |= {*parameter.opts, *parameter.secondary_opts}
    unknown = [word for word in words if word.startswith("--") and word not in options]
    return f"`{name}` has no option {unknown[0]}" if unknown else None


def test_commands_and_their_options_exist(document: Document) -> None:
    programs = {
        ("livelihood",): typer.main.get_command(app),
        ("python", "-m", "producers"): typer.main.get_command(producers_app),
    }
    problems = [
        command_problem(words[len(start) - 1 :], program)
        for words in commands(document)
        for start, program in programs.items()
        if tuple(words[: len(start)]) == start
    ]
    require([f"{document.name}: {problem}" for problem in problems if problem])


def test_python_modules_exist(document: Document) -> None:
    modules = [words[2] for words in commands(document) if words[:2] == ["python", "-m"]]
    require(
        [
            f"{document.name}: `python -m {module}` does not exist"
            for module in modules
            if module != "pip"
            and not (ROOT / module.replace(".", "/")).with_suffix(".py").exists()
            and not (ROOT / module / "__main__.py").exists()
        ]
    )


def named_paths(document: Document) -> Iterator[str]:
    """Yield words that begin with a folder of the repository or end like one of its files."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for line in document.code_lines:
        for word in line.split():
            text = word.strip("\"'(),;")
            if ("/" in text and text.split("/")[0] in folders) or re.fullmatch(
                rf"[\w./<>-]+\.({ENDINGS})", text
            ):
                yield text


def path_exists(text: str) -> bool:
    pattern = PLACEHOLDER.sub("*", text).rstrip("/")
    return any(ROOT.glob(pattern)) or ("/" not in pattern and any(ROOT.rglob(pattern)))


def test_paths_exist(document: Document) -> None:
    missing = {
        text for text in named_paths(document) if not NOT_OURS.match(text) and not path_exists(text)
    }
    require([f"{document.name}: there is no {text}" for text in sorted(missing)])


def relations() -> set[str]:
    """Return every table, view and function a document may name, as schema.name."""
    warehouse = ROOT / "livelihood" / "warehouse"
    code = "\n".join(path.read_text(encoding="utf-8") for path in warehouse.rglob("*.py"))
    create = r"create (?:table|sequence) (?:if not exists )?((?:ops|published)\.\w+)"
    names = set(re.findall(create, code))
    names |= {f"landing.{stream}" for stream in load_contracts()}
    for path in MODELS.rglob("*.sql"):
        layer = path.relative_to(MODELS).parts[0]
        names.add(f"{layer}.{path.stem}")
        if layer == "marts":
            names |= {f"published.{path.stem}{suffix}" for suffix in ("", "_vintages", "_at")}
    return names | {"published.release_on"}


def test_tables_exist(document: Document) -> None:
    code = "\n".join([*document.spans, *(block.text for block in document.blocks)])
    schemas = "ops|published|landing|intermediate|marts"
    named = set(re.findall(rf"(?<![\w./])((?:{schemas})\.[a-z_]+)\b(?!<)", code))
    # Tables that the reader creates.
    created = set(re.findall(r"create table (\w+\.\w+)", code))
    unknown = named - relations() - created
    require([f"{document.name}: there is no table {name}" for name in sorted(unknown)])


def test_checks_exist(document: Document) -> None:
    identifiers = {check.id for check in all_checks()}
    groups = "|".join(sorted({check.split(".")[0] for check in identifiers}))
    named = {span for span in document.spans if re.fullmatch(rf"({groups})\.[\w.<>]+", span)}
    identifiers |= relations()
    unknown = [
        name
        for name in sorted(named)
        if not any(re.fullmatch(PLACEHOLDER.sub("[a-z_]+", name), check) for check in identifiers)
    ]
    require([f"{document.name}: there is no check {name}" for name in unknown])
