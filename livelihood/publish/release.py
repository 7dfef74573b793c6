"""Publish the candidate as a release: in one transaction, or not at all."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from livelihood.errors import StageBusy
from livelihood.publish.candidate import Candidate, hold_still, read_candidate, refuse_stale
from livelihood.publish.comments import write_comments
from livelihood.publish.comparison import MartChange, apply_candidate, retire_absent
from livelihood.publish.exposure import Mart, load_marts
from livelihood.publish.provenance import Provenance, newest_release, read_provenance
from livelihood.publish.views import ensure_release_on
from livelihood.publish.vintages import ensure_storage
from livelihood.settings import Settings
from livelihood.warehouse import connect, losing

logger = logging.getLogger(__name__)

# Number of the advisory lock that lets one publication run at a time.
PUBLISH_LOCK = 7_005


@dataclass(frozen=True)
class Release:
    """One publication: its number, what it shows, and how each mart changed."""

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
    """Publish the newest built candidate, or `build_id`; None when it shows nothing new.

    Raises GateClosed for a candidate the gate closed or has not seen, CandidateStale when the
    marts hold another build by now, StageBusy when another publication runs, LivelihoodError for
    marts that cannot be published. Whatever is raised, readers keep the release they had.
    """
    marts = load_marts(manifest_path or settings.dbt_target / "manifest.json")
    with losing("publication"), connect(settings) as connection:
        try:
            _wait_for_turn(connection, settings)
            candidate = read_candidate(connection, build_id)
            hold_still(connection, marts)
            # A build announces itself before it writes, and none can write from here on.
            refuse_stale(connection, candidate.build_id)
            return _publish(connection, marts, candidate)
        except psycopg.errors.LockNotAvailable as error:
            message = "The marts are being written or published elsewhere: publish again later."
            raise StageBusy(message) from error


def _wait_for_turn(connection: psycopg.Connection, settings: Settings) -> None:
    milliseconds = str(max(1, int(settings.retry_seconds * 1000)))
    connection.execute("select set_config('lock_timeout', %s, true)", [milliseconds])
    connection.execute("select pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])


def _publish(
    connection: psycopg.Connection, marts: list[Mart], candidate: Candidate
) -> Release | None:
    newest = newest_release(connection)
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
    rows_changed = retired or any(change.changed for change in changes.values())
    if not rows_changed and not any(reshaped.values()) and newest.shows(candidate.as_of_date):
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
    row = connection.execute(
        """
        insert into published.release (
            release_id, released_at, as_of_date, build_id, gate_id, horizon, offsets, load_ids,
            dbt_version, code_version, contract_versions, row_counts, is_simulated)
        values (%s, clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        returning released_at""",
        [
            release_id,
            candidate.as_of_date,
            candidate.build_id,
            candidate.gate_id,
            Jsonb(candidate.horizon),
            Jsonb(provenance.offsets),
            Jsonb(provenance.load_ids),
            candidate.dbt_version,
            candidate.code_version,
            Jsonb(candidate.contract_versions),
            Jsonb({name: asdict(change) for name, change in changes.items()}),
            provenance.is_simulated,
        ],
    ).fetchone()
    assert row is not None  # noqa: S101  (an insert that returns always has a row)
    released_at: dt.datetime = row[0]
    return released_at
