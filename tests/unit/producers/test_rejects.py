"""The rejects file can be read, with any names and reasons in it."""

from __future__ import annotations

import json
from pathlib import Path

from producers.rejects import Reject, append_rejects


def test_hostile_names_and_reasons_are_escaped(tmp_path: Path) -> None:
    reject = Reject("\udcff\x9b2J.csv", 7, ["invalid_value: a\n{}\u202e"])
    append_rejects(tmp_path / "rejects.ndjson", [reject], 0)
    text = (tmp_path / "rejects.ndjson").read_text(encoding="utf-8")
    assert "\x9b" not in text
    [line] = text.splitlines()
    assert json.loads(line)["file"] == "\udcff\x9b2J.csv"
