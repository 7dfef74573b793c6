"""An import is done once: interrupted anywhere, it ends with every row sent or rejected, once."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from livelihood.contracts import Contract
from livelihood.errors import BrokerUnavailable, LivelihoodError
from livelihood.settings import Settings
from producers.checkpoint import Checkpoint, open_checkpoint
from producers.errors import CheckpointBusy
from producers.importing import import_source
from producers.masking import mask
from producers.sender import SendReport
from producers.sources.file import FileSource
from producers.sources.mapping import Mapping, plain_mapping
from testkit.raw_rows import EMPLOYER_CODE, IDENTITY_NUMBERS, wage_rows
from testkit.workbooks import sheet_xml, write_workbook
from tests.unit.producers.memory_kafka import MemoryKafka

WRONG = "522327198501010011"


def write_wages(path: Path, count: int, wrong_every: int = 7) -> Path:
    """Write a CSV of wages; every `wrong_every`-th identity number has a wrong check digit."""
    rows = (
        wage_rows(count)
        .drop("source_system", "recorded_at")
        .with_columns(
            identity_number=pl.when(pl.int_range(pl.len()) % wrong_every == 3)
            .then(pl.lit(WRONG))
            .otherwise("identity_number")
        )
    )
    rows.write_csv(path)
    return path


def run(settings: Settings, contract: Contract, path: Path) -> SendReport:
    return import_source(settings, contract, FileSource(path), plain_mapping(contract), "payroll")


def reject_lines(report: SendReport) -> list[int]:
    assert report.rejects_path is not None
    return [json.loads(line)["line"] for line in report.rejects_path.read_text().splitlines()]


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.sender.WINDOW_ROWS", 5)
    monkeypatch.setattr("producers.sources.text.CHUNK_ROWS", 12)


@pytest.mark.usefixtures("small_windows")
def test_a_file_is_sent_and_its_bad_rows_are_listed(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    report = run(settings, wages, write_wages(tmp_path / "a.csv", 40))
    assert (report.sent, report.rejected) == (34, 6)
    assert reject_lines(report) == [5, 12, 19, 26, 33, 40]
    assert report.rejects_path is not None
    assert WRONG not in report.rejects_path.read_text()
    assert {d["source_system"] for d in kafka.documents()} == {"payroll"}


@pytest.mark.usefixtures("small_windows")
def test_a_file_that_was_sent_is_not_sent_again_even_when_renamed(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    path = write_wages(tmp_path / "a.csv", 20)
    first = run(settings, wages, path)
    sent = len(kafka.messages)
    again = run(settings, wages, path.rename(tmp_path / "b.csv"))
    assert len(kafka.messages) == sent
    assert (again.sent, again.rejected, again.rejects_path) == (
        first.sent,
        first.rejected,
        first.rejects_path,
    )


@examples(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(failures=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=4))
@pytest.mark.usefixtures("small_windows")
def test_an_interrupted_import_loses_nothing_and_repeats_only_what_was_not_acknowledged(
    settings: Settings,
    kafka: MemoryKafka,
    wages: Contract,
    tmp_path_factory: pytest.TempPathFactory,
    failures: list[tuple[int, bool]],
) -> None:
    folder = tmp_path_factory.mktemp("import")
    separate = settings.model_copy(update={"home": folder / "home"})
    path = write_wages(folder / "a.csv", 57)
    kafka.messages.clear()
    for windows, takes_failing_window in failures:
        kafka.windows_until_failure = windows
        kafka.takes_failing_window = takes_failing_window
        try:
            run(separate, wages, path)
        except BrokerUnavailable:
            continue
    kafka.windows_until_failure = None
    report = run(separate, wages, path)
    counts = Counter((d["record_id"], d["revision"]) for d in kafka.documents())
    assert len(counts) == report.sent == 57 - 8
    assert reject_lines(report) == list(range(5, 59, 7))
    if not any(is_stored for _, is_stored in failures):
        assert set(counts.values()) == {1}
    # A window that Kafka stored without acknowledging is sent again, equal to the byte.
    assert len(set(kafka.messages)) == len(counts)


def test_rows_written_before_a_crash_are_not_listed_twice(
    settings: Settings,
    kafka: MemoryKafka,
    wages: Contract,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a crash between rejects file and checkpoint, the file is truncated on resuming."""
    path = write_wages(tmp_path / "a.csv", 10)
    with monkeypatch.context() as patch:
        patch.setattr("producers.checkpoint.Checkpoint.save", _crash)
        with pytest.raises(KeyboardInterrupt):
            run(settings, wages, path)
    assert reject_lines(run(settings, wages, path)) == [5]


def _crash(_: object) -> None:
    raise KeyboardInterrupt


