"""Rules for the health of the platform: what an operator must fix, and the first step of the fix.

Missed targets and overdue reports are no faults of the platform: they are shown and do not make it
unhealthy.
"""

from __future__ import annotations

from collections.abc import Iterator

from livelihood.status.model import Status, StreamStatus


def find_issues(status: Status, behind_minutes: int, min_free_megabytes: int = 0) -> Iterator[str]:
    """Yield a message for each issue: what is wrong, since when, what to do.

    Records may wait, or be missing from every build, for `behind_minutes` before that is an issue.
    """
    yield from status.unreachable
    yield from _disk_issues(status, min_free_megabytes)
    limit_seconds = behind_minutes * 60
    for stream in status.streams:
        yield from _stream_issues(stream, limit_seconds)
        yield from _transaction_issues(status, stream, limit_seconds)
    yield from _stage_issues(status, limit_seconds)
    if dead := status.overdue.get("dead_messages"):
        yield f"{dead} alert messages were not delivered; see the runbook, 'alerts do not arrive'"
    yield from _server_issues(status)


def _disk_issues(status: Status, min_free_megabytes: int) -> Iterator[str]:
    disk = status.disk
    if disk is None:
        return
    if disk.write_error:
        yield (
            f"The home folder {disk.folder} cannot be written ({disk.write_error}): free space or "
            "correct its rights; see the runbook, 'disk full'"
        )
    elif disk.free_bytes < min_free_megabytes * 1_000_000:
        yield (
            f"The disk of {disk.folder} is nearly full, {disk.free_bytes / 1e6:,.0f} MB are free: "
            "free space; see the runbook, 'disk full'"
        )


def _stream_issues(stream: StreamStatus, limit_seconds: float) -> Iterator[str]:
    if stream.is_lost:
        yield (
            f"Stream {stream.stream} is stopped: Kafka no longer has the records after the loaded "
            "offsets; see the runbook, 'offsets lost'"
        )
    elif stream.stop_reason is not None:
        yield f"Stream {stream.stream} is stopped: {stream.stop_reason}"
    elif stream.behind_seconds is not None and stream.behind_seconds > limit_seconds:
        yield (
            f"Stream {stream.stream} is {format_age(stream.behind_seconds)} behind, "
            f"{stream.waiting_records:,} records wait: `livelihood load {stream.stream}` shows why"
        )


def _transaction_issues(
    status: Status, stream: StreamStatus, limit_seconds: float
) -> Iterator[str]:
    for transaction in stream.open_transactions:
        age_seconds = status.seconds_since(transaction["since"])
        # Of unknown age if Kafka did not answer in time.
        if age_seconds is not None and age_seconds > limit_seconds:
            yield (
                f"Stream {stream.stream}, partition {transaction['partition']}: a producer's "
                f"transaction is open since {format_age(age_seconds)}, offset "
                f"{transaction['offset']}; records after it wait; see the runbook, 'open "
                "transaction'"
            )


def _stage_issues(status: Status, limit_seconds: float) -> Iterator[str]:
    build, gate = status.build, status.gate
    if build is not None and build["status"] == "failed":
        yield f"Build {build['build_id']} failed; see the runbook, 'a build failed'"
    else:
        unbuilt_seconds = status.seconds_since(status.unbuilt_since)
        if unbuilt_seconds is not None and unbuilt_seconds > limit_seconds:
            yield (
                f"Records that landed {format_age(unbuilt_seconds)} ago are in no build yet: "
                "`livelihood run`, then see the runbook, 'Airflow stuck'"
            )
    if gate is not None and gate["verdict"] != "open":
        yield (
            f"The gate is closed for build {gate['build_id']}, {gate['critical_failed']} critical "
            "checks failed: `livelihood gate --report`"
        )


def _server_issues(status: Status) -> Iterator[str]:
    supervisor = (status.servers or {}).get("supervisor")
    others_run = any(s["is_running"] for s in (status.servers or {}).values())
    if supervisor and others_run and not supervisor["is_running"]:
        yield "The supervisor stopped, so servers that die are not restarted: `livelihood up`"
    # Running without Airflow is a choice, running a part of it is a fault.
    airflow = {n: s for n, s in (status.servers or {}).items() if n.startswith("airflow")}
    stopped = [name for name, server in airflow.items() if not server["is_running"]]
    if stopped and len(stopped) < len(airflow):
        yield f"{', '.join(stopped)} stopped while the rest of Airflow runs: `livelihood up`"


def format_age(seconds: float) -> str:
    """Format a duration in its largest unit of which there are at least two."""
    for unit, unit_seconds in (("days", 86_400), ("hours", 3_600), ("min", 60)):
        if seconds >= 2 * unit_seconds:
            return f"{seconds / unit_seconds:.0f} {unit}"
    return f"{seconds:.0f} s"
