"""All that Airflow sees of the library: the backlog trigger, the assets, and the tasks' bodies.

The only module of the library that imports Airflow. Tasks import their stage when they run, so
that reading a DAG file stays cheap, and trust nothing an event says: they do all that is past the
stored position.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Hashable
from typing import Any

from airflow.sdk import Asset, AssetWatcher
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from livelihood.contracts import Contract
from livelihood.settings import get_settings

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
# A wake-up that led to no load is given again after this long.
REPEAT_SECONDS = 60.0
# Longer than a small load takes, shorter than what a build of half a large one costs the next.
LOADS_MAY_TAKE_SECONDS = 15.0
PUBLISHED = Asset("published", uri="livelihood://published", group="livelihood")


class BacklogTrigger(BaseEventTrigger):  # type: ignore[misc]
    """Wakes a stream's loader while records wait in Kafka: one event for a burst of a million.

    It looks at levels, not at messages, so an event that is lost is simply given again. All
    streams share one poll.
    """

    def __init__(self, stream: str) -> None:
        super().__init__()
        self.stream = stream

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, for Airflow's database."""
        return ("livelihood.airflow.BacklogTrigger", {"stream": self.stream})

    def shared_stream_key(self) -> Hashable:
        """One poll serves every stream."""
        return ("livelihood-backlog",)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Any]:
        """Yield the backlog of all streams at each poll; a server that is away is waited for."""
        from livelihood.errors import LivelihoodError
        from livelihood.load.backlog import BacklogProbe

        while True:
            try:
                probe = await asyncio.to_thread(BacklogProbe(get_settings()).__enter__)
                while True:
                    yield await asyncio.to_thread(probe.read)
                    await asyncio.sleep(POLL_SECONDS)
            except LivelihoodError as error:
                logger.warning("the backlog cannot be read: %s", error)
            except Exception:
                logger.exception("the backlog cannot be read")
            await asyncio.sleep(POLL_SECONDS * 4)

    async def filter_shared_stream(
        self, shared_stream: AsyncIterator[Any]
    ) -> AsyncIterator[TriggerEvent]:
        """Wake when records wait, and again only after a load or `REPEAT_SECONDS`."""
        woken_at, woken_for = 0.0, -1
        async for states in shared_stream:
            state = states[self.stream]
            is_due = state.loaded != woken_for or time.monotonic() - woken_at > REPEAT_SECONDS
            if state.waiting > 0 and is_due:
                woken_at, woken_for = time.monotonic(), state.loaded
                yield TriggerEvent({"stream": self.stream, "waiting": state.waiting})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """The same without sharing."""
        async for event in self.filter_shared_stream(self.open_shared_stream({})):
            yield event


def topic_asset(contract: Contract) -> Asset:
    """The stream's topic, watched for a backlog."""
    watcher = AssetWatcher(
        name=f"backlog_{contract.name}", trigger=BacklogTrigger(stream=contract.name)
    )
    return Asset(
        f"topic_{contract.name}",
        uri=f"livelihood://kafka/{contract.topic}",
        group="livelihood",
        watchers=[watcher],
    )


def landing_asset(contract: Contract) -> Asset:
    """The stream's landing table."""
    return Asset(
        f"landing_{contract.name}", uri=f"livelihood://landing/{contract.name}", group="livelihood"
    )


def load_stream(stream: str) -> dict[str, Any]:
    """Drain the stream; skip, and so wake nobody, when there was nothing to load."""
    from livelihood.errors import OffsetsLost
    from livelihood.load import load

    try:
        report = load(get_settings(), stream)
    except OffsetsLost:
        send_alerts()
        raise
    if not report.load_ids:
        raise AirflowSkipException(f"nothing waits in {stream}")
    return {"records": report.records, "rejected": report.rejected, "load_ids": report.load_ids}


def build_candidate() -> int:
    """Build the candidate, cheap when nothing has landed, and return its number.

    When much arrives at once, the first stream to land wakes the build; what the others bring
    meanwhile would have to wait until it is published.
    """
    from livelihood.errors import BuildFailed
    from livelihood.load import wait_for_loads
    from livelihood.transform import build

    settings = get_settings()
    wait_for_loads(settings, LOADS_MAY_TAKE_SECONDS)
    try:
        report = build(settings)
    except BuildFailed:
        send_alerts()
        raise
    return report.build_id


def judge_candidate(build_id: int) -> dict[str, Any]:
    """Run the gate, once per build; a closed gate raises its alert and fails the task visibly."""
    from expectations import last_verdict, run_gate

    # A sweep that built nothing new has nothing new to judge; a closed gate is judged again, for
    # its cause may have been outside the figures.
    if last_verdict(get_settings(), build_id) == "open":
        return {"build_id": build_id, "already": "open"}
    verdict = run_gate(get_settings(), build_id)
    if not verdict.is_open:
        send_alerts()
        # A verdict is not tried again; a task that was killed before it came to one is.
        raise AirflowFailException(
            f"build {build_id}: {verdict.critical_failed} critical checks failed, the gate is "
            "closed and the last release stays. `livelihood gate --report` shows them; see the "
            "runbook, 'gate closed'"
        )
    return {"build_id": build_id, "checks": verdict.checks, "warnings": verdict.warning_failed}


def publish_release(build_id: int) -> dict[str, Any]:
    """Publish the candidate if it differs from what is shown."""
    from livelihood.publish import publish

    release = publish(get_settings(), build_id)
    return {"release_id": release.release_id if release else None}


def send_alerts() -> dict[str, Any]:
    """Bring alerts up to date and send what changed."""
    from livelihood.alerts import deliver, raise_alerts

    report = raise_alerts(get_settings())
    delivery = deliver(get_settings())
    return {"alerts": str(report), "delivery": str(delivery)}


def reconcile_candidate() -> dict[str, Any]:
    """Recompute everything beside the candidate and fail when a row differs."""
    from livelihood.errors import BuildFailed
    from livelihood.transform import reconcile

    report = reconcile(get_settings())
    if not report.is_equal:
        raise BuildFailed(
            f"build {report.build_id} differs from its recomputation: {report.differences}; see "
            "the runbook, 'reconcile failed'"
        )
    return {"build_id": report.build_id, "tables": len(report.differences)}


def replay_quarantine(stream: str, reason: str | None = None) -> dict[str, Any]:
    """Try quarantined records of a stream again, all of them or those with a reason code."""
    from livelihood.load import replay

    report = replay(get_settings(), stream, reason or None)
    if report.load_id is None:
        raise AirflowSkipException(f"none of {report.tried} quarantined records came in")
    return {"load_id": report.load_id, "landed": report.landed, "remaining": report.remaining}


def apply_retention() -> dict[str, int]:
    """Remove what the settings let go."""
    from livelihood.retention import retain

    removals = retain(get_settings(), apply=True)
    for removal in removals:
        logger.info("%s: %d rows removed, %s", removal.table, removal.rows, removal.reason)
    return {removal.table: removal.rows for removal in removals}
