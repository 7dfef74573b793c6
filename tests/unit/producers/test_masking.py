"""No identifier is printed or written, whether in a reason, a file's name, a sheet or a column."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from livelihood.contracts import Contract
from livelihood.settings import Settings
from producers.errors import SourceError
from producers.importing import ImportOptions, import_source
from producers.masking import mask, mask_values
from producers.sources.file import FileSource
from producers.sources.mapping import plain_mapping
from testkit.message_factory import IDENTITY, NAME
from testkit.raw_rows import wage_rows
from tests.unit.producers.memory_kafka import MemoryKafka

MOBILE = "13800138000"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"/data/{NAME}{IDENTITY}.xlsx cannot be read", "/data/….xlsx cannot be read"),
        (f"there is no file {NAME} {IDENTITY}.xlsx", "there is no file ….xlsx"),
        (f"工资-{NAME}{MOBILE}-3月.csv, line 4", "….csv, line 4"),
        (f"sheets: {IDENTITY[:6]}-{IDENTITY[6:14]}-{IDENTITY[14:]} {NAME}, 2", "sheets: …, 2"),
        ("pay-2022.csv, line 3", "pay-2022.csv, line 3"),
        ("more than 10000000000", "more than 10000000000"),
    ],
)
def test_an_identifier_is_masked_with_the_words_around(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_values_that_a_driver_quotes_are_masked() -> None:
    for text in (
        f'invalid input syntax for type integer: "{NAME}"',
        f"Incorrect integer value: '{NAME}' for column 'a'",
        f'conversion from `str` to `i64` failed for 1 value: ["{NAME}"]',
    ):
        assert NAME not in mask_values(text)


def test_nothing_that_is_written_or_reported_repeats_a_value(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    path = tmp_path / f"{NAME}{MOBILE}.csv"
    rows = wage_rows(6, amount_due_fen=NAME, due_date=NAME, occupation=MOBILE)
    rows = rows.drop("source_system", "recorded_at")
    ids = [f"w-{IDENTITY}-{number}" for number in range(6)]
    rows.with_columns(record_id=pl.Series(ids)).write_csv(path)
    notes: list[str] = []
    options = ImportOptions(notify=notes.append)
    source = FileSource(path)
    report = import_source(settings, wages, source, plain_mapping(wages), "test", options)
    assert report.rejected == 6
    assert report.rejects_path is not None
    entries = [json.loads(line) for line in report.rejects_path.read_text().splitlines()]
    assert {entry["file"] for entry in entries} == {"….csv"}
    assert [entry["line"] for entry in entries] == list(range(2, 8))
    stored = "".join(p.read_text() for p in settings.home.rglob("*.*json"))
    written = stored + source.name + str(notes + list(report.notes))
    assert not [secret for secret in (NAME, MOBILE, IDENTITY) if secret in written]
    assert kafka.documents() == []


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet"])
def test_a_header_of_values_is_not_repeated(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path, suffix: str
) -> None:
    frame = pl.DataFrame({NAME: ["a"], IDENTITY: ["b"], "wage": ["c"]})
    path = tmp_path / f"a.{suffix}"
    getattr(frame, f"write_{suffix}")(path)
    with pytest.raises(SourceError, match="an identity number: its line holds values") as raised:
        import_source(settings, wages, FileSource(path), plain_mapping(wages), "test")
    assert NAME not in str(raised.value)
    assert IDENTITY not in str(raised.value)


def test_the_error_about_a_file_does_not_repeat_its_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as raised:
        FileSource(tmp_path / f"{NAME} {IDENTITY}.xlsx")
    assert str(raised.value).endswith("/….xlsx")
