"""Every list of a published platform fits 80 columns, and is the same as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest
from rich.cells import cell_len

from infra.local.environment import process_environment
from livelihood.settings import Settings
from livelihood.worklists.read import list_actions

LISTS = {
    "releases": (["releases"], "release_id"),
    "differences": (["releases", "--diff", "1", "2"], "mart"),
    "monitors": (["actions"], "name_zh"),
    "cases": (["actions", "--monitor", "MONITOR"], "subject"),
    "alerts": (["alerts"], "title"),
    "targets": (["sql", "select * from dim_target order by target_id limit 20"], "target_id"),
}


def run(settings: Settings, words: list[str], columns: int = 80) -> str:
    if "MONITOR" in words:
        monitor = str(list_actions(settings, None, None, 1).rows[0][0])
        words = [monitor if word == "MONITOR" else word for word in words]
    program = "from livelihood.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=process_environment(settings) | {"COLUMNS": str(columns)},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


@pytest.mark.parametrize("name", LISTS)
def test_a_list_fits_and_can_be_exported(published_platform: Settings, name: str) -> None:
    words, column = LISTS[name]
    for columns in (80, 120):
        lines = run(published_platform, words, columns).splitlines()
        assert max(map(cell_len, lines)) <= columns
        assert column in lines[0].split(), "headings are whole, the most important is there"
    documents = json.loads(run(published_platform, [*words, "--json"]))
    text = run(published_platform, [*words, "--csv", "-"]).removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert documents
    assert [row[column] for row in rows] == [str(document[column]) for document in documents]
    assert list(rows[0]) == list(documents[0])


def test_targets_of_the_scorecard_can_be_exported(published_platform: Settings) -> None:
    documents = json.loads(run(published_platform, ["scorecard", "--json"]))
    assert {"target_id", "status", "value", "owner"} <= set(documents[0])
    assert {document["status"] for document in documents} >= {"missed", "no_data"}