def test_records_keep_their_ids_when_the_checkpoint_is_lost(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    path = write_wages(tmp_path / "a.csv", 10)
    frame = pl.read_csv(path, infer_schema=False).drop("record_id")
    frame.write_csv(path)
    for _ in range(2):
        run(settings, wages, path)
        for file in (settings.home / "producers").glob("wage_payment-*.json"):
            file.unlink()
    assert len(kafka.messages) == 18
    assert len({d["record_id"] for d in kafka.documents()}) == 9


def test_a_recreated_topic_gets_everything_again(
    settings: Settings,
    kafka: MemoryKafka,
    wages: Contract,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write_wages(tmp_path / "a.csv", 10)
    run(settings, wages, path)
    monkeypatch.setattr("producers.importing.require_topic", lambda *_: "topic-2")
    report = run(settings, wages, path)
    assert len(kafka.messages) == 18
    assert reject_lines(report) == [5]


KEYED = Mapping(
    stream="wage_payment",
    source_system="payroll",
    key=("identity_number", "employer_code", "wage_month"),
    columns={
        name: "编号" if name == "identity_number" else name
        for name in wage_rows(1).columns
        if name not in ("record_id", "source_system", "recorded_at")
    },
)


def test_key_columns_make_the_same_record_of_two_exports(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    """The second export has one row more and its rows in another order; ids reveal nothing."""
    rows = wage_rows(6).drop("record_id", "source_system", "recorded_at")
    rows = rows.rename({"identity_number": "编号"})
    for number, frame in enumerate((rows.head(5), rows.reverse())):
        frame.write_csv(tmp_path / f"{number}.csv")
        import_source(settings, wages, FileSource(tmp_path / f"{number}.csv"), KEYED)
    ids = [document["record_id"] for document in kafka.documents()]
    assert len(ids) == 11
    assert len(set(ids)) == 6
    assert all(len(name) == 32 for name in ids)


def test_an_empty_key_column_is_a_reject(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    rows = wage_rows(2).drop("record_id", "source_system", "recorded_at")
    rows = rows.rename({"identity_number": "编号"}).with_columns(
        编号=pl.Series([None, IDENTITY_NUMBERS[0]])
    )
    rows.write_csv(tmp_path / "a.csv")
    report = import_source(settings, wages, FileSource(tmp_path / "a.csv"), KEYED)
    assert (report.sent, report.rejected) == (1, 1)
    assert report.rejects_path is not None
    assert "one of identity_number" in report.rejects_path.read_text()


def test_the_time_of_registration_is_that_of_sending(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    """The time of a file is that of its last copy, so that an older export could count."""
    path = write_wages(tmp_path / "a.csv", 2)
    os.utime(path, (1_650_000_000, 1_650_000_000))
    before = dt.datetime.now(dt.UTC)
    run(settings, wages, path)
    [moment] = {d["recorded_at"] for d in kafka.documents()}
    assert before <= dt.datetime.fromisoformat(moment) <= dt.datetime.now(dt.UTC)


def test_an_import_that_is_running_cannot_be_started_again(settings: Settings) -> None:
    def opened() -> AbstractContextManager[Checkpoint]:
        return open_checkpoint(settings, "wage_payment", "k", "a.csv", "t")

    with opened(), pytest.raises(CheckpointBusy, match=r"a\.csv"), opened():
        pass
    with opened():
        pass


def test_the_source_system_must_be_known(
    settings: Settings, wages: Contract, tmp_path: Path
) -> None:
    path = write_wages(tmp_path / "a.csv", 2)
    mapping = Mapping(stream="wage_payment", columns={"identity_number": "identity_number"})
    with pytest.raises(LivelihoodError, match="--source-system"):
        import_source(settings, wages, FileSource(path), mapping)


def test_reasons_contain_no_number_that_could_identify_a_person() -> None:
    reason = (
        f"invalid: a: {IDENTITY_NUMBERS[0]} and {EMPLOYER_CODE} and 522327001 < 10000000000000000"
    )
    assert mask(reason) == f"invalid: a: … and {EMPLOYER_CODE} and 522327001 < 10000000000000000"


def test_an_identity_number_in_the_wrong_column_is_not_in_the_rejects_file(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    number = IDENTITY_NUMBERS[5]
    rows = wage_rows(1, occupation=number, due_date=number).drop("source_system", "recorded_at")
    rows.write_csv(tmp_path / "a.csv")
    report = run(settings, wages, tmp_path / "a.csv")
    assert report.rejects_path is not None
    written = report.rejects_path.read_text()
    assert "identifier: occupation: it contains an identity number" in written
    assert "wrong_type: due_date: it is not a valid date" in written
    assert number not in written


def test_the_report_notes_what_was_left_out(
    settings: Settings, kafka: MemoryKafka, wages: Contract, tmp_path: Path
) -> None:
    names = [name for name in wage_rows(1).columns if name not in ("source_system", "recorded_at")]
    row = [str(value) for value in wage_rows(1).select(names).row(0)]
    sheet = sheet_xml([list(names), list(row)])
    sheets = {"备份": sheet, "工资": sheet}
    path = write_workbook(tmp_path / "a.xlsx", sheets, {"备份": "hidden"})
    report = run(settings, wages, path)
    assert (report.sent + report.rejected, len(kafka.messages)) == (1, report.sent)
    assert report.notes == ("hidden sheets were not read: 备份",)
