"""Whether the platform is healthy: what somebody has to put right, and how to begin.

Missed targets and overdue reports are news about the world, not faults of the platform: they are
shown, and do not make it unhealthy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livelihood.status.read import Status, StreamStatus


def troubles(status: Status, behind_minutes: int) -> Iterator[str]:
    """One sentence for each thing that is wrong: what, since when, what to do."""
    yield from status.problems
    limit_seconds = behind_minutes * 60
    for stream in status.streams:
        yield from _stream(stream, limit_seconds)
    yield from _stages(status, limit_seconds)
    if dead := status.overdue.get("dead_messages"):
        yield (
            f"{dead} messages about alerts reached nobody; see the runbook, 'alerts do not arrive'."
        )
    yield from _servers(status)


def _stream(stream: StreamStatus, limit_seconds: float) -> Iterator[str]:
    if stream.is_lost:
        yield (
            f"Stream {stream.stream} stands still: Kafka does not hold what comes after the loaded "
            "offsets; see the runbook, 'offsets lost'."
        )
    elif stream.behind_seconds is not None and stream.behind_seconds > limit_seconds:
        yield (
            f"Stream {stream.stream} is {age(stream.behind_seconds)} behind, "
            f"{stream.waiting_records:,} records wait: `livelihood load {stream.stream}` says why."
        )


def _stages(status: Status, limit_seconds: float) -> Iterator[str]:
    build, gate = status.build, status.gate
    if build is not None and build["status"] == "failed":
        yield f"Build {build['build_id']} failed; see the runbook, 'a build failed'."
    else:
        unbuilt = status.seconds_since(status.unbuilt_since)
        if unbuilt is not None and unbuilt > limit_seconds:
            yield (
                f"Records that landed {age(unbuilt)} ago are in no figure yet: `livelihood run`, "
                "then see the runbook, 'Airflow stuck'."
            )
    if gate is not None and gate["verdict"] != "open":
        yield (
            f"The gate is closed for build {gate['build_id']}, {gate['critical_failed']} critical "
            "checks failed: `livelihood gate --report`."
        )


def _servers(status: Status) -> Iterator[str]:
    """A stack without Airflow is a choice; one with half of it is an accident."""
    airflow = {n: s for n, s in (status.servers or {}).items() if n.startswith("airflow")}
    stopped = [name for name, server in airflow.items() if not server["is_running"]]
    if stopped and len(stopped) < len(airflow):
        yield f"{', '.join(stopped)} stopped while the rest of Airflow runs: `livelihood up`."


def age(seconds: float) -> str:
    """A length of time as people say it, in its largest unit."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
