"""Records that arrive after the county was built: one new spell, or thousands of corrections."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from bench.bed import AS_OF, Bed
from bench.messages import encoded
from bench.topics import fill
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from producers.sender import Sender


@dataclass(frozen=True)
class Event:
    """A new employed person in a township this month: one more in its figures."""

    message: tuple[bytes, bytes]
    township_code: str


def new_spell(bed: Bed) -> Event:
    """A spell of a person nobody knows yet, like one that began in the last month."""
    rows = bed.county.accepted("employment").filter(
        (pl.col("effective_date") >= AS_OF.replace(day=1))
        & (pl.col("status") == "employed")
        & (pl.col("revision") == 1)
        & (pl.col("operation") == "upsert")
        & pl.col("end_date").is_null()
    )
    _, value = encoded(bed.settings, "employment", rows.head(1))[0]
    document: dict[str, Any] = msgspec.json.decode(value or b"")
    document["record_id"] = f"bench-{secrets.token_hex(8)}"
    document["person_token"] = secrets.token_hex(16)
    document["household_token"] = secrets.token_hex(16)
    key = document["person_token"].encode()
    return Event((key, msgspec.json.encode(document)), document["township_code"])


def send_event(settings: Settings, event: Event) -> None:
    """Send it; Kafka holds it when this returns."""
    fill(settings, "employment", [event.message], 1)


def send_corrections(bed: Bed, settings: Settings, count: int) -> int:
    """Send new revisions of so many records of all streams and months; return how many."""
    share = count // len(load_contracts())
    sent = 0
    for stream in load_contracts():
        rows = bed.county.accepted(stream).sample(share, seed=1)
        sender = Sender(settings, stream)
        sent += sender.send([rows.with_columns(pl.col("revision") + 100)]).sent
    return sent
