"""The documents are consistent: links, line lengths, the README's table, references from code."""

from __future__ import annotations

import re

import nbformat
import pytest

from infra.env_example import CONTAINER_VARIABLES, PATH
from livelihood.contracts import load_contracts
from livelihood.settings import ROOT, Settings
from tests.documents import Document, documents
from tests.policy.repository import files, require

DOCUMENTS = documents()
BY_NAME = {document.name: document for document in DOCUMENTS}
SETTINGS = {f"LIVELIHOOD_{name.upper()}" for name in Settings.model_fields}
MAX_LINE_LENGTH = 100

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


def test_the_expected_documents_exist() -> None:
    expected = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}
    expected |= {f"docs/{name}.md" for name in ("architecture", "runbook", "analysts")}
    assert expected <= set(BY_NAME)


@each_document
def test_lines_are_short(document: Document) -> None:
    require(
        [
            f"{document.name}:{number}: {len(line)} characters"
            for number, line in enumerate(document.text.splitlines(), start=1)
            # A table row cannot be wrapped.
            if len(line) > MAX_LINE_LENGTH and not line.startswith("|")
        ]
    )


@each_document
def test_links_resolve(document: Document) -> None:
    document_at = {other.path: other for other in DOCUMENTS}
    problems = []
    for link in document.links:
        target, _, anchor = link.partition("#")
        path = (document.path.parent / target).resolve() if target else document.path
        if "://" not in link and not path.exists():
            problems.append(f"{document.name}: the target of the link {target} does not exist")
        elif anchor and path in document_at and anchor not in document_at[path].anchors:
            problems.append(f"{document.name}: {target or 'this page'} has no heading #{anchor}")
    require(problems)


@each_document
def test_settings_exist(document: Document) -> None:
    named = set(re.findall(r"\bLIVELIHOOD_[A-Z_]*[A-Z]\b", document.text))
    named |= {span for span in document.spans if re.fullmatch(r"(POSTGRES|AIRFLOW)_[A-Z_]+", span)}
    unknown = named - SETTINGS - set(CONTAINER_VARIABLES)
    require([f"{document.name}: there is no setting {name}" for name in sorted(unknown)])


def test_every_setting_is_in_the_example() -> None:
    example = set(re.findall(r"^# ?([A-Z_]+)=", PATH.read_text(encoding="utf-8"), re.MULTILINE))
    assert example >= SETTINGS | set(CONTAINER_VARIABLES)


def test_the_readme_begins_with_the_two_commands() -> None:
    first = next(block for block in BY_NAME["README.md"].blocks if block.language == "sh")
    commands = [line.split("#")[0].strip() for line in first.text.splitlines()]
    assert commands == ["make demo", "make test"]


def test_the_readme_explains_every_folder_and_no_other() -> None:
    rows = re.findall(r"^\| \[(\w+)/\]\((\w+)\)", BY_NAME["README.md"].text, re.MULTILINE)
    explained = {name for name, _ in rows}
    folders = {name.split("/")[0] for name in files() if "/" in name and name[0] != "."}
    assert explained == folders
    assert all(name == target for name, target in rows)


def test_the_architecture_lists_every_decision() -> None:
    decisions = {path.name for path in (ROOT / "docs" / "decisions").glob("*.md")}
    listed = re.findall(r"\(decisions/([\w-]+\.md)\)", BY_NAME["docs/architecture.md"].text)
    assert sorted(listed) == sorted(decisions)


def test_the_data_dictionary_lists_every_stream() -> None:
    (row,) = re.findall(r"^\| stream .*$", (ROOT / "docs/architecture.md").read_text(), re.M)
    assert "(data-dictionary.md)" in row
    _, streams = (ROOT / "docs/data-dictionary.md").read_text().split("## Streams", 1)
    assert re.findall(r"^### `([a-z_]+)`", streams, re.M) == list(load_contracts())


def test_a_new_token_key_empties_every_table_with_tokens() -> None:
    text = (ROOT / "docs/runbook.md").read_text()
    (ending,) = re.findall(r"truncate [^`]+ table_schema = 'landing' [^`]+ like '%\\(\w+)'", text)
    for contract in load_contracts().values():
        with_token = {column.name for column in contract.columns if column.token_source}
        emptied = {column.name for column in contract.columns if column.name.endswith(ending)}
        assert emptied == with_token, contract.name


def test_headings_named_by_code_exist() -> None:
    headings = BY_NAME["docs/runbook.md"].headings
    named = {}
    for folder in ("livelihood", "dags", "producers", "expectations", "infra"):
        for path in (ROOT / folder).rglob("*.py"):
            text = " ".join(path.read_text(encoding="utf-8").replace('"', " ").split())
            for name in re.findall(r"[Rr]unbook, (?:'|\*)([\w ]+)(?:'|\*)", text):
                named[name] = path.relative_to(ROOT)
    assert named
    require(
        [
            f"{path}: the runbook has no heading {name!r}"
            for name, path in named.items()
            if not any(name.lower() in heading.lower() for heading in headings)
        ]
    )


def test_the_notebook_is_committed_without_output() -> None:
    path = ROOT / "docs" / "examples" / "behind.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    outputs = [cell for cell in cells if cell.cell_type == "code" and cell.outputs]
    assert not outputs, f"clear all outputs of {path.name} before committing it"
