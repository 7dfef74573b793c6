"""The notebook runs from beginning to end and names the targets that are behind."""

from __future__ import annotations

import nbformat
from nbclient import NotebookClient

from infra.local.environment import process_environment
from livelihood.publish import list_releases
from livelihood.scorecard import read_scorecard
from livelihood.settings import ROOT, Settings


def test_the_notebook_answers_its_question(published_platform: Settings) -> None:
    notebook = nbformat.read(ROOT / "docs" / "examples" / "behind.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(cwd=str(ROOT), env=process_environment(published_platform))
    text = str(notebook.cells)
    card = read_scorecard(published_platform)
    short = [
        target.name_zh
        for plan in card.plans
        for target in plan.targets
        if target.status in ("behind", "missed")
    ]
    assert all(name in text for name in short)
    # All releases of the fixture are of today, so the earlier one it reads is the first.
    assert f"release {list_releases(published_platform)[-1].release_id}" in text
