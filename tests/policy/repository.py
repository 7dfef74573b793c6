"""Access to the files of the repository for the policy tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from livelihood.settings import ROOT


@lru_cache(maxsize=1)
def files() -> tuple[str, ...]:
    """Return the paths of all files that are or will be committed, from the root, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = tuple(name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file())
    assert paths, "git lists no file: the rules would check nothing"
    return paths


def text_files() -> Iterable[tuple[str, str]]:
    """Yield the path and text of every UTF-8 file."""
    for name in files():
        text = read(ROOT / name)
        if text is not None:
            yield name, text


def read(path: Path) -> str | None:
    """Return the text of a file, None if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def require(problems: Iterable[str]) -> None:
    """Fail with each problem on its own line."""
    listed = list(problems)
    assert not listed, "\n".join(["", *listed])
