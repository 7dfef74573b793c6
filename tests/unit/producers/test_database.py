"""A query is a source like a file: ordered, resumable, with the database's types."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from producers.errors import SourceError
from producers.sources import LINE
from producers.sources.database import DatabaseSource

QUERY = "select n, amount from pay order by n"


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'pay.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table pay (n integer, amount real)"))
        for number in range(5):
            row = {"n": number, "a": number + 0.5}
            connection.execute(sa.text("insert into pay values (:n, :a)"), row)
    engine.dispose()
    return url


@pytest.mark.parametrize("start_row", [0, 1, 2, 4, 5])
def test_rows_come_in_order_and_from_any_row(
    url: str, start_row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.sources.database.CHUNK_ROWS", 2)
    frames = list(DatabaseSource(url, QUERY, "2022-01").frames(start_row))
    rows = [row for frame in frames for row in frame.select("n", "amount", LINE).rows()]
    assert rows == [(n, n + 0.5, n + 1) for n in range(start_row, 5)]


def test_another_snapshot_is_another_import(url: str) -> None:
    prints = {DatabaseSource(url, QUERY, snapshot).fingerprint for snapshot in ("a", "b", "a")}
    assert len(prints) == 2


def test_a_query_without_order_cannot_be_resumed(url: str) -> None:
    with pytest.raises(SourceError, match="order by"):
        DatabaseSource(url, "select n from pay", "a")


def test_a_refused_query_is_an_error_without_the_password(url: str) -> None:
    with pytest.raises(SourceError, match="refused the query"):
        list(DatabaseSource(url, "select nothing from nowhere order by 1", "a").frames())
    source = DatabaseSource("postgresql://me:secret@host/db", QUERY, "a")
    assert "secret" not in source.name
