"""The library as Airflow sees it: the backlog trigger, the assets, and the functions of tasks.

The only module of the library that imports Airflow. Tasks import their stage when they run, so that
parsing a DAG file stays cheap. They ignore the content of events and process everything after the
stored position.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Hashable
from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, AssetWatcher
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.log import mask_secret
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from livelihood.contracts import Contract
from livelihood.logs import secret_texts
from livelihood.settings import Settings, get_settings

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
# An event that led to no load is repeated after this time.
REPEAT_SECONDS = 60.0
# How long a build waits for running loads: longer than a small load takes, and shorter than the
# build that the records of a large one would need afterwards.
LOADS_TIMEOUT_SECONDS = 15.0
# Time limits of tasks, far above what they need: a full backlog of 100 million records is loaded in
# 15 minutes. What a load has committed stays, so the next run continues after it.
LOAD_TIMEOUT = timedelta(hours=6)
MONITOR_TIMEOUT = timedelta(hours=6)
NIGHTLY_TIMEOUT = timedelta(hours=12)
# Much longer than the settings allow for a delivery.
ALERT_TIMEOUT = timedelta(minutes=10)
PUBLISHED = Asset("published", uri="livelihood://published", group="livelihood")


class BacklogTrigger(BaseEventTrigger):  # type: ignore[misc]
    """Trigger of a stream's loader while records wait in Kafka: one event for a burst of a million.

    It is level-triggered: it compares offsets instead of reading messages, so a lost event is
    repeated. All streams share one poll.
    """

    def __init__(self, stream: str) -> None:
        super().__init__()
        self.stream = stream

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and arguments, for Airflow's database."""
        return ("livelihood.airflow.BacklogTrigger", {"stream": self.stream})

    def shared_stream_key(self) -> Hashable:
        """Return the same key for every stream, so that one poll serves all."""
        return ("livelihood-backlog",)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Any]:
        """Yield the backlog of all streams at each poll; retry while a server does not answer."""
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
        """Yield an event when records wait; repeat it after a load or `REPEAT_SECONDS`."""
        fired_at, fired_for = 0.0, -1
        async for states in shared_stream:
            state = states[self.stream]
            is_due = state.loaded != fired_for or time.monotonic() - fired_at > REPEAT_SECONDS
            if state.waiting > 0 and is_due:
                fired_at, fired_for = time.monotonic(), state.loaded
                yield TriggerEvent({"stream": self.stream, "waiting": state.waiting})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the events without sharing the poll."""
        async for event in self.filter_shared_stream(self.open_shared_stream({})):
            yield event


def topic_asset(contract: Contract) -> Asset:
    """Return the asset of the stream's topic, watched for a backlog."""
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
    """Return the asset of the stream's landing table."""
    return Asset(
        f"landing_{contract.name}", uri=f"livelihood://landing/{contract.name}", group="livelihood"
    )


def _settings() -> Settings:
    """Return the settings, whose secrets Airflow then removes from the log of the task."""
    settings = get_settings()
    for text in secret_texts(settings):
        mask_secret(text)
    return settings


def load_stream(stream: str) -> dict[str, Any]:
    """Load the stream; skip, and so start no other DAG, if there was nothing to load."""
    from livelihood import pipeline

    report = pipeline.load_stream(_settings(), stream)
    if not report.load_ids:
        raise AirflowSkipException(f"no records of {stream} wait in Kafka")
    return {"records": report.records, "rejected": report.rejected, "load_ids": report.load_ids}


def build_candidate() -> int:
    """Build the candidate and return its number; cheap if nothing has landed."""
    from livelihood import pipeline

    return pipeline.build_candidate(_settings(), LOADS_TIMEOUT_SECONDS).build_id


def judge_candidate(build_id: int) -> dict[str, Any]:
    """Judge the build. If the gate is closed, fail without a retry."""
    from livelihood import pipeline

    verdict = pipeline.judge_candidate(_settings(), build_id)
    if not verdict.is_open:
        # A verdict needs no retry; a task that was killed before it reached one does.
        raise AirflowFailException(
            f"build {build_id}: {verdict.critical_failed} critical checks failed, the gate is "
            "closed and readers keep the last release; `livelihood gate --report` shows them; see "
            "the runbook, 'gate closed'"
        )
    return {"build_id": build_id, "checks": verdict.checks, "warnings": verdict.warning_failed}


def publish_release(build_id: int) -> dict[str, Any]:
    """Publish the candidate if it differs from the last release."""
    from livelihood import pipeline

    release = pipeline.publish_release(_settings(), build_id)
    return {"release_id": release.release_id if release else None}


def send_alerts() -> dict[str, Any]:
    """Update the alerts and send the messages that are due."""
    from livelihood import pipeline

    alerts = pipeline.send_alerts(_settings())
    return {"alerts": str(alerts.changes), "delivery": str(alerts.delivery)}


def reconcile_candidate() -> dict[str, Any]:
    """Recompute everything from scratch and fail if a row differs from the candidate."""
    from livelihood.errors import BuildFailed
    from livelihood.transform import reconcile

    report = reconcile(_settings())
    if not report.is_equal:
        raise BuildFailed(
            f"build {report.build_id} differs from its recomputation: {report.differences}; see "
            "the runbook, 'reconcile failed'"
        )
    return {"build_id": report.build_id, "tables": len(report.differences)}


def replay_quarantine(stream: str, reason: str | None = None) -> dict[str, Any]:
    """Replay quarantined records of a stream, all or those with a reason code."""
    from livelihood.load import replay

    report = replay(_settings(), stream, reason or None)
    if report.load_id is None:
        raise AirflowSkipException(f"none of {report.tried} quarantined records landed")
    return {"load_id": report.load_id, "landed": report.landed, "remaining": report.remaining}


def apply_retention() -> dict[str, int]:
    """Delete the rows that have expired by the settings."""
    from livelihood.retention import prune

    removals = prune(_settings(), apply=True)
    for removal in removals:
        logger.info("%s: %d rows deleted, %s", removal.table, removal.rows, removal.reason)
    return {removal.table: removal.rows for removal in removals}
