"""An experiment passes only if its fault was injected and nothing was lost or unexpected."""

from __future__ import annotations

import io
import subprocess
from typing import Any

import pytest
from rich.console import Console

from faults.broken.proof import CAUGHT_BY, FOLDER
from faults.inventory import name_of
from faults.outcome import Outcome, show
from livelihood.settings import ROOT
from testkit.message_factory import message


def test_a_fault_without_harm_is_good() -> None:
    assert Outcome("x", times=3, sent=10, landed=9, quarantined=1).is_good


@pytest.mark.parametrize(
    "changes", [{"times": 0}, {"lost": 1}, {"twice": 1}, {"unexpected": ["a traceback"]}]
)
def test_harm_or_a_fault_that_never_came_is_not(changes: dict[str, Any]) -> None:
    good: dict[str, Any] = {"fault": "x", "times": 3, "sent": 10, "landed": 10}
    outcome = Outcome(**(good | changes))
    assert not outcome.is_good
    text = io.StringIO()
    show(Console(file=text, width=150), [outcome])
    assert "x" in text.getvalue()


def test_a_message_is_known_by_its_record_id_or_its_bytes() -> None:
    assert name_of(message("training", 7)) == "test-training-7"
    assert name_of(b'{"broken 3') == '{"broken 3'


def test_every_broken_build_has_its_experiment_and_can_be_made() -> None:
    patches = sorted(FOLDER.glob("*.patch"))
    assert {path.stem for path in patches} == set(CAUGHT_BY)
    for patch in patches:
        subprocess.run(["git", "apply", "--check", patch], cwd=ROOT, check=True)
