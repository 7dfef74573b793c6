"""Sends raw rows of a stream: tokens made, contract checked, acknowledged by Kafka or rejected."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from livelihood.contracts import load_contract
from livelihood.contracts.references import references
from livelihood.settings import Settings
from producers.encoder import Prepared, Preparer
from producers.rejects import Reject, append_rejects, rejects_path
from producers.tokens import tokeniser
from producers.writer import Writer, open_writer

WINDOW_ROWS = 20_000

Message = tuple[bytes | None, bytes | None]


@dataclass(frozen=True)
class SendReport:
    """What became of the rows of a send; `rejects_path` is None when none was rejected."""

    sent: int
    rejected: int
    rejects_path: Path | None
    seconds: float


@dataclass(frozen=True)
class Acknowledged:
    """A window that is done with: rows Kafka holds, and the rejects found among them."""

    sent: int
    rejects: list[Reject]

    @property
    def rows(self) -> int:
        """Rows of the window, sent and rejected."""
        return self.sent + len(self.rejects)


class Sender:
    """Sends the rows of one stream to its topic.

    With `forward_invalid`, rows that break the contract are sent too, for the loader to quarantine.
    """

    def __init__(self, settings: Settings, stream: str, *, forward_invalid: bool = False) -> None:
        self.contract = load_contract(stream)
        self._settings = settings
        self._forward_invalid = forward_invalid

    def send(
        self,
        frames: Iterable[pl.DataFrame],
        on_acknowledged: Callable[[Acknowledged], None] | None = None,
    ) -> SendReport:
        """Send frames of raw rows, identifiers in the clear; return when Kafka holds them all.

        `on_acknowledged` is called in order, once for every window of at most `WINDOW_ROWS` rows;
        without it rejects go to a file of their own. Raises `SourceError` when the columns are not
        those of the stream, `BrokerUnavailable` and `SendFailed` as the writer does.
        """
        started = time.monotonic()
        tally = _Tally(self._settings, self.contract.name, on_acknowledged)
        preparer = Preparer(
            self.contract,
            tokeniser(self._settings),
            self._settings.token_key_version,
            references(),
            forward_invalid=self._forward_invalid,
        )
        windows = (slice_ for frame in frames for slice_ in frame.iter_slices(WINDOW_ROWS))
        with open_writer(self._settings, self.contract) as writer:
            for prepared in _ahead(map(preparer.prepare, windows)):
                _write(writer, prepared, tally)
            writer.finish()
        return tally.report(time.monotonic() - started)

    def send_raw(self, messages: Iterable[Message]) -> int:
        """Send (key, value) bytes as they are, unchecked, and return how many Kafka acknowledged.

        Meant for simulated faults: broken JSON, empty messages, tombstones, oversized records.
        """
        sent = 0
        remaining = iter(messages)
        with open_writer(self._settings, self.contract) as writer:
            while window := list(itertools.islice(remaining, WINDOW_ROWS)):
                writer.write(window, lambda: None)
                sent += len(window)
            writer.finish()
        return sent


def _ahead(windows: Iterator[Prepared]) -> Iterator[Prepared]:
    """The windows, each made in a thread while the one before is being sent."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(next, windows, None)
        while (prepared := upcoming.result()) is not None:
            upcoming = pool.submit(next, windows, None)
            yield prepared


def _write(writer: Writer, prepared: Prepared, tally: _Tally) -> None:
    done = Acknowledged(len(prepared.values), prepared.rejects)
    messages = list(zip(prepared.keys, prepared.values, strict=True))
    writer.write(messages, partial(tally.add, done))


class _Tally:
    """Counts what was acknowledged, and keeps the rejects when nobody else does."""

    def __init__(
        self,
        settings: Settings,
        stream: str,
        on_acknowledged: Callable[[Acknowledged], None] | None,
    ) -> None:
        moment = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
        self._path = rejects_path(settings, stream, f"{moment}-{os.getpid()}")
        self._on_acknowledged = on_acknowledged
        self._bytes = 0
        self._sent = 0
        self._rejected = 0

    def add(self, done: Acknowledged) -> None:
        self._sent += done.sent
        self._rejected += len(done.rejects)
        if self._on_acknowledged is not None:
            self._on_acknowledged(done)
        elif done.rejects:
            self._bytes = append_rejects(self._path, done.rejects, self._bytes)

    def report(self, seconds: float) -> SendReport:
        is_own = self._on_acknowledged is None and self._rejected > 0
        return SendReport(self._sent, self._rejected, self._path if is_own else None, seconds)
