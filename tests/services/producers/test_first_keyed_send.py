"""A source that sent ids of row numbers, as version 0.1.0 did, sends an export with keys."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import SecretStr

from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.landing import current_records
from producers.importing import ImportOptions, import_source
from producers.sender import SendReport
from producers.sources.file import FileSource
from producers.sources.mapping import Mapping
from testkit.raw_rows import wage_rows
from tests.services.producers.topic_tail import WAGES

APRIL = dt.date(2022, 4, 1)


def send(
    settings: Settings, path: Path, rows: pl.DataFrame, notes: list[str], **options: Any
) -> SendReport:
    """Send rows of a file of their own, and load them."""
    names = [name for name in rows.columns if name not in ("source_system", "recorded_at")]
    rows.select(names).write_csv(path)
    mapping = Mapping(
        stream="wage_payment",
        source_system="bugs_nokey",
        columns={name: name for name in names},
        **options,
    )
    report = import_source(
        settings, WAGES, FileSource(path), mapping, options=ImportOptions(notify=notes.append)
    )
    load(settings, "wage_payment")
    return report


def due(settings: Settings) -> int:
    """Return what is due in all current records."""
    position = WAGES.columns.index(WAGES.column("amount_due_fen"))
    with connect(settings) as connection:
        batches = list(current_records(connection, WAGES, "bugs_nokey", batch_rows=7))
    return sum(row[position] for batch in batches for row in batch)


def test_a_file_with_one_row_more_doubles_nothing_after_an_upgrade(
    platform: Settings, tmp_path: Path
) -> None:
    notes: list[str] = []
    march = wage_rows(20).with_columns(record_id="0123456789abcdef01234567-" + _numbers(20))
    april = wage_rows(5, wage_month=APRIL).with_columns(record_id="f" * 24 + "-" + _numbers(5))
    other = wage_rows(3).with_columns(record_id="own-" + _numbers(3))
    for number, rows in enumerate((march, april, other)):
        send(platform, tmp_path / f"{number}.csv", rows, notes)
    # Version 0.1.0 had no store of what it sent.
    shutil.rmtree(platform.home / "producers" / "sent")
    without_ids = wage_rows(21).drop("record_id")
    report = send(platform, tmp_path / "d02.csv", without_ids, notes)
    # 17 of row numbers, and three with ids of their own that had replaced such records.
    assert (report.sent, report.withdrawn) == (21, 20)
    assert due(platform) == (21 + 5) * 350_000
    assert not any("warehouse" in note for note in notes)
    complete = {"complete_for": ["employer_code", "wage_month"]}
    report = send(platform, tmp_path / "d03.csv", without_ids.head(19), notes, **complete)
    assert (report.sent, report.withdrawn) == (19, 2)
    assert due(platform) == (19 + 5) * 350_000


def test_an_unreadable_warehouse_is_said_and_sending_continues(
    platform: Settings, tmp_path: Path
) -> None:
    notes: list[str] = []
    away = platform.model_copy(
        update={"warehouse_url": SecretStr("postgresql://postgres@127.0.0.1:1/livelihood")}
    )
    path = tmp_path / "a.csv"
    wage_rows(2).drop("record_id", "source_system", "recorded_at").write_csv(path)
    mapping = Mapping(
        stream="wage_payment",
        source_system="away",
        columns={
            name: name
            for name in wage_rows(0).columns
            if name not in ("record_id", "source_system", "recorded_at")
        },
    )
    options = ImportOptions(notify=notes.append)
    assert import_source(away, WAGES, FileSource(path), mapping, options=options).sent == 2
    assert any("the warehouse cannot be read" in note for note in notes)


def _numbers(count: int) -> pl.Series:
    return pl.Series([str(number) for number in range(count)])
