"""No file that the platform creates is readable by other accounts of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.local.backup import backup
from infra.local.environment import process_environment
from livelihood.contracts import load_contract
from livelihood.load import load
from livelihood.settings import Settings
from producers.importing import import_source
from producers.sources.file import FileSource
from producers.sources.mapping import plain_mapping
from testkit.raw_rows import wage_rows

STREAM = "wage_payment"


def readable(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder that others can read, as they can enter the folder."""
    for path in folder.iterdir():
        mode = path.stat(follow_symlinks=False).st_mode
        if path.is_dir() and not path.is_symlink():
            yield from readable(path) if mode & 0o011 else ()
        elif path.is_file() and mode & 0o066:
            yield path


def test_no_file_of_the_servers_a_send_and_a_load_is_readable(
    platform: Settings, settings: Settings, tmp_path: Path
) -> None:
    former = os.umask(0o022)
    try:
        rows = wage_rows(9).vstack(wage_rows(2, township_code="999999999"))
        rows.drop("source_system", "recorded_at").write_csv(tmp_path / "a.csv")
        source, contract = FileSource(tmp_path / "a.csv"), load_contract(STREAM)
        report = import_source(platform, contract, source, plain_mapping(contract), "test")
        assert (report.sent, report.rejected) == (9, 2)
        load(platform, STREAM)
        backup(platform, platform.home / "livelihood.dump")
    finally:
        os.umask(former)
    for home in (settings.home, platform.home):
        assert any(path.is_file() for path in home.rglob("*"))
        assert list(readable(home)) == []


def test_the_command_line_creates_private_files_only(platform: Settings, tmp_path: Path) -> None:
    listing = tmp_path / "alerts.csv"
    subprocess.run(
        ["/bin/sh", "-c", 'umask 022; exec "$@"', "sh", sys.executable, "-m",
         "producers", "releases", "--csv", str(listing)],
        env=process_environment(platform), check=True,
    )  # fmt: skip
    assert listing.stat().st_mode & 0o777 == 0o600
