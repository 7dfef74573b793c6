"""Proof that the experiments detect faults: each patch, applied to a copy, must be detected."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from livelihood.settings import ROOT

FOLDER = Path(__file__).parent
# The experiment that must detect each patch.
CAUGHT_BY = {
    "offsets_before_rows": "loader",
    "no_fence": "concurrency",
    "publish_in_two_transactions": "readers",
}


def prove(console: Console, seed: int, failed: int) -> bool:
    """Return whether every patch was detected, which the exit code `failed` indicates."""
    caught = []
    for name, experiment in CAUGHT_BY.items():
        console.print(f"[bold]{name}[/bold], to be detected by {experiment} ...")
        process = _run(name, experiment, seed)
        console.print(process.stdout, markup=False, highlight=False)
        caught.append(process.returncode == failed)
        outcome = (
            "detected" if caught[-1] else f"[red]NOT detected, exit code {process.returncode}[/red]"
        )
        console.print(f"{name}: {outcome}\n{'' if caught[-1] else process.stderr[-2000:]}")
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
                output, errors = process.communicate()
            except BaseException:
                # SIGTERM, not SIGKILL: it has servers to stop.
                process.terminate()
                raise
        return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _copy_tree(tree: Path) -> None:
    """Copy all files that git tracks or would add, without state and build results."""
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
