"""`.ci/run` reports failures by its exit code; commit hooks run the same checks as `make check`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from livelihood.settings import ROOT
from tests.policy.repository import files, require

RUN = ROOT / ".ci" / "run"
HOOKS = ROOT / ".pre-commit-config.yaml"
PARTS = ("lint", "types", "layers", "drift")
MAKE = """#!/bin/sh
echo "$@" >> "$LOG"
test -z "$(cat)" && test "$CI" = true || exit 9
for goal in "$@"; do
    case "$FAILS" in *"$goal"*) exit 1 ;; esac
done
case "$*" in audit) echo "${AUDIT:-240 packages audited}" ;; esac
"""


def tools(folder: Path, *names: str) -> Path:
    """Create a folder with the programs that the script needs and stubs of the given names."""
    folder.mkdir()
    for program in ("bash", "sh", "dirname", "cat"):
        path = shutil.which(program)
        assert path
        (folder / program).symlink_to(path)
    for name in names:
        (folder / name).write_text(MAKE if name == "make" else "#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


def run(
    path: Path, log: Path, fails: str = "", audit: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(RUN)],
        cwd=path,
        env={"PATH": str(path), "LOG": str(log), "FAILS": fails, "AUDIT": audit},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("fails", "steps", "code"),
    [
        ("", ["env-dev", "audit", "check", "test"], 0),
        ("audit", ["env-dev", "audit", "check", "test"], 1),
        ("check", ["env-dev", "audit", "check", "test"], 1),
        ("test", ["env-dev", "audit", "check", "test"], 1),
        ("env-dev", ["env-dev"], 1),
    ],
)
def test_the_exit_code_reports_whether_every_step_passed(
    fails: str, steps: list[str], code: int, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    ran = run(tools(tmp_path / "bin", "python3.11", "git", "make"), log, fails)
    assert ran.returncode == code, ran.stderr
    assert [line.split()[-1] for line in log.read_text().splitlines()] == steps
    summary = ran.stdout.split("== summary\n")[1].splitlines()
    assert len(summary) == len(steps)
    assert ("FAILED" in "".join(summary)) == bool(code)


def test_an_audit_without_an_answer_is_skipped_and_reported(tmp_path: Path) -> None:
    audit = "make: entering\nskipped: the advisory service cannot be reached"
    path = tools(tmp_path / "bin", "python3.11", "git", "make")
    ran = run(path, tmp_path / "log", audit=audit)
    assert ran.returncode == 0
    assert re.search(r"(?m)^audit +skipped ", ran.stdout.split("== summary\n")[1])
    assert "skipped: the advisory service cannot be reached" in ran.stdout
    failed = run(path, tmp_path / "log", fails="audit", audit=audit)
    assert failed.returncode == 1
    assert re.search(r"(?m)^audit +FAILED ", failed.stdout)


@pytest.mark.parametrize("missing", ["python3.11", "git", "make"])
def test_a_missing_tool_is_named(missing: str, tmp_path: Path) -> None:
    installed = {"python3.11", "git", "make"} - {missing}
    ran = run(tools(tmp_path / "bin", *installed), tmp_path / "log")
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"{missing} is not installed")


def test_it_can_be_started() -> None:
    assert os.access(RUN, os.X_OK)


def check_commands() -> set[str]:
    """Return the commands of the parts of `make check`, without their paths."""
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^check: {' '.join(PARTS)} ", makefile, re.MULTILINE)
    recipes = [re.search(rf"^{part}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE) for part in PARTS]
    commands = [
        command.strip()
        for recipe in recipes
        for command in re.split(r"&&|;|\n", recipe[1] if recipe else "")
        if command.strip()
    ]
    return {
        re.sub(r"^@?\$\(BIN\)/| (?:\.|dbt_project/\S+)$", "", command.strip())
        for command in commands
    }


def test_commit_hooks_run_the_commands_of_make_check() -> None:
    (local,) = yaml.safe_load(HOOKS.read_text())["repos"]
    assert local["repo"] == "local", "hooks of other repositories are downloads"
    entries = [hook["entry"] for hook in local["hooks"]]
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
    assert all(entry.startswith(".venv/bin/") for entry in entries)
    expected = check_commands()
    assert len(expected) == 6
    assert {
        entry.removeprefix(".venv/bin/").removesuffix(" --force-exclude") for entry in entries
    } == expected


def test_pytest_collects_every_folder_with_tests(pytestconfig: pytest.Config) -> None:
    skipped = pytestconfig.getini("norecursedirs")
    require(
        f"{name}: in a folder that pytest skips (norecursedirs); it would never run"
        for name in files()
        if Path(name).match("test_*.py")
        for part in Path(name).parts[:-1]
        if any(fnmatch(part, pattern) for pattern in skipped)
    )
