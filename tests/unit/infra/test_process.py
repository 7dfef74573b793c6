"""Server processes, with a small script instead of a server."""

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
from infra.local.locks import start_lock
from infra.local.ports import require_free_port
from infra.local.process import LocalServer
from livelihood.settings import Settings

IMPORT = "import pathlib, signal, subprocess, sys, time; "
IGNORE = "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
WITH_CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
READY = "pathlib.Path(sys.argv[1]).touch(); "
WAIT = "time.sleep(60)"
SERVE = IMPORT + READY + WAIT


class Script(LocalServer):
    """A server that is ready when its file exists."""

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


def test_server_is_started_adopted_and_stopped(script: Script, tmp_path: Path) -> None:
    script.start()
    adopter = Script(tmp_path, "raise SystemExit('must not be started')")
    adopter.start()
    assert adopter.was_running
    assert adopter.status() == script.status()
    assert os.getsid(script.status().pid or 0) != os.getsid(0), "it must survive the terminal"
    adopter.stop()
    assert not script.is_running
    assert not script.pid_path.exists()


def test_context_stops_only_a_server_it_started(script: Script, tmp_path: Path) -> None:
    with script:
        with Script(tmp_path, SERVE):
            pass
        assert script.is_running
    assert not script.is_running


def test_context_stops_a_server_that_was_restarted_meanwhile(script: Script) -> None:
    with script:
        script.start()
        assert script.was_running
        script.kill()
        script.start()
        script.start()
    assert not script.is_running


def test_reused_process_id_is_not_taken_for_the_server(script: Script) -> None:
    with subprocess.Popen([sys.executable, "-c", IMPORT + WAIT]) as unrelated:
        script.pid_path.parent.mkdir()
        script.pid_path.write_text(json.dumps({"pid": unrelated.pid, "started_at": 1.0}))
        was_running = script.is_running
        script.stop()
        was_ended = unrelated.poll() is not None
        unrelated.kill()
    assert not was_running
    assert not was_ended


def test_unresponsive_server_is_killed_with_its_children(tmp_path: Path) -> None:
    server = Script(tmp_path, IMPORT + IGNORE + WITH_CHILD + READY + WAIT)
    server.start()
    process = server.process()
    assert process is not None
    [child] = process.children()
    server.stop()
    assert not server.is_running
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_crash_is_detected(script: Script) -> None:
    script.start()
    script.kill()
    assert not script.is_running
    script.start()
    assert script.is_running


def test_error_of_an_exited_server_contains_its_output(tmp_path: Path) -> None:
    server = Script(tmp_path, "raise SystemExit('no disk left')")
    with pytest.raises(LocalServerError, match=r"(?s)exited while starting.*no disk left"):
        server.start()


def test_server_that_is_never_ready_times_out(tmp_path: Path) -> None:
    server = Script(tmp_path, "import time; time.sleep(60)")
    server.start_seconds = 0.3
    try:
        with pytest.raises(LocalServerError, match="did not answer within"):
            server.start()
    finally:
        server.kill()


def test_port_in_use_names_the_setting() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(LocalServerError, match=f"{port}.*LIVELIHOOD_KAFKA_PORT"):
            require_free_port(port, "kafka_port", "Kafka")
    require_free_port(port, "kafka_port", "Kafka")


def test_only_one_process_starts_a_server(tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        with start_lock(tmp_path, "x"):
            (tmp_path / "locked").touch()
            time.sleep(0.5)
            (tmp_path / "locked").unlink()
        os._exit(0)
    while not (tmp_path / "locked").exists():
        time.sleep(0.01)
    with start_lock(tmp_path, "x"):
        assert not (tmp_path / "locked").exists()
    os.waitpid(pid, 0)
