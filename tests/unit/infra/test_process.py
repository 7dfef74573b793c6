"""Server processes, with a small script in the place of a server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local.errors import LocalServerError
from infra.local.ports import require_free_port
from infra.local.process import LocalServer, start_lock
from livelihood.settings import Settings

IMPORT = "import pathlib, signal, subprocess, sys, time; "
IGNORE = "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
WITH_CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
READY = "pathlib.Path(sys.argv[1]).touch(); "
WAIT = "time.sleep(60)"
SERVE = IMPORT + READY + WAIT


class Script(LocalServer):
    """A server that is ready when its file is there."""

    name = "script"
    title = "The script"
    start_seconds = 10.0
    stop_seconds = 0.5

    def __init__(self, home: Path, program: str) -> None:
        super().__init__(Settings(_env_file=None, home=home))
        self.program = program
        self.ready_path = home / "ready"

    @property
    def address(self) -> str:
        return "nowhere"

    def prepare(self) -> None:
        self.ready_path.unlink(missing_ok=True)

    def command(self) -> list[str]:
        return [sys.executable, "-c", self.program, str(self.ready_path)]

    def is_ready(self) -> bool:
        return self.ready_path.exists()


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    server = Script(tmp_path, SERVE)
    yield server
    server.kill()


def test_it_starts_is_adopted_by_another_and_stops(script: Script, tmp_path: Path) -> None:
    script.start()
    other = Script(tmp_path, "raise SystemExit('must not be started')")
    other.start()
    assert other.was_running
    assert other.status() == script.status()
    assert os.getsid(script.status().pid or 0) != os.getsid(0), "it must survive the terminal"
    other.stop()
    assert not script.is_running
    assert not script.pid_path.exists()


def test_a_context_stops_only_what_it_started(script: Script, tmp_path: Path) -> None:
    with script:
        with Script(tmp_path, SERVE):
            pass
        assert script.is_running
    assert not script.is_running


def test_a_context_stops_what_it_started_though_it_was_started_again(script: Script) -> None:
    with script:
        script.start()
        assert script.was_running
        script.kill()
        script.start()
        script.start()
    assert not script.is_running


def test_the_process_id_of_another_program_is_not_taken_for_the_server(script: Script) -> None:
    with subprocess.Popen([sys.executable, "-c", IMPORT + WAIT]) as stranger:
        script.pid_path.parent.mkdir()
        script.pid_path.write_text(json.dumps({"pid": stranger.pid, "started_at": 1.0}))
        was_running = script.is_running
        script.stop()
        was_ended = stranger.poll() is not None
        stranger.kill()
    assert not was_running
    assert not was_ended


def test_one_that_does_not_listen_is_stopped_by_force_with_its_children(tmp_path: Path) -> None:
    server = Script(tmp_path, IMPORT + IGNORE + WITH_CHILD + READY + WAIT)
    server.start()
    process = server.process()
    assert process is not None
    [child] = process.children()
    server.stop()
    assert not server.is_running
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_crash_is_noticed(script: Script) -> None:
    script.start()
    script.kill()
    assert not script.is_running
    script.start()
    assert script.is_running


def test_one_that_ends_at_once_says_what_it_said(tmp_path: Path) -> None:
    server = Script(tmp_path, "raise SystemExit('no disk left')")
    with pytest.raises(LocalServerError, match=r"(?s)ended while starting.*no disk left"):
        server.start()


def test_one_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    server = Script(tmp_path, "import time; time.sleep(60)")
    server.start_seconds = 0.3
    try:
        with pytest.raises(LocalServerError, match="did not answer within"):
            server.start()
    finally:
        server.kill()


def test_a_taken_port_names_the_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalServerError, match=f"{port}.*LIVELIHOOD_KAFKA_PORT"):
            require_free_port(port, "kafka_port", "Kafka")
    require_free_port(port, "kafka_port", "Kafka")


def test_only_one_starts_a_server_at_a_time(tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        with start_lock(tmp_path, "x"):
            (tmp_path / "held").touch()
            time.sleep(0.5)
            (tmp_path / "held").unlink()
        os._exit(0)
    while not (tmp_path / "held").exists():
        time.sleep(0.01)
    with start_lock(tmp_path, "x"):
        assert not (tmp_path / "held").exists()
    os.waitpid(pid, 0)
