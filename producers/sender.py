"""Sending of raw rows: tokens, validation, and acknowledgement by Kafka or rejection."""

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
from producers.encoder import EncodedRecords, RecordEncoder
from producers.rejects import Reject, append_rejects, rejects_path
from producers.tokens import tokeniser
from producers.writer import Writer, open_writer

WINDOW_ROWS = 20_000

Message = tuple[bytes | None, bytes | None]


@dataclass(frozen=True)
class SendReport:
    """Totals of a send; `rejects_path` is None if no row was rejected.

    `notes` state what was left out of the source, such as hidden sheets.
    `withdrawn` counts records that were withdrawn besides. `is_repeated` if the same content
    was sent before, so that nothing was sent now.
    """

    sent: int
    rejected: int
    rejects_path: Path | None
    seconds: float
    notes: tuple[str, ...] = ()
    withdrawn: int = 0
    is_repeated: bool = False


@dataclass(frozen=True)
class Acknowledged:
    """A finished window: the number of rows that Kafka has acknowledged, and the rejects."""

    sent: int
    rejects: list[Reject]

    @property
    def rows(self) -> int:
        """Rows of the window, sent and rejected."""
        return self.sent + len(self.rejects)


class Sender:
    """Sender of raw rows of one stream.

    With `forward_invalid`, rows that break the contract are sent as well, for the loader to
    quarantine.
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
        """Send frames of raw rows with identifiers. Return when Kafka has acknowledged all.

        `on_acknowledged` is called in order, once for each window of at most `WINDOW_ROWS` rows;
        without it, rejects are written to a new file. Raises SourceError if the columns are not
        those of the stream, BrokerUnavailable and SendFailed as the writer does.
        """
        started = time.monotonic()
        tally = _Tally(self._settings, self.contract.name, on_acknowledged)
        encoder = RecordEncoder(
            self.contract,
            tokeniser(self._settings),
            self._settings.token_key_version,
            references(),
            future_tolerance=self._settings.future_tolerance,
            forward_invalid=self._forward_invalid,
        )
        windows = (slice_ for frame in frames for slice_ in frame.iter_slices(WINDOW_ROWS))
        with open_writer(self._settings, self.contract) as writer:
            for encoded in _prefetch(map(encoder.encode, windows)):
                _write(writer, encoded, tally)
            writer.finish()
        return tally.report(time.monotonic() - started)

    def send_encoded(
        self,
        windows: Iterable[EncodedRecords],
        on_acknowledged: Callable[[Acknowledged], None],
    ) -> None:
        """Send windows that were checked before. Return when Kafka has acknowledged all."""
        tally = _Tally(self._settings, self.contract.name, on_acknowledged)
        with open_writer(self._settings, self.contract) as writer:
            for encoded in _prefetch(iter(windows)):
                _write(writer, encoded, tally)
            writer.finish()

    def send_raw(self, messages: Iterable[Message]) -> int:
        """Send (key, value) bytes without checks and return how many Kafka acknowledged.

        For simulated faults: broken JSON, empty messages, tombstones, oversized records.
        """
        sent = 0
        remaining = iter(messages)
        with open_writer(self._settings, self.contract) as writer:
            while window := list(itertools.islice(remaining, WINDOW_ROWS)):
                writer.write(window, lambda: None)
                sent += len(window)
            writer.finish()
        return sent


def _prefetch(windows: Iterator[EncodedRecords]) -> Iterator[EncodedRecords]:
    """Yield the windows; encode the next one in a thread while one is sent."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(next, windows, None)
        while (encoded := upcoming.result()) is not None:
            upcoming = pool.submit(next, windows, None)
            yield encoded


def _write(writer: Writer, encoded: EncodedRecords, tally: _Tally) -> None:
    window = Acknowledged(len(encoded.values), encoded.rejects)
    messages = list(zip(encoded.keys, encoded.values, strict=True))
    writer.write(messages, partial(tally.add, window))


class _Tally:
    """Totals of acknowledged windows; writes the rejects unless the caller does."""

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

    def add(self, window: Acknowledged) -> None:
        self._sent += window.sent
        self._rejected += len(window.rejects)
        if self._on_acknowledged is not None:
            self._on_acknowledged(window)
        elif window.rejects:
            self._bytes = append_rejects(self._path, window.rejects, self._bytes)

    def report(self, seconds: float) -> SendReport:
        has_file = self._on_acknowledged is None and self._rejected > 0
        return SendReport(self._sent, self._rejected, self._path if has_file else None, seconds)
