"""The watch of the supervisor, with a small script instead of a server."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.process import LocalServer
from infra.local.supervisor import Supervisor
from infra.local.watch import MAX_DELAY_SECONDS, STABLE_SECONDS, Watch
from livelihood.errors import LivelihoodError
from livelihood.private_files import private_folder
from livelihood.settings import Settings


class Script(LocalServer):
    """A server that only waits."""

    name = "script"
    title = "The script"

    @property
    def address(self) -> str:
        return "nowhere"

    def prepare(self) -> None:
        pass

    def command(self) -> list[str]:
        return [sys.executable, "-c", "import time; time.sleep(60)"]

    def is_ready(self) -> bool:
        return True


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    server = Script(Settings(_env_file=None, home=tmp_path))
    server.start()
    yield server
    server.kill()


class Starter:
    """Restarts a script, or fails to, and counts the tries."""

    def __init__(self, script: Script, succeeds: bool = True) -> None:
        self.script = script
        self.succeeds = succeeds
        self.tries = 0

    def __call__(self, name: str) -> bool:
        assert name == self.script.name
        self.tries += 1
        if self.succeeds:
            self.script.start()
        return self.succeeds


def test_a_server_that_died_is_restarted_and_counted(script: Script) -> None:
    supervisor = Supervisor(script.settings, Path())
    starter = Starter(script)
    watch = Watch([script], starter, supervisor.record_path)
    watch.poll(0.0)
    assert starter.tries == 0
    for now in (10.0, 20.0):
        script.kill()
        watch.poll(now)
        assert script.is_running
    status = supervisor.with_restarts(script.status())
    assert (status.restarts, status.is_running) == (2, True)
    assert status.restarted_at is not None
    assert json.loads(supervisor.record_path.read_text())["script"]["restarts"] == 2


def test_a_server_that_was_stopped_stays_stopped(script: Script) -> None:
    starter = Starter(script)
    watch = Watch([script], starter, script.home / "restarts.json")
    script.kill()
    script.stop()
    watch.poll(0.0)
    assert starter.tries == 0


def test_tries_become_rarer_while_a_server_does_not_start(script: Script) -> None:
    starter = Starter(script, succeeds=False)
    watch = Watch([script], starter, script.home / "restarts.json")
    script.kill()
    tried_at = []
    for second in range(300):
        before = starter.tries
        watch.poll(float(second))
        if starter.tries > before:
            tried_at.append(second)
    assert tried_at[:6] == [0, 1, 3, 7, 15, 31]
    assert tried_at[-1] - tried_at[-2] == MAX_DELAY_SECONDS
    starter.succeeds = True
    watch.poll(400.0)
    script.kill()
    watch.poll(400.0 + STABLE_SECONDS)
    assert script.is_running


def test_home_is_closed_and_a_shared_folder_is_refused(script: Script, tmp_path: Path) -> None:
    assert stat.S_IMODE(script.home.stat().st_mode) == 0o700
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(LivelihoodError, match="LIVELIHOOD_HOME"):
        private_folder(shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
