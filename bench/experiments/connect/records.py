"""The sink's schema, messages that fit it, and a table like the landing table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from livelihood.contracts import Column, Contract
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.topics import Message

# Record and revision identify a row; the sink's upsert needs a key that is in the record.
KEY = ("record_id", "revision")
EPOCH = dt.date(1970, 1, 1).toordinal()
TYPES = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "date": {"type": "int32", "name": "io.debezium.time.Date"},
    "timestamp": {"type": "string", "name": "io.debezium.time.ZonedTimestamp"},
}


def connect_schema(contract: Contract) -> str:
    """Return the contract as a Kafka Connect schema, configured once instead of in each message."""
    fields = [
        {"field": column.name, "optional": not column.required, **_type(column)}
        for column in contract.columns
    ]
    return json.dumps({"type": "struct", "optional": False, "fields": fields})


def _type(column: Column) -> dict[str, str]:
    if column.logical_type == "integer":
        return {"type": "int64" if column.physical_type == "bigint" else "int32"}
    return TYPES[column.logical_type]


def connect_messages(contract: Contract, messages: list[Message]) -> Iterator[Message]:
    """Yield the messages with dates as days since 1970, as Kafka Connect represents them."""
    dates = [column.name for column in contract.columns if column.logical_type == "date"]
    for key, value in messages:
        document: dict[str, Any] = msgspec.json.decode(value or b"")
        for name in dates:
            if document.get(name) is not None:
                day = dt.date.fromisoformat(document[name])
                document[name] = day.toordinal() - EPOCH
        yield key, msgspec.json.encode(document)


def key_of(message: Message) -> tuple[Any, ...]:
    """Return the key of a message's row."""
    document: dict[str, Any] = msgspec.json.decode(message[1] or b"")
    return tuple(document[name] for name in KEY)


def create_sink_table(settings: Settings, contract: Contract, name: str) -> None:
    """Create an empty table with landing's columns, a key, and the time of each row's insertion."""
    columns = [
        f"{column.name} {column.physical_type}"
        + (' collate "C"' if column.physical_type == "text" else "")
        + (" not null" if column.required else "")
        for column in contract.columns
    ]
    columns.append("_landed_at timestamptz not null default clock_timestamp()")
    with connect(settings) as connection:
        connection.execute("create schema if not exists bench")
        connection.execute(f"drop table if exists bench.{name}".encode())
        connection.execute(
            f"create table bench.{name} ({', '.join(columns)}, primary key ({', '.join(KEY)}))"
            .encode()
        )  # fmt: skip
