"""Interrupts of a command: Ctrl-C, a request to stop, a closed terminal. None is a traceback."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(SystemExit):
    """A command was interrupted. Its exit code is 128 plus the number of the signal."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted at the first signal, and ignore later ones until the block has ended.

    So what was begun can be completed or undone. A signal that is ignored already, as with nohup,
    stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {name: signal.getsignal(name) for name in SIGNALS}
    active = [name for name in SIGNALS if former[name] is not signal.SIG_IGN]

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        for name in active:
            signal.signal(name, signal.SIG_IGN)
        raise Interrupted(128 + number)

    try:
        for name in active:
            signal.signal(name, interrupt)
        yield
    finally:
        for name in active:
            signal.signal(name, former[name])


@contextmanager
def ended_silently() -> Iterator[None]:
    """End the process without a traceback at Ctrl-C, for the imports before a command runs."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
