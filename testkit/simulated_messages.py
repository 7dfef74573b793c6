"""Messages of the simulated county, encoded by the producers' own code."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from livelihood.contracts import load_contract
from livelihood.contracts.references import references
from livelihood.settings import Settings
from producers.encoder import RecordEncoder
from producers.tokens import tokeniser
from testkit.environment import COUNTY_END, Environment
from testkit.topics import Message, fill


def valid_messages(environment: Environment, stream: str, count: int) -> list[Message]:
    """Return the first valid messages of the stream, at most `count`."""
    rows = environment.county.accepted(stream).head(count)
    return encode_rows(environment.settings, stream, rows)


def encode_rows(settings: Settings, stream: str, rows: pl.DataFrame) -> list[Message]:
    """Encode raw rows as keys and values."""
    encoder = RecordEncoder(
        load_contract(stream),
        tokeniser(settings),
        settings.token_key_version,
        references(),
        future_tolerance=settings.future_tolerance,
    )
    encoded = encoder.encode(rows)
    return list(zip(encoded.keys, encoded.values, strict=True))


@dataclass(frozen=True)
class NewSpell:
    """A message about a newly employed person: one more in the township's figures this month."""

    message: tuple[bytes, bytes]
    township_code: str


def new_spell(environment: Environment) -> NewSpell:
    """Return a spell of an unknown person, equal to one that began in the last month."""
    rows = environment.county.accepted("employment").filter(
        (pl.col("effective_date") >= COUNTY_END.replace(day=1))
        & (pl.col("status") == "employed")
        & (pl.col("revision") == 1)
        & (pl.col("operation") == "upsert")
        & pl.col("end_date").is_null()
    )
    _, value = encode_rows(environment.settings, "employment", rows.head(1))[0]
    document: dict[str, Any] = msgspec.json.decode(value or b"")
    document["record_id"] = f"testkit-{secrets.token_hex(8)}"
    document["person_token"] = secrets.token_hex(16)
    document["household_token"] = secrets.token_hex(16)
    key = document["person_token"].encode()
    return NewSpell((key, msgspec.json.encode(document)), document["township_code"])


def send_spell(settings: Settings, spell: NewSpell) -> None:
    """Send the spell and wait until Kafka has acknowledged it."""
    fill(settings, "employment", [spell.message], 1)
