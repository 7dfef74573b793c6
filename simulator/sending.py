"""Sending of a simulated area, once: records through the sender, malformed messages as bytes."""

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
    """The part of a simulation that is sent."""

    def frame(self, stream: str) -> pl.DataFrame:
        """Return all raw records of a stream."""

    def records(self, stream: str) -> Iterator[pl.DataFrame]:
        """Yield raw records in the order in which they are sent."""

    def faulty(self, stream: str) -> Sequence[Sequence[Any]]:
        """Return malformed messages. Each begins with key and value in bytes."""


def send_simulation(
    settings: Settings, simulate: Callable[[], Simulation], parameters: Mapping[str, Any]
) -> dict[str, SendReport]:
    """Send all streams of a simulation and return a report for each.

    `parameters` (profile, seed, period, faults) identify the simulation: the same one is not sent
    twice, and an interrupted run is resumed. `simulate` is called at most once, if records are
    missing.
    """
    simulate_once = functools.cache(simulate)
    return {
        stream: _send_stream(settings, simulate_once, stream, parameters)
        for stream in load_contracts()
    }


def _send_stream(
    settings: Settings,
    simulate: Callable[[], Simulation],
    stream: str,
    parameters: Mapping[str, Any],
) -> SendReport:
    started = time.monotonic()
    sender = Sender(settings, stream, forward_invalid=True)
    topic_id = require_topic(settings, sender.contract)
    key = identity(**parameters)
    with open_checkpoint(settings, stream, key, "simulator", topic_id) as checkpoint:
        rejects = rejects_path(settings, stream, key)
        if not checkpoint.is_complete:
            simulation = simulate()
            total = simulation.frame(stream).height
            with progress(stream, total, checkpoint.rows) as advance:
                rows = skip_rows(simulation.records(stream), checkpoint.rows)
                sender.send(rows, Acknowledger(checkpoint, rejects, advance))
            faulty = [(item[0], item[1]) for item in simulation.faulty(stream)]
            # A few hundred messages fit into one window: all of them are acknowledged or resent.
            checkpoint.sent += sender.send_raw(faulty)
            checkpoint.is_complete = True
            checkpoint.save()
        return report(checkpoint, rejects, time.monotonic() - started)


def skip_rows(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Yield the frames without their first `rows` rows."""
    passed = 0
    for frame in frames:
        skipped = min(max(0, rows - passed), frame.height)
        passed += frame.height
        if skipped < frame.height:
            yield frame.slice(skipped)
