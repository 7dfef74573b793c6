"""The monitoring pipeline: load → build → gate → publish → alert.

The only module that knows the order of the stages, and what a stage that fails means for the next
ones. The command line, Airflow's tasks, tests, benchmarks and fault experiments call it. Stages are
imported when they run: a process that only loads need not import dbt or Great Expectations.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from livelihood.contracts import load_contracts
from livelihood.errors import (
    BrokerUnavailable,
    BuildFailed,
    LivelihoodError,
    LoadFailed,
    StreamStopped,
    WarehouseUnavailable,
)
from livelihood.settings import Settings
from livelihood.warehouse import connect, raise_if_disconnected
from livelihood.warehouse.ledger import verdicts
from livelihood.warehouse.ledger.verdicts import GateVerdict
from livelihood.warehouse.readers import end_overdue_sessions

if TYPE_CHECKING:
    from livelihood.alerts import AlertReport, DeliveryReport
    from livelihood.load import LoadReport
    from livelihood.publish import Release
    from livelihood.transform import BuildReport

logger = logging.getLogger(__name__)

Stage = Literal["load", "stopped", "build", "gate", "publish", "alert"]
# Called with each stage and its result as soon as it has finished.
Observer = Callable[[Stage, Any], None]


class AlertsSent(NamedTuple):
    """The result of the alert stage: which alerts changed, and which messages were sent."""

    changes: AlertReport
    delivery: DeliveryReport


@dataclass(frozen=True)
class PipelineReport:
    """The result of one run; `release` is None if the gate is closed or nothing changed."""

    build: BuildReport
    verdict: GateVerdict
    release: Release | None
    alerts: AlertsSent
    stopped_streams: tuple[str, ...] = ()


def run(
    settings: Settings,
    observer: Observer = lambda _stage, _result: None,
    on_progress: Callable[[LoadReport], None] | None = None,
) -> PipelineReport:
    """Load every stream, then build, judge, publish and alert. Raises as the stages do.

    A stream that cannot be loaded does not prevent the others from being loaded.
    """
    stopped = load_all(settings, observer, on_progress)
    return monitor(settings, observer, stopped)


def load_all(
    settings: Settings,
    observer: Observer = lambda _stage, _result: None,
    on_progress: Callable[[LoadReport], None] | None = None,
) -> tuple[str, ...]:
    """Load every stream and return those that failed; their errors go to the observer.

    Raises `BrokerUnavailable` or `WarehouseUnavailable`, which no other stream can do without.
    """
    from livelihood.load import load

    stopped = []
    for stream in load_contracts():
        try:
            report = load(settings, stream, on_progress)
        except (BrokerUnavailable, WarehouseUnavailable):
            raise
        except LivelihoodError as error:
            stopped.append(stream)
            observer("stopped", error)
        else:
            observer("load", report)
    return tuple(stopped)


def monitor(
    settings: Settings,
    observer: Observer = lambda _stage, _result: None,
    stopped_streams: tuple[str, ...] = (),
) -> PipelineReport:
    """Build, judge, publish and alert. A closed gate skips publication only.

    Sends alerts before it raises `BuildFailed`. Alerts are sent last: no receiver delays a release.
    """
    with _alerts_on(settings, BuildFailed):
        candidate = build_candidate(settings)
    observer("build", candidate)
    verdict = judge_candidate(settings, candidate.build_id)
    observer("gate", verdict)
    release = None
    if verdict.is_open:
        release = publish_release(settings, candidate.build_id)
        observer("publish", release)
    alerts = send_alerts(settings)
    observer("alert", alerts)
    return PipelineReport(candidate, verdict, release, alerts, stopped_streams)


def load_stream(settings: Settings, stream: str) -> LoadReport:
    """Load a stream. Sends alerts before it raises `StreamStopped` or `LoadFailed`."""
    from livelihood.load import load

    with _alerts_on(settings, StreamStopped, LoadFailed):
        return load(settings, stream)


def build_candidate(settings: Settings, wait_seconds: float = 0.0) -> BuildReport:
    """Build the candidate. Raises `BuildFailed` if dbt could not.

    With `wait_seconds` it waits so long for running loads, to include their records: the first
    stream to land starts the build, and the others would wait for the next one. Sessions of readers
    that exceed their limits are ended first, because they delay the release.
    """
    from livelihood.load import wait_for_loads
    from livelihood.transform import build

    end_overdue_sessions(settings)
    if wait_seconds:
        wait_for_loads(settings, wait_seconds)
    return build(settings)


def judge_candidate(settings: Settings, build_id: int) -> GateVerdict:
    """Return the verdict on a build, and judge it unless its newest verdict is open.

    The verdict on an unchanged build stays open. A closed gate is judged again, because the cause
    may have been outside the figures.
    """
    with connect(settings, autocommit=True) as connection:
        verdict = verdicts.newest(connection, build_id=build_id)
    if verdict is not None and verdict.is_open:
        return verdict
    from expectations import run_gate

    return run_gate(settings, build_id)


def publish_release(settings: Settings, build_id: int) -> Release | None:
    """Publish the candidate. Return None if it shows nothing new."""
    from livelihood.publish import publish

    return publish(settings, build_id)


def send_alerts(settings: Settings) -> AlertsSent:
    """Open, change and clear alerts, then send the messages that are due."""
    from livelihood.alerts import deliver, raise_alerts

    with raise_if_disconnected("alerts"):
        return AlertsSent(raise_alerts(settings), deliver(settings))


@contextmanager
def _alerts_on(settings: Settings, *failures: type[Exception]) -> Iterator[None]:
    try:
        yield
    except failures:
        try:
            send_alerts(settings)
        except LivelihoodError as error:
            logger.warning("alerts about the failure were not sent: %s", error)
        raise
