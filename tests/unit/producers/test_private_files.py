"""What producers store is readable by its owner only, with any umask."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from livelihood.contracts import Contract
from livelihood.pages import write_page
from livelihood.settings import Settings
from producers.importing import import_source
from producers.rejects import Reject, append_rejects
from producers.sources.file import FileSource
from producers.sources.mapping import plain_mapping
from testkit.raw_rows import wage_rows
from tests.unit.producers.memory_kafka import MemoryKafka


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    former = os.umask(0o022)
    yield
    os.umask(former)


def readable(folder: Path) -> list[Path]:
    """Return the files below a folder that others can read, if they can enter the folder."""
    exposed = []
    for path in folder.iterdir():
        if path.is_dir():
            exposed += readable(path) if path.stat().st_mode & 0o011 else []
        elif path.stat().st_mode & 0o066:
            exposed.append(path)
    return exposed


def test_no_file_of_a_send_is_readable_by_others(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    rows = wage_rows(6, township_code="999999999").vstack(wage_rows(9))
    rows.drop("source_system", "recorded_at").write_csv(tmp_path / "a.csv")
    source = FileSource(tmp_path / "a.csv")
    report = import_source(settings, wages, source, plain_mapping(wages), "test")
    assert (report.sent, report.rejected) == (9, 6)
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    kinds = {path.suffix for path in files}
    assert {".json", ".ndjson", ".parquet", ".key", ".lock"} <= kinds
    assert readable(settings.home) == []
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_an_existing_rejects_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "producers" / "rejects" / "a.ndjson"
    path.parent.mkdir(parents=True)
    path.touch(0o644)
    append_rejects(path, [Reject("a.csv", 1, ["x: y: z"])], 0)
    assert [p.stat().st_mode & 0o777 for p in (path, path.parent, path.parent.parent)] == [
        0o600, 0o700, 0o700,
    ]  # fmt: skip
    shutil.rmtree(tmp_path / "producers")


def test_a_page_has_the_permissions_of_the_one_before(tmp_path: Path) -> None:
    os.umask(0o077)
    page = write_page(tmp_path / "a.html", "first")
    assert page.stat().st_mode & 0o777 == 0o600
    page.chmod(0o644)
    assert write_page(page, "second").stat().st_mode & 0o777 == 0o644
