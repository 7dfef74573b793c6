"""Time limits for calls to foreign servers, whose own limits count for each read only.

A server that sends a byte a second never exceeds the time limit of a read. Such a call is
abandoned: it runs in a daemon thread, which does not prevent the process from ending.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def start_call(action: Callable[[], Result], name: str) -> Future[Result]:
    """Start a call in a thread of its own; ``result(timeout)`` of the future limits the wait."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(action())
        except BaseException as error:  # raised again by `result`
            future.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


def call_within(seconds: float, action: Callable[[], Result], name: str) -> Result:
    """Return the result of a call. Raise TimeoutError if it takes longer, and abandon it."""
    return start_call(action, name).result(timeout=seconds)
