"""The Dockerfile and the migration of the containers, run as scripts without an engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from livelihood.settings import ROOT

DOCKERFILE = ROOT / "infra" / "images" / "Dockerfile"


def steps() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile in order, with continued lines joined."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def stub(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\nset -eu\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Run the steps of the Dockerfile with stubs for pip and owners; return its work folder."""
    image = tmp_path / "image"
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    image.mkdir()
    real_install = shutil.which("install")
    # Without -o airflow -g root, because this user exists only in the image.
    stub(stubs, "install", f'[ "$2" = -o ] && [ "$4" = -g ]; shift 5; exec {real_install} -d "$@"')
    stub(stubs, "pip", f'echo "$@" >> {tmp_path}/pip.log')
    environment = os.environ | {"PATH": f"{stubs}:{os.environ['PATH']}"}
    folder = image
    for kind, argument in steps():
        inside = re.sub(r"(?<=\s)/(opt|var)/", rf"{image}/\1/", f" {argument}").strip()
        if kind == "WORKDIR":
            folder = Path(inside)
        elif kind == "COPY":
            copy_step(inside, folder)
        elif kind == "RUN":
            subprocess.run(["sh", "-euc", inside], cwd=folder, env=environment, check=True)
    return folder


def copy_step(argument: str, folder: Path) -> None:
    *sources, target = [part for part in shlex.split(argument) if not part.startswith("--")]
    for source in map(ROOT.joinpath, sources):
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
            shutil.copytree(source, folder / target, ignore=ignored)
        else:
            shutil.copy(source, folder / target)


def test_dockerfile_installs_the_lock_file_and_copies_all_code(built: Path, tmp_path: Path) -> None:
    installs = (tmp_path / "pip.log").read_text().splitlines()
    assert "--require-hashes -r requirements.txt" in installs[0]
    assert "--no-deps --editable ." in installs[1]
    program = (
        "from livelihood.contracts import load_contracts\n"
        "from livelihood.settings import ROOT\n"
        "import producers, simulator, expectations, infra.local.environment\n"
        "packages = (producers, simulator, expectations, infra)\n"
        "assert all(str(ROOT) in package.__file__ for package in packages), packages\n"
        "print(ROOT, len(load_contracts()), (ROOT / 'dbt_project/dbt_project.yml').exists())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(built)}
    completed = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    contracts = len(list((ROOT / "contracts").glob("*.odcs.yaml")))
    assert completed.stdout.split() == [str(built), str(contracts), "True"]


def test_build_context_contains_all_copied_paths() -> None:
    ignore = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    included = {line[1:] for line in ignore if line.startswith("!")}
    copied = {
        part
        for kind, argument in steps()
        if kind == "COPY"
        for part in shlex.split(argument)[:-1]
        if not part.startswith("--")
    }
    assert copied == included
    assert "*" in ignore


def test_migration_creates_tables_and_a_private_password_file(tmp_path: Path) -> None:
    for name in ("airflow", "livelihood"):
        stub(tmp_path, name, f'echo "{name} $*" >> {tmp_path}/log')
    stub(tmp_path, "python", f'exec {sys.executable} "$@"')
    passwords = tmp_path / "passwords.json"
    (tmp_path / "airflow_admin_password").write_text('quoted " one\n')
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SECRETS_FOLDER": str(tmp_path),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
    script = ROOT / "infra" / "images" / "migrate.sh"
    subprocess.run(["bash", str(script)], env=environment, check=True)
    assert (tmp_path / "log").read_text().splitlines() == [
        "airflow db migrate",
        "livelihood migrate",
    ]
    assert json.loads(passwords.read_text()) == {"admin": 'quoted " one'}
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
