"""Purge of the quarantine: personal data that a rejected message contains are deleted.

The position of a purged message stays, so every record that Kafka acknowledged is still accounted
for. It cannot be replayed. Both functions log in as the role that may read and purge the quarantine
and nothing else.
"""

from __future__ import annotations

import logging

import psycopg

from livelihood.contracts import load_contract
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import KEEPER, connect
from livelihood.warehouse.ledger import quarantine
from livelihood.warehouse.ledger.quarantine import Count, Range, Selection

logger = logging.getLogger(__name__)

MIN_REASON_CHARACTERS = 10


def list_quarantine(settings: Settings, stream: str | None = None) -> list[Count]:
    """Return how many messages each stream has in quarantine, by reason code."""
    if stream is not None:
        load_contract(stream)
    with connect(settings, role=KEEPER) as connection:
        return quarantine.counts(connection, stream)


def plan_purge(settings: Settings, selection: Selection) -> list[Range]:
    """Return the messages that a purge would delete."""
    load_contract(selection.stream)
    with connect(settings, role=KEEPER) as connection:
        return quarantine.selected(connection, selection)


def purge(settings: Settings, selection: Selection, by: str, why: str) -> int | None:
    """Purge the selected messages. Return the id of the recorded purge, None if there are none.

    Waits for a replay of the stream. Raises LivelihoodError if the name or the reason is missing.
    """
    by, why = by.strip(), why.strip()
    if not by or len(why) < MIN_REASON_CHARACTERS:
        raise LivelihoodError(
            "a purge needs --by with the name of the person and --why with at least "
            f"{MIN_REASON_CHARACTERS} characters; both are recorded in ops.quarantine_purge"
        )
    load_contract(selection.stream)
    try:
        with connect(settings, role=KEEPER) as connection:
            purge_id = quarantine.purge(connection, selection, by, why)
    except psycopg.errors.QueryCanceled as error:
        raise LivelihoodError(
            "nothing was purged, because it took longer than a reader may: purge in parts "
            "(--before), or wait for the end of a replay"
        ) from error
    if purge_id is not None:
        logger.warning("stream %s: purge %d of quarantine", selection.stream, purge_id)
    return purge_id
