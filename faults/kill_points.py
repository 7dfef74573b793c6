"""The points of a load at which a process kills or freezes itself.

Functions of the loader are wrapped in that process only, before the load begins. The platform has
no code for it. The signal is the real one: no `finally`, no rollback, no closing of connections.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from livelihood.kafka import Batch
from livelihood.load import load, loader, transaction
from livelihood.settings import Settings

Strike = Callable[[], None]


def load_until_signal(
    settings: Settings, stream: str, point: str, occurrence: int, signal_number: signal.Signals
) -> None:
    """Load the stream, and send this process the signal at the given occurrence of the point."""
    reached = 0

    def strike() -> None:
        nonlocal reached
        reached += 1
        if reached == occurrence:
            os.kill(os.getpid(), signal_number)

    POINTS[point](strike)
    load(settings, stream)


def wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:  # noqa: ANN401 - any owner
    """Replace a function by its wrapper, in this process only."""
    setattr(owner, name, make(getattr(owner, name)))


def _after_read(strike: Strike) -> None:
    def make(read: Any) -> Any:  # noqa: ANN401 - passed through
        def wrapped(*arguments: Any) -> Iterator[Batch]:  # noqa: ANN401 - passed through
            for batch in read(*arguments):
                strike()
                yield batch

        return wrapped

    wrap(loader, "read_batches", make)


def _after_decode(strike: Strike) -> None:
    def make(validate_batch: Any) -> Any:  # noqa: ANN401 - passed through
        def wrapped(*arguments: Any) -> Any:  # noqa: ANN401 - passed through
            validated = validate_batch(*arguments)
            strike()
            return validated

        return wrapped

    wrap(loader, "validate_batch", make)


def _during_copy(strike: Strike) -> None:
    """Strike after the rows were written and before the end of COPY."""

    class Striking:
        def __init__(self, encoder: Any) -> None:  # noqa: ANN401 - passed through
            self._encoder = encoder

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - passed through
            if name == "finish":
                strike()
            return getattr(self._encoder, name)

    def make(encoder: Any) -> Any:  # noqa: ANN401 - passed through
        return lambda schema: Striking(encoder(schema))

    wrap(transaction, "ArrowToPostgresBinaryEncoder", make)


def _before_commit(strike: Strike) -> None:
    def make(commit: Any) -> Any:  # noqa: ANN401 - passed through
        def wrapped(connection: psycopg.Connection) -> None:
            strike()
            commit(connection)

        return wrapped

    wrap(psycopg.Connection, "commit", make)


def _after_commit(strike: Strike) -> None:
    """Strike after the server has committed and answered, before the answer is read."""

    def wrapped(connection: psycopg.Connection) -> None:
        link = connection.pgconn
        link.send_query(b"commit")
        while link.flush():
            select.select([], [link.socket], [])
        select.select([link.socket], [], [])
        strike()
        while link.get_result() is not None:
            pass

    wrap(psycopg.Connection, "commit", lambda _: wrapped)


POINTS: dict[str, Callable[[Strike], None]] = {
    "after read": _after_read,
    "after decode": _after_decode,
    "during COPY": _during_copy,
    "before commit": _before_commit,
    "between commit and reply": _after_commit,
}
# Each load commits once before it reads, so the first commit of records is the second.
FIRST_OF_A_LOAD = {"before commit": 2, "between commit and reply": 2}
