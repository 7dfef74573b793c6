"""Records that arrive after the county was built: one new spell, or thousands of corrections."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from bench.bed import AS_OF, Bed
from bench.messages import encoded
from bench.topics import Message, fill
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
    """Send new revisions of about so many records of all streams and months; return how many."""
    total = sum(bed.county.accepted(stream).height for stream in load_contracts())
    return send_share(bed, settings, count / total)


def send_share(bed: Bed, settings: Settings, share: float) -> int:
    """Send new revisions of a share of each stream's records; return how many."""
    return sum(
        _correct(settings, stream, bed.county.accepted(stream).sample(fraction=share, seed=1))
        for stream in load_contracts()
    )


def send_last_month(bed: Bed, settings: Settings, count: int) -> int:
    """Send new revisions of so many wages and contributions of the last month, or of all it has."""
    month = _of_last_month(bed)
    share = min(1.0, count / sum(rows.height for rows in month.values()))
    return sum(
        _correct(settings, stream, rows.sample(fraction=share, seed=1))
        for stream, rows in month.items()
    )


def send_township_month(bed: Bed, settings: Settings) -> int:
    """Send new revisions of all wages and insurance of one township in one month."""
    month = _of_last_month(bed)
    township = month["wage_payment"]["township_code"].mode().sort()[0]
    return sum(
        _correct(settings, stream, rows.filter(pl.col("township_code") == township))
        for stream, rows in month.items()
    )


def _of_last_month(bed: Bed) -> dict[str, pl.DataFrame]:
    """Records that count in the last month and in no other, by stream."""
    months = {"wage_payment": "wage_month", "social_insurance": "period_month"}
    return {
        stream: bed.county.accepted(stream).filter(pl.col(column) == AS_OF.replace(day=1))
        for stream, column in months.items()
    }


def corrections(bed: Bed) -> dict[str, list[Message]]:
    """Every record of the county once more, as messages with a revision nobody has seen yet."""
    return {
        stream: encoded(
            bed.settings,
            stream,
            bed.county.accepted(stream).with_columns(pl.col("revision") + 100),
        )
        for stream in load_contracts()
    }


def _correct(settings: Settings, stream: str, rows: pl.DataFrame) -> int:
    """Send the rows with a revision nobody has seen yet."""
    corrected = rows.with_columns(pl.col("revision") + 100)
    return Sender(settings, stream).send([corrected]).sent
