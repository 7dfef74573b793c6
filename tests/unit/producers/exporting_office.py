"""An office that sends exports of wages one after another into a Kafka in memory."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import polars as pl

from livelihood.contracts import Contract
from livelihood.settings import Settings
from producers.importing import ImportOptions, import_source
from producers.sender import SendReport
from producers.sources.file import FileSource
from producers.sources.mapping import Mapping
from testkit.raw_rows import wage_rows
from tests.unit.producers.memory_kafka import MemoryKafka


def mapping(**options: Any) -> Mapping:
    names = (n for n in wage_rows(0).columns if n not in ("source_system", "recorded_at"))
    columns: dict[str, Any] = {name: name for name in names if name != "record_id"}
    options = {"columns": columns} | options
    return Mapping(stream="wage_payment", source_system="payroll", **options)


def rows(count: int, **changes: Any) -> pl.DataFrame:
    return wage_rows(count, **changes).drop("record_id", "source_system", "recorded_at")


class Office:
    """An office that sends one export after another."""

    def __init__(self, settings: Settings, contract: Contract, kafka: MemoryKafka, path: Path):
        self.settings = settings
        self.contract = contract
        self.kafka = kafka
        self.path = path
        self.notes: list[str] = []
        self.number = 0

    def send(
        self,
        frame: pl.DataFrame,
        chosen: Mapping | None = None,
        written: dt.datetime | None = None,
        **options: Any,
    ) -> SendReport:
        """Send an export as a new file; `written` is the time of the file."""
        self.number += 1
        path = self.path / f"{self.number}.csv"
        frame.write_csv(path)
        if written is not None:
            os.utime(path, (written.timestamp(),) * 2)
        self.notes.clear()
        return import_source(
            self.settings,
            self.contract,
            FileSource(path),
            chosen or mapping(),
            options=ImportOptions(notify=self.notes.append, **options),
        )

    def current(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the records that count, as the warehouse decides, by person and id."""
        newest: dict[tuple[str, str], dict[str, Any]] = {}
        for document in self.kafka.documents():
            identity = document["person_token"], document["record_id"]
            version = document["revision"], document["recorded_at"]
            former = newest.get(identity)
            if former is None or (former["revision"], former["recorded_at"]) <= version:
                newest[identity] = document
        return {key: d for key, d in newest.items() if d["operation"] != "withdraw"}

    def due(self) -> int:
        return sum(document["amount_due_fen"] for document in self.current().values())
