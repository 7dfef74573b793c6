"""The instants of a load at which a child ends or freezes itself.

Functions of the loader are wrapped in the child alone, before it begins; the platform knows nothing
of it. The signal is the real one: no `finally`, no rollback, no closing of connections.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from livelihood.kafka import Batch
from livelihood.load import load, loader, store
from livelihood.settings import Settings

Strike = Callable[[], None]


def load_until(
    settings: Settings, stream: str, point: str, occurrence: int, signal_number: signal.Signals
) -> None:
    """Load the stream, and get the signal when the point is reached for that time."""
    reached = 0

    def strike() -> None:
        nonlocal reached
        reached += 1
        if reached == occurrence:
            os.kill(os.getpid(), signal_number)

    POINTS[point](strike)
    load(settings, stream)


def _after_read(strike: Strike) -> None:
    read = loader.read_batches  # type: ignore[attr-defined]

    def wrapped(*arguments: Any) -> Iterator[Batch]:  # noqa: ANN401 - passed through
        for batch in read(*arguments):
            strike()
            yield batch

    loader.read_batches = wrapped  # type: ignore[attr-defined]


def _after_decode(strike: Strike) -> None:
    sift = loader.sift  # type: ignore[attr-defined]

    def wrapped(*arguments: Any) -> Any:  # noqa: ANN401 - passed through
        sifted = sift(*arguments)
        strike()
        return sifted

    loader.sift = wrapped  # type: ignore[attr-defined]


def _during_copy(strike: Strike) -> None:
    encoder = store.ArrowToPostgresBinaryEncoder  # type: ignore[attr-defined]

    class Wrapped:
        """Strikes when the rows have been handed over and the end of COPY has not."""

        def __init__(self, schema: Any) -> None:  # noqa: ANN401 - passed through
            self._encoder = encoder(schema)

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - passed through
            return getattr(self._encoder, name)

        def finish(self) -> Any:  # noqa: ANN401 - passed through
            strike()
            return self._encoder.finish()

    store.ArrowToPostgresBinaryEncoder = Wrapped  # type: ignore[attr-defined]


def _before_commit(strike: Strike) -> None:
    commit = psycopg.Connection.commit

    def wrapped(connection: psycopg.Connection) -> None:
        strike()
        commit(connection)

    psycopg.Connection.commit = wrapped  # type: ignore[method-assign]


def _after_commit(strike: Strike) -> None:
    """The server has committed and answered; the answer waits in the socket, read by nobody."""

    def wrapped(connection: psycopg.Connection) -> None:
        link = connection.pgconn
        link.send_query(b"commit")
        while link.flush():
            select.select([], [link.socket], [])
        select.select([link.socket], [], [])
        strike()
        while link.get_result() is not None:
            pass

    psycopg.Connection.commit = wrapped  # type: ignore[method-assign]


POINTS: dict[str, Callable[[Strike], None]] = {
    "after read": _after_read,
    "after decode": _after_decode,
    "during COPY": _during_copy,
    "before commit": _before_commit,
    "between commit and reply": _after_commit,
}
# Each load commits once before it reads: where it begins.
FIRST_OF_A_LOAD = {"before commit": 2, "between commit and reply": 2}
