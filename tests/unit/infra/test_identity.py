"""Whose process a pid file names: never that of a stranger, and ours even without the file."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local.identity import Identity, identify, read_identity, write_identity
from infra.local.process import LocalServer
from livelihood.settings import Settings

WAIT = "import time; time.sleep(60)"


class Script(LocalServer):
    """A server that only waits."""

    name = "script"
    title = "The script"
    stop_seconds = 2.0

    @property
    def address(self) -> str:
        return "nowhere"

    def prepare(self) -> None:
        pass

    def command(self) -> list[str]:
        return [sys.executable, "-c", WAIT]

    def is_ready(self) -> bool:
        return True


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    server = Script(Settings(_env_file=None, home=tmp_path / "home"))
    yield server
    server.kill()


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    # A session leader too, like a server.
    with subprocess.Popen([sys.executable, "-c", WAIT], start_new_session=True) as process:
        yield process
        process.kill()


def test_a_stranger_with_the_process_id_is_never_signalled(
    script: Script, stranger: subprocess.Popen[bytes]
) -> None:
    script.pid_path.parent.mkdir(parents=True)
    its = identify(stranger.pid)
    assert its is not None
    started_at = psutil.Process(stranger.pid).create_time()
    for content in (
        # Started seconds apart from the server whose id it got: accepted until 0.2.
        {"pid": stranger.pid, "started_at": started_at - 5},
        {"pid": stranger.pid, "boot_id": "another", "start_ticks": its.start_ticks},
        {"pid": stranger.pid, "boot_id": its.boot_id, "start_ticks": its.start_ticks - 1},
    ):
        script.pid_path.write_text(json.dumps(content))
        assert not script.is_running
        script.stop()
        script.kill()
        assert stranger.poll() is None
        script.pid_path.write_text(json.dumps(content))
        script.start()
        process = script.process()
        assert process is not None
        assert process.pid != stranger.pid
        script.stop()
        assert stranger.poll() is None


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"pid": 1}', b'{"pid": 1, "started_at": 1.0}'],
)
def test_a_server_is_found_without_its_pid_file(script: Script, content: bytes | None) -> None:
    script.start()
    process = script.process()
    assert process is not None
    script.pid_path.unlink()
    if content is not None:
        script.pid_path.write_bytes(content)
    script.start()
    assert script.was_running
    assert read_identity(script.pid_path) == identify(process.pid)
    script.pid_path.unlink()
    script.stop()
    assert not psutil.pid_exists(process.pid)
    assert not script.is_running


def test_a_clock_that_moved_changes_nothing(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.start()
    pid = script.status().pid
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: 1.0)
    assert script.status().pid == pid
    script.stop()
    assert not script.is_running


def test_a_server_that_cannot_be_recorded_is_ended(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, identity: Identity) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("infra.local.process.write_identity", fail)
    with pytest.raises(OSError, match="No space left"):
        script.start()
    assert not script.is_running
    monkeypatch.setattr("infra.local.process.write_identity", write_identity)
    script.start()
    assert script.is_running


def test_the_name_of_a_program_does_not_shift_the_fields(tmp_path: Path) -> None:
    program = tmp_path / ") 1 2 (x"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        identity = identify(process.pid)
        process.kill()
    assert identity is not None
    test_process = identify(psutil.Process().pid)
    assert test_process is not None
    assert 0 <= identity.start_ticks - test_process.start_ticks < 100 * 3600
