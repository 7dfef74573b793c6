"""Creation of data folders: whenever it is cut off, the next try completes it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.creation import create_once, run_tool
from infra.local.errors import LocalServerError

NAMES = {"MARKER", "a", "b"}


class Killed(BaseException):
    """SIGKILL in a test: nothing after it runs."""


def create(folder: Path) -> None:
    folder.mkdir()
    (folder / "MARKER").touch()
    (folder / "a").mkdir()
    (folder / "b").touch()


def die_at_rename(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    rename: Callable[[Path, Path], Path] = Path.rename
    count = 0

    def counted(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count > number:
            raise Killed
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", counted)


@pytest.mark.parametrize("renames", range(5))
def test_creation_is_completed_wherever_it_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    with monkeypatch.context() as patch:
        die_at_rename(patch, renames)
        try:
            create_once(tmp_path, "MARKER", create)
        except Killed:
            assert renames < 4
    create_once(tmp_path, "MARKER", create)
    assert {path.name for path in tmp_path.iterdir()} == NAMES


def test_a_half_created_folder_is_never_used(tmp_path: Path) -> None:
    def die(folder: Path) -> None:
        folder.mkdir()
        (folder / "MARKER").touch()
        raise Killed

    with pytest.raises(Killed):
        create_once(tmp_path, "MARKER", die)
    assert not (tmp_path / "MARKER").exists()
    create_once(tmp_path, "MARKER", create)
    create_once(tmp_path, "MARKER", die)
    assert {path.name for path in tmp_path.iterdir()} == NAMES


def test_files_of_another_origin_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "base").touch()
    with pytest.raises(LocalServerError, match="has files, but not MARKER"):
        create_once(tmp_path, "MARKER", create)
    assert (tmp_path / "base").exists()
    (tmp_path / "base").unlink()
    create_once(tmp_path, "MARKER", create)


def test_a_tool_ends_when_the_start_is_interrupted() -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(LocalServerError, match="was interrupted"):
        run_tool([sys.executable, "-c", "import time; time.sleep(60)"], None, cancelled)
    assert time.monotonic() - began < 10
    assert run_tool([sys.executable, "-c", "print('out'); raise SystemExit(3)"]) == (3, "out")
