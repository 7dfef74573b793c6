"""The disk in the status: full, nearly full, not writable."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from livelihood.status.disk import read_disk
from livelihood.status.health import find_issues
from livelihood.status.model import Disk, Status

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def issues(disk: Disk | None) -> list[str]:
    return list(find_issues(Status(NOW, disk=disk), 15, min_free_megabytes=1_000))


def test_a_disk_that_is_full_or_nearly_full_is_an_issue() -> None:
    assert issues(None) == []
    assert issues(Disk("/home", 2_000_000_000)) == []
    [issue] = issues(Disk("/home", 900_000_000))
    assert "nearly full, 900 MB" in issue
    [issue] = issues(Disk("/home", 2_000_000_000, "Disk quota exceeded"))
    assert "cannot be written (Disk quota exceeded)" in issue


def test_the_disk_is_tested_by_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_disk(tmp_path / "missing") is None
    disk = read_disk(tmp_path)
    assert disk is not None
    assert disk.write_error is None
    assert disk.free_bytes > 0
    assert list(tmp_path.iterdir()) == []
    # A file system in which no account can create a file.
    disk = read_disk(Path("/proc"))
    assert disk is not None
    assert disk.write_error
