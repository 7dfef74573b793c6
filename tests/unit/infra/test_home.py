"""Home folders: refused in one sentence before anything is created, or usable by every server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict

from infra.local.errors import LocalServerError
from infra.local.home import prepare_home
from infra.local.kafka import escape_property
from infra.local.locks import command_lock
from infra.local.ports import require_different_ports
from infra.local.stack import Stack
from livelihood.private_files import write_private
from livelihood.settings import MAX_SOCKET_DIRECTORY_BYTES, ROOT, Settings
from livelihood.transform.dbt import _set_environment

ODD = " 民生😀 & 监测 100%41#$;'\"\\?=+"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("a file system can only be mounted by root")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a,b", "comma"),
        ("a\nb", "control character"),
        (os.fsdecode(b"\xc3\xf1"), "not UTF-8"),
        ("$HOME", "Airflow replaces"),
        ("/".join(["long"] * 200), "longer than"),
    ],
)
def test_a_path_that_a_server_cannot_use_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(LocalServerError, match=f"{reason}.*LIVELIHOOD_HOME"):
        prepare_home(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for home in (tmp_path / "file", tmp_path / "file" / "home", Path("/proc/livelihood")):
        with pytest.raises(LocalServerError, match="cannot be written"):
            prepare_home(home)


def test_a_full_disk_is_reported_and_leaves_no_file(small_disk: Path) -> None:
    home = small_disk / "home"
    prepare_home(home)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize))
    with pytest.raises(LocalServerError, match="No space left on device"):
        prepare_home(home)
    with pytest.raises(OSError, match="No space left on device"):
        write_private(home / "password", "x" * 5000)
    assert list(home.iterdir()) == []
    (home / "pids").mkdir()
    # `down` needs no space.
    with Stack(Settings(_env_file=None, home=home)).session("down", starts=False):
        pass
    ballast.unlink()
    prepare_home(home)


def test_every_reader_of_the_address_gets_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(_env_file=None, home=Path("/srv") / ODD)
    folder = str(settings.socket_directory)
    assert folder == f"/srv/{ODD}/run"
    assert conninfo_to_dict(settings.database_url())["host"] == folder
    for driver in ("postgresql+psycopg", "postgresql+psycopg2"):
        url = sa.make_url(settings.database_url("airflow", driver))
        assert (url.query["host"], url.database) == (folder, "airflow")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    _set_environment(settings, "")
    assert os.environ["LIVELIHOOD_DBT_HOST"] == folder


def test_the_path_of_the_socket_is_counted_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None, home=Path("/srv") / ("民" * 29))
    assert len(str(settings.home)) < MAX_SOCKET_DIRECTORY_BYTES
    assert len(os.fsencode(settings.socket_directory)) <= MAX_SOCKET_DIRECTORY_BYTES
    # The same for the next command, whose variables may differ.
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    again = Settings(_env_file=None, home=settings.home)
    assert again.socket_directory == settings.socket_directory


def test_a_relative_home_does_not_depend_on_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVELIHOOD_HOME", "data/")
    monkeypatch.chdir(tmp_path)
    assert Settings(_env_file=None).home == ROOT / "data"
    monkeypatch.setenv("LIVELIHOOD_HOME", "~/data")
    assert Settings(_env_file=None).home == Path.home() / "data"


def test_a_path_in_a_properties_file_is_ascii() -> None:
    assert escape_property(" a\\b 民😀#%") == "\\ a\\\\b \\u6c11\\ud83d\\ude00#%"


def test_two_settings_with_one_port_are_refused() -> None:
    require_different_ports({"kafka_port": 1, "airflow_port": 2})
    with pytest.raises(LocalServerError, match=r"LIVELIHOOD_KAFKA_PORT.*same port, 1"):
        require_different_ports({"kafka_port": 1, "airflow_port": 1})


def test_the_second_command_reports_the_first_and_waits(tmp_path: Path) -> None:
    lines: list[str] = []
    pid = os.fork()
    if pid == 0:
        with command_lock(tmp_path, "up", lines.append):
            (tmp_path / "locked").touch()
            while not (tmp_path / "waiting").exists():
                pass
            (tmp_path / "locked").unlink()
        os._exit(0)
    while not (tmp_path / "locked").exists():
        pass

    def report(line: str) -> None:
        lines.append(line)
        (tmp_path / "waiting").touch()

    with command_lock(tmp_path, "down", report):
        assert not (tmp_path / "locked").exists()
    os.waitpid(pid, 0)
    assert lines == [
        f"`livelihood up` (process {pid}) is still at work on this stack, waiting until it ends"
    ]
