"""Interrupts: the first one ends a command with its exit code, later ones do not disturb it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from livelihood.interrupts import SIGNALS, Interrupted, interruptible


@pytest.fixture
def handlers() -> Iterator[list[object]]:
    """The handlers of a terminal: a job in the background of a script ignores SIGINT."""
    former = {name: signal.signal(name, signal.SIG_DFL) for name in SIGNALS}
    yield [signal.SIG_DFL] * len(SIGNALS)
    for name, handler in former.items():
        signal.signal(name, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_ends_the_block_and_later_ones_are_ignored(
    number: signal.Signals, handlers: list[object]
) -> None:
    def interrupted_twice() -> None:
        with interruptible():
            try:
                os.kill(os.getpid(), number)
                time.sleep(10)
            finally:
                for name in SIGNALS:
                    os.kill(os.getpid(), name)

    with pytest.raises(Interrupted) as raised:
        interrupted_twice()
    assert raised.value.code == 128 + number
    assert [signal.getsignal(name) for name in SIGNALS] == handlers


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, former)


@pytest.mark.parametrize("module", ["livelihood.cli", "livelihood.cli.demo"])
def test_an_interrupt_during_the_imports_is_no_traceback(module: str) -> None:
    # The first import of a heavy library sends the signal, as if a person pressed Ctrl-C then.
    program = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('typer', 'confluent_kafka', 'kafka'):\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        f"import {module}\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (-signal.SIGINT, b"")
