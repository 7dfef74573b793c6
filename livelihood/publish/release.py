"""Publication of the candidate as a release: in one transaction, or not at all."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from livelihood.publish.candidate import Candidate, ensure_latest_build, lock_marts, read_candidate
from livelihood.publish.comments import write_comments
from livelihood.publish.comparison import MartChange, apply_candidate, retire_absent
from livelihood.publish.exposure import Mart, load_marts
from livelihood.publish.provenance import Provenance, read_provenance
from livelihood.publish.views import ensure_release_on
from livelihood.publish.vintages import ensure_storage
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease, raise_if_disconnected
from livelihood.warehouse.ledger import releases
from livelihood.warehouse.locks import retry_blocked

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Release:
    """A publication: its number, the build that it shows, and how each mart changed."""

    release_id: int
    released_at: dt.datetime
    as_of_date: dt.date
    build_id: int
    gate_id: int
    is_simulated: bool
    marts: dict[str, MartChange]


def publish(
    settings: Settings, build_id: int | None = None, *, manifest_path: Path | None = None
) -> Release | None:
    """Publish the newest built candidate, or `build_id`. Return None if it shows nothing new.

    Raises GateClosed if the gate closed or has not judged the candidate, CandidateStale if the
    marts contain a later build, StageBusy if another publication is running or another session
    has locked a table for longer than `retry_seconds`, LivelihoodError for marts that cannot be
    published. After any error readers keep the release they had.
    """
    marts = load_marts(manifest_path or settings.dbt_target / "manifest.json")
    seconds = settings.retry_seconds
    with (
        raise_if_disconnected("publication"),
        connect(settings) as connection,
        lease(connection, "publish", wait_seconds=seconds),
    ):
        return retry_blocked(
            connection, "publication", seconds, lambda: _attempt(connection, marts, build_id)
        )


def _attempt(
    connection: psycopg.Connection, marts: list[Mart], build_id: int | None
) -> Release | None:
    candidate = read_candidate(connection, build_id)
    lock_marts(connection, marts)
    # A build is recorded before it writes, and none can write from here on.
    ensure_latest_build(connection, candidate.build_id)
    return _publish(connection, marts, candidate)


def _publish(
    connection: psycopg.Connection, marts: list[Mart], candidate: Candidate
) -> Release | None:
    newest = releases.newest(connection) or releases.Release()
    if newest.build_id == candidate.build_id:
        logger.info(
            "build %s is already shown as release %s",
            newest.build_id,
            newest.release_id,
            extra={"build_id": newest.build_id, "release_id": newest.release_id},
        )
        return None
    release_id = newest.release_id + 1
    provenance = read_provenance(connection, candidate.horizon, newest)
    reshaped = {mart.name: ensure_storage(connection, mart, release_id) for mart in marts}
    ensure_release_on(connection)
    changes = {mart.name: apply_candidate(connection, mart, release_id) for mart in marts}
    retired = retire_absent(connection, marts, release_id)
    write_comments(connection, marts, provenance.is_simulated)
    is_changed = (
        retired or any(reshaped.values()) or any(change.changed for change in changes.values())
    )
    if not is_changed and newest.as_of_date == candidate.as_of_date:
        logger.info(
            "nothing changed since release %s: no new release",
            newest.release_id,
            extra={"build_id": candidate.build_id, "release_id": newest.release_id},
        )
        return None
    released_at = _record(connection, release_id, candidate, provenance, changes)
    logger.info(
        "release %s shows build %s",
        release_id,
        candidate.build_id,
        extra={
            "build_id": candidate.build_id,
            "gate_id": candidate.gate_id,
            "release_id": release_id,
        },
    )
    return Release(
        release_id,
        released_at,
        candidate.as_of_date,
        candidate.build_id,
        candidate.gate_id,
        provenance.is_simulated,
        changes,
    )


def _record(
    connection: psycopg.Connection,
    release_id: int,
    candidate: Candidate,
    provenance: Provenance,
    changes: dict[str, MartChange],
) -> dt.datetime:
    release = releases.Release(
        release_id=release_id,
        as_of_date=candidate.as_of_date,
        build_id=candidate.build_id,
        gate_id=candidate.gate_id,
        is_simulated=provenance.is_simulated,
        horizon=candidate.horizon,
        offsets=provenance.offsets,
        code_version=candidate.code_version,
        dbt_version=candidate.dbt_version,
        contract_versions=candidate.contract_versions,
        row_counts={name: asdict(change) for name, change in changes.items()},
        accepted_checks=candidate.accepted_checks,
    )
    return releases.record(connection, release, provenance.load_ids)
