"""Replay of quarantined records, once the cause of their rejection is corrected.

A replayed record keeps its partition and offset and gets the load id of the replay, so later
stages treat it as a new arrival. Records that fail again stay in quarantine with new reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from livelihood.contracts import load_contract
from livelihood.contracts.references import references
from livelihood.kafka import Batch
from livelihood.load.batch import ValidatedBatch, validate_batch
from livelihood.load.sources import SourceCheck
from livelihood.load.transaction import Load
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease

_BATCH_RECORDS = 10_000
SET_ASIDE = "set_aside: message: by decision of an operator"


@dataclass
class ReplayReport:
    """How many quarantined records were tried, landed, and remain in quarantine."""

    stream: str
    load_id: int | None
    tried: int
    landed: int
    remaining: int


def replay(settings: Settings, stream: str, reason: str | None = None) -> ReplayReport:
    """Validate and land the quarantined records of a stream, all or those with a reason code.

    Messages that an operator set aside are tried only if `reason` is `set_aside`. Rows, their marks
    in quarantine and the load are committed together. Raises `StageBusy` if the stream is being
    loaded.
    """
    contract = load_contract(stream)
    reference_values = references()
    with connect(settings) as connection, lease(connection, "load", stream):
        load = Load(connection, contract, start={}, kind="replay")
        sources = SourceCheck(settings, contract, connection)
        tried = 0
        for batch in _quarantined(connection, stream, reason):
            tried += len(batch)
            validated = validate_batch(batch, contract, reference_values, sources)
            _mark(connection, stream, load.write_rows(validated), load.load_id)
        if load.records == 0:
            # New reasons are stored even if no record landed.
            connection.commit()
            return ReplayReport(stream, None, tried, 0, tried)
        load.position = {}
        load.finish(topic_id="")
        connection.commit()
        return ReplayReport(stream, load.load_id, tried, load.records, tried - load.records)


def _quarantined(
    connection: psycopg.Connection, stream: str, reason: str | None
) -> Iterator[Batch]:
    cursor = connection.cursor("quarantined")
    cursor.itersize = _BATCH_RECORDS
    cursor.execute(
        'select partition, "offset", (extract(epoch from produced_at) * 1000)::bigint, key, value'
        " from ops.quarantine where stream = %(stream)s and replayed_load_id is null"
        " and value is not null and case when %(reason)s::text is null"
        " then not starts_with(reasons[1], %(aside)s) else exists (select 1 from unnest(reasons)"
        " as code where starts_with(code, %(reason)s || ':')) end order by quarantine_id"
        # A purge waits for the replay, and the replay for a purge.
        " for update",
        {"stream": stream, "reason": reason, "aside": SET_ASIDE},
    )
    while rows := cursor.fetchmany(_BATCH_RECORDS):
        partition, offset, produced, key, value = map(list, zip(*rows, strict=True))
        yield Batch(partition, offset, produced, key, value)


def _mark(connection: psycopg.Connection, stream: str, batch: ValidatedBatch, load_id: int) -> None:
    landed = batch.rows.select("_partition", "_offset").rows()
    rejected = batch.rejects.select("reasons", "partition", "offset").rows()
    with connection.cursor() as cursor:
        cursor.executemany(
            "update ops.quarantine set replayed_load_id = %s"
            ' where stream = %s and partition = %s and "offset" = %s',
            [(load_id, stream, *position) for position in landed],
        )
        cursor.executemany(
            "update ops.quarantine set reasons = %s"
            ' where stream = %s and partition = %s and "offset" = %s',
            [(reasons, stream, *position) for reasons, *position in rejected],
        )
