"""The files of the repository as the rules about them read them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from livelihood.settings import ROOT


@lru_cache(maxsize=1)
def files() -> tuple[str, ...]:
    """Paths from the root of all that is committed or about to be, in order."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = tuple(name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file())
    assert found, "git lists no file: the rules would hold for nothing"
    return found


def text_files() -> Iterable[tuple[str, str]]:
    """Path and text of every file that is UTF-8."""
    for name in files():
        text = read(ROOT / name)
        if text is not None:
            yield name, text


def read(path: Path) -> str | None:
    """Text of a file, None when it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def require(problems: Iterable[str]) -> None:
    """Fail with every problem on a line of its own."""
    listed = list(problems)
    assert not listed, "\n".join(["", *listed])
