"""The commands `up` and `down` as people run them: killed, interrupted, twice, in an odd folder."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.kafka import KafkaServer
from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from testkit.commands import Command, remaining_processes, run_command

UP = ("up", "--no-airflow")
ODD_NAME = " 民生 & 监测 100%#$;'\"\\"


@pytest.fixture
def odd(new_settings: Settings) -> Iterator[Settings]:
    """Settings with a home folder whose name has characters that programs replace."""
    settings = new_settings.model_copy(update={"home": new_settings.home / ODD_NAME})
    yield settings
    run_command(settings, "down")


def wait_until(condition: Callable[[], object], command: Command) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert command.is_alive(), command.result() or command.output
        assert time.monotonic() < deadline
        time.sleep(0.01)


def assert_started(settings: Settings) -> None:
    for words in (UP, ("status",)):
        code, output = run_command(settings, *words)
        assert (code, "Traceback" in output) == (0, False), output


def assert_stopped(settings: Settings) -> None:
    code, output = run_command(settings, "down")
    assert code == 0, output
    assert remaining_processes(settings.home) == []


def unfinished(settings: Settings) -> list[Path]:
    return list(settings.home.glob("*/.unfinished-*/*"))


def test_commands_that_are_killed_or_meet_each_other_leave_a_stack_that_works(
    odd: Settings,
) -> None:
    # During the first initdb, or the formatting of Kafka.
    first = Command(odd, *UP)
    wait_until(lambda: unfinished(odd), first)
    first.send(signal.SIGKILL)
    first.result()

    both = [Command(odd, *UP), Command(odd, *UP)]
    assert [command.result() for command in both] == [0, 0]
    [waited] = [command.output for command in both if "still at work" in command.output]
    assert "was running" in waited
    assert_started(odd)

    # No file leads to the servers any more; their process ids are those of another program.
    for path in odd.home.glob("pids/*.json"):
        path.write_text('{"pid": 1, "started_at": 1.0}')
    (odd.home / "postgres" / "postmaster.pid").write_text("")
    assert_stopped(odd)

    # A lock file of PostgreSQL that cannot be read.
    (odd.home / "postgres" / "postmaster.pid").write_text("")
    killed = Command(odd, *UP)
    wait_until(lambda: PostgresServer(odd).is_running, killed)
    killed.send(signal.SIGKILL)
    killed.result()
    assert_started(odd)
    assert_stopped(odd)
    assert (odd.home / "kafka" / "__cluster_metadata-0").is_dir()
    assert [path.name for path in odd.home.parent.iterdir()] == [ODD_NAME]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_start_stops_what_it_started(odd: Settings, number: signal.Signals) -> None:
    command = Command(odd, *UP)
    moments = {
        signal.SIGINT: lambda: KafkaServer(odd).is_running,
        signal.SIGTERM: lambda: unfinished(odd),
        signal.SIGHUP: lambda: PostgresServer(odd).is_running,
    }
    wait_until(moments[number], command)
    command.send(number, group=number is signal.SIGINT)
    assert command.result() == 128 + number
    assert "Traceback" not in command.output
    assert "livelihood: stopped" in command.output
    assert remaining_processes(odd.home) == []
    if number is signal.SIGTERM:
        assert_started(odd)
        assert_stopped(odd)


def test_a_home_that_cannot_be_used_is_reported_in_one_line(odd: Settings) -> None:
    shutil.rmtree(odd.home, ignore_errors=True)
    odd.home.write_text("a file")
    for words in (UP, ("down",)):
        code, output = run_command(odd, *words)
        assert code == 1
        assert len(output.splitlines()) == 1
        assert "cannot be written" in output or "Not a directory" in output
    code, output = run_command(odd.model_copy(update={"home": Path("/proc/a,b")}), *UP)
    assert (code, "comma" in output, "Traceback" in output) == (1, True, False)
    odd.home.unlink()


def test_a_port_that_is_taken_is_reported_before_anything_starts(
    odd: Settings, kafka: KafkaServer
) -> None:
    settings = odd.model_copy(update={"airflow_port": kafka.settings.kafka_port})
    code, output = run_command(settings, "up")
    assert code == 1
    assert "LIVELIHOOD_AIRFLOW_PORT" in output
    assert "starting" not in output
    assert not (odd.home / "postgres").exists()
