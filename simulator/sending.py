"""Sends a simulated county once: streams through the sender, malformed messages as bytes."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import polars as pl

from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from producers.checkpoint import identity, open_checkpoint
from producers.importing import Acknowledger, report, require_topic
from producers.progress import progress
from producers.rejects import rejects_path
from producers.sender import Sender, SendReport


class Simulation(Protocol):
    """What is sent of a simulation."""

    def frame(self, stream: str) -> pl.DataFrame:
        """All raw rows of a stream."""

    def records(self, stream: str) -> Iterator[pl.DataFrame]:
        """Raw rows in the order they are sent."""

    def faulty(self, stream: str) -> Sequence[Sequence[Any]]:
        """Malformed messages, each beginning with its key and its value in bytes."""


def send_simulation(
    settings: Settings, simulate: Callable[[], Simulation], described: Mapping[str, Any]
) -> dict[str, SendReport]:
    """Send all streams of a simulation, going on where an earlier run stopped; a report for each.

    `described` says what is simulated (profile, seed, period, faults): the same description is
    the same simulation and is not sent twice. `simulate` is called once, if anything is missing.
    """
    made = functools.cache(simulate)
    return {stream: _send_stream(settings, made, stream, described) for stream in load_contracts()}


def _send_stream(
    settings: Settings,
    simulate: Callable[[], Simulation],
    stream: str,
    described: Mapping[str, Any],
) -> SendReport:
    started = time.monotonic()
    sender = Sender(settings, stream, forward_invalid=True)
    topic_id = require_topic(settings, sender.contract)
    key = identity(**described)
    with open_checkpoint(settings, stream, key, "simulator", topic_id) as checkpoint:
        rejects = rejects_path(settings, stream, key)
        if not checkpoint.is_complete:
            simulation = simulate()
            total = simulation.frame(stream).height
            with progress(stream, total, checkpoint.rows) as advance:
                rows = skip_rows(simulation.records(stream), checkpoint.rows)
                sender.send(rows, Acknowledger(checkpoint, rejects, advance))
            faulty = [(item[0], item[1]) for item in simulation.faulty(stream)]
            # A few hundred messages in one window: all are acknowledged, or none counts.
            checkpoint.sent += sender.send_raw(faulty)
            checkpoint.is_complete = True
            checkpoint.save()
        return report(checkpoint, rejects, time.monotonic() - started)


def skip_rows(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """The frames without their first `rows` rows."""
    passed = 0
    for frame in frames:
        skipped = min(max(0, rows - passed), frame.height)
        passed += frame.height
        if skipped < frame.height:
            yield frame.slice(skipped)
