"""A query is a source like a file: ordered, resumable, sent once, and only ever read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from livelihood.contracts import Contract
from livelihood.errors import BrokerUnavailable
from livelihood.settings import Settings
from producers.errors import MappingError, SourceError
from producers.importing import import_source
from producers.sender import SendReport
from producers.sources import LINE
from producers.sources.addresses import database_url
from producers.sources.database import DatabaseSource, _text, open_database
from producers.sources.mapping import Mapping, plain_mapping
from testkit.raw_rows import wage_rows
from tests.unit.producers.memory_kafka import MemoryKafka

QUERY = "select n, amount from pay order by n"
WAGES = "select * from wages order by record_id;"


@pytest.fixture
def url(tmp_path: Path) -> sa.URL:
    url = sa.make_url(f"sqlite:///{tmp_path / 'pay.db'}")
    execute(url, "create table pay (n integer, amount real)")
    for number in range(5):
        execute(url, f"insert into pay values ({number}, {number + 0.5})")
    return url


@pytest.fixture
def wages_url(url: sa.URL) -> sa.URL:
    rows = wage_rows(40).drop("source_system", "recorded_at")
    rows.with_columns(pl.col(pl.Date).cast(pl.String)).write_database(
        "wages", engine := engine_of(url)
    )
    engine.dispose()
    return url


def engine_of(url: sa.URL) -> sa.Engine:
    return sa.create_engine(url)


def execute(url: sa.URL, statement: str) -> None:
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def source(url: sa.URL, query: str = QUERY) -> Iterator[DatabaseSource]:
    with open_database(url, "pay", query) as opened:
        yield opened


def send(
    settings: Settings, contract: Contract, url: sa.URL, mapping: Mapping | None = None
) -> SendReport:
    with source(url, WAGES) as opened:
        chosen = mapping or plain_mapping(contract)
        return import_source(settings, contract, opened, chosen, "payroll")


@pytest.mark.parametrize("start_row", [0, 1, 2, 4, 5])
def test_rows_come_in_order_and_from_any_row(
    url: sa.URL, start_row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.sources.text.CHUNK_ROWS", 2)
    with source(url) as opened:
        frames = list(opened.frames(start_row))
    rows = [row for frame in frames for row in frame.select("n", "amount", LINE).rows()]
    assert rows == [(str(n), str(n + 0.5), n + 1) for n in range(start_row, 5)]


def test_equal_rows_are_one_import_and_changed_rows_another(url: sa.URL) -> None:
    with source(url) as first, source(url, QUERY + " asc;\n") as second:
        assert first.fingerprint == second.fingerprint
    execute(url, "update pay set amount = 9 where n = 3")
    with source(url) as third:
        assert third.fingerprint != first.fingerprint


def test_an_interrupted_import_resumes_and_a_complete_one_sends_nothing(
    settings: Settings,
    kafka: MemoryKafka,
    wages: Contract,
    wages_url: sa.URL,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("producers.sender.WINDOW_ROWS", 5)
    kafka.windows_until_failure = 3
    with pytest.raises(BrokerUnavailable):
        send(settings, wages, wages_url)
    kafka.windows_until_failure = None
    for _ in range(2):
        report = send(settings, wages, wages_url)
        assert (report.sent, report.rejected) == (40, 0)
        ids = [document["record_id"] for document in kafka.documents()]
        assert sorted(ids) == sorted(f"w:{number}" for number in range(40))


def test_after_a_change_all_rows_are_sent_under_their_ids(
    settings: Settings, kafka: MemoryKafka, wages: Contract, wages_url: sa.URL
) -> None:
    send(settings, wages, wages_url)
    execute(wages_url, "update wages set amount_paid_fen = 1 where record_id = 'w:7'")
    execute(wages_url, "delete from wages where record_id = 'w:1'")
    send(settings, wages, wages_url)
    former, present = kafka.documents()[:40], kafka.documents()[40:]
    assert {d["record_id"] for d in former} - {d["record_id"] for d in present} == {"w:1"}
    assert [d["record_id"] for d in present if d["amount_paid_fen"] == 1] == ["w:7"]
    assert min(d["recorded_at"] for d in present) >= max(d["recorded_at"] for d in former)


def test_rows_without_an_id_need_a_key(
    settings: Settings, kafka: MemoryKafka, wages: Contract, wages_url: sa.URL
) -> None:
    execute(wages_url, "update wages set record_id = null where record_id = 'w:7'")
    assert send(settings, wages, wages_url).rejected == 1
    execute(wages_url, "alter table wages rename column record_id to position")
    rules = {k: v for k, v in plain_mapping(wages).columns.items() if k != "record_id"}
    mapping = Mapping(stream="wage_payment", columns=rules)
    by_key = mapping.model_copy(update={"key": ("identity_number",)})
    without_key = wages.model_copy(update={"business_key": ()})
    with source(wages_url, "select * from wages order by position") as opened:
        with pytest.raises(MappingError, match=r"no record_id.*`key`"):
            import_source(settings, without_key, opened, mapping, "payroll")
        assert import_source(settings, without_key, opened, by_key, "payroll").sent == 40
    assert len({d["record_id"] for d in kafka.documents()[-40:]}) == 40


def test_the_business_key_of_the_contract_makes_the_ids(
    settings: Settings, kafka: MemoryKafka, wages: Contract, wages_url: sa.URL
) -> None:
    execute(wages_url, "alter table wages drop column record_id")
    rules = {k: v for k, v in plain_mapping(wages).columns.items() if k != "record_id"}
    mapping = Mapping(stream="wage_payment", columns=rules)
    for paid in (0, 1):
        execute(wages_url, f"update wages set amount_paid_fen = {paid}")
        with source(wages_url, "select * from wages order by identity_number") as opened:
            import_source(settings, wages, opened, mapping, "payroll")
    assert len(kafka.documents()) == 80
    assert len({d["record_id"] for d in kafka.documents()}) == 40


def test_rows_that_change_while_they_are_read_are_an_error(url: sa.URL) -> None:
    with source(url) as opened:
        vars(opened)["fingerprint"] = "that of other rows"
        with pytest.raises(SourceError, match=r"order changed .* unique key"):
            list(opened.frames())


def test_a_query_without_order_cannot_be_resumed(url: sa.URL) -> None:
    with pytest.raises(SourceError, match="order by"), source(url, "select n from pay"):
        pass


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select a from nowhere order by 1", "pay refused the query: no such table: nowhere"),
        ("select n, n from pay order by 1", "several columns named n"),
        ("delete from pay where n in (select n from pay order by n)", "readonly database"),
        ("delete from pay where n in (1) returning n -- order by", "readonly database"),
    ],
)
def test_a_query_that_cannot_be_used_is_an_error(url: sa.URL, query: str, message: str) -> None:
    with source(url, query) as opened, pytest.raises(SourceError, match=message):
        list(opened.frames())
    with source(url) as opened:
        assert sum(frame.height for frame in opened.frames()) == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("文", "文"),
        (True, "true"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (dt.date(2022, 1, 5), "2022-01-05"),
        (dt.datetime(2022, 1, 5, 8), "2022-01-05T08:00:00"),
        (dt.datetime.fromisoformat("2022-01-05T08:00:00+08:00"), "2022-01-05T00:00:00Z"),
        ({"a": ["文"]}, '{"a": ["文"]}'),
    ],
)
def test_values_become_the_text_of_an_export(value: object, text: str | None) -> None:
    assert _text(value) == text


def write_sources(settings: Settings, content: str, mode: int = 0o600) -> Path:
    path = settings.home / "sources.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_named_database_is_read_from_the_private_file(settings: Settings, tmp_path: Path) -> None:
    path = write_sources(settings, '[pay]\nurl = "postgresql://me:secret@host/db"\n')
    assert database_url(settings, "pay").password == "secret"
    moved = path.rename(tmp_path / "elsewhere.toml")
    elsewhere = settings.model_copy(update={"sources_file": moved})
    assert database_url(elsewhere, "pay").host == "host"


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        ('[pay]\nurl = "secret"\n', 0o600, "url of pay is not like postgresql://"),
        ('[pay]\nurl = "a://me:secret@host:port/db"\n', 0o600, "url of pay is not like"),
        ('[loans]\nurl = "secret"\n[cases]\nurl = "b"\n', 0o600, "it names: loans, cases"),
        ('[pay]\nurl = "secret"\n', 0o640, r"others can read .* `chmod 600 "),
        ('[pay]\nurl = "secret', 0o600, "is not valid TOML"),
        ('[pay]\nurl = ["secret"]\n', 0o600, "pay.url: Input should be a valid string"),
        ('[pay]\npassword = "secret"\n', 0o600, "pay.url: Field required"),
        ('pay = "secret"\n', 0o600, "pay: Input should be a valid dict"),
    ],
)
def test_a_wrong_file_of_sources_is_an_error_without_its_secrets(
    settings: Settings, content: str, mode: int, message: str
) -> None:
    write_sources(settings, content, mode)
    with pytest.raises(SourceError, match=message) as caught:
        database_url(settings, "pay")
    assert "secret" not in str(caught.value)


def test_a_missing_or_unreadable_file_of_sources_is_an_error(
    settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(
        SourceError, match=r"there is no file .*sources.toml.*'Send from a database"
    ):
        database_url(settings, "pay")
    tmp_path.chmod(0o700)
    folder = settings.model_copy(update={"sources_file": tmp_path})
    with pytest.raises(SourceError, match="cannot be read: IsADirectoryError"):
        database_url(folder, "pay")


def test_a_driver_that_is_not_installed_is_named() -> None:
    for text in ("mysql+pymysql://me:secret@host/db", "unknown://me:secret@host/db"):
        url = sa.make_url(text)
        message = f"no driver for {url.drivername.replace('+', '.')}"
        with pytest.raises(SourceError, match=message), open_database(url, "pay", QUERY):
            pass
