"""Applies each patch to a copy of the tree and expects the experiments to find it there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from livelihood.settings import ROOT

FOLDER = Path(__file__).parent
# The experiment that has to find the patch of that name.
CAUGHT_BY = {
    "offsets_before_rows": "loader",
    "no_fence": "concurrency",
    "publish_in_two_transactions": "readers",
}


def prove(console: Console, seed: int, found: int) -> bool:
    """Whether every broken build was found; `found` is the exit code that says so."""
    caught = []
    for name, experiment in CAUGHT_BY.items():
        console.print(f"[bold]{name}[/bold], to be found by {experiment} ...")
        done = _run(name, experiment, seed)
        console.print(done.stdout, markup=False, highlight=False)
        caught.append(done.returncode == found)
        outcome = "found" if caught[-1] else f"[red]NOT found, exit code {done.returncode}[/red]"
        console.print(f"{name}: {outcome}\n{'' if caught[-1] else done.stderr[-2000:]}")
    return all(caught)


def _run(name: str, experiment: str, seed: int) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory(prefix="livelihood-broken-") as folder:
        tree = Path(folder)
        _copy_tree(tree)
        patch = FOLDER / f"{name}.patch"
        subprocess.run(["git", "apply", str(patch)], cwd=tree, check=True)
        command = [sys.executable, "-m", "faults", experiment, "--short", "--seed", str(seed)]
        with subprocess.Popen(
            command,
            cwd=tree,
            env=os.environ | {"PYTHONPATH": str(tree)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                said, errors = process.communicate()
            except BaseException:
                # Asked to end, not killed: it has servers to stop.
                process.terminate()
                raise
        return subprocess.CompletedProcess(command, process.returncode, said, errors)


def _copy_tree(tree: Path) -> None:
    """All that is committed or about to be, without what runs or was built."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
