"""Rows with the same key in one file, and exports that are sent in another order than written."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest

from livelihood.errors import LivelihoodError
from producers.errors import ImportRefused
from producers.planning import Confirmations
from producers.sender import SendReport
from tests.unit.producers.exporting_office import Office, mapping, rows


def reasons(report: SendReport) -> list[tuple[int, str]]:
    assert report.rejects_path is not None
    lines = report.rejects_path.read_text(encoding="utf-8").splitlines()
    return [(entry["line"], entry["reasons"][0]) for entry in map(json.loads, lines)]


@pytest.mark.parametrize("chunk_rows", [1, 100])
def test_rows_with_the_same_key_are_refused_with_their_lines(
    office: Office, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    """A wage and a bonus line: neither counts, wherever in the file they are."""
    monkeypatch.setattr("producers.sources.text.CHUNK_ROWS", chunk_rows)
    bonus = rows(1, amount_due_fen=50_000)
    report = office.send(pl.concat([rows(3), bonus]))
    assert (report.sent, report.rejected) == (2, 2)
    assert [line for line, _ in reasons(report)] == [2, 5]
    assert "lines 2, 5 have the same key" in reasons(report)[0][1]
    assert office.due() == 2 * 350_000


@pytest.mark.parametrize("chunk_rows", [1, 100])
def test_rows_with_the_same_key_are_summed_by_rule(
    office: Office, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr("producers.sources.text.CHUNK_ROWS", chunk_rows)
    bonus = rows(1, amount_due_fen=50_000, amount_paid_fen=1)
    chosen = mapping(sum=["amount_due_fen", "amount_paid_fen"])
    report = office.send(pl.concat([rows(3), bonus]), chosen)
    assert (report.sent, report.rejected) == (3, 0)
    assert office.due() == 3 * 350_000 + 50_000
    assert {d["amount_paid_fen"] for d in office.current().values()} == {350_000, 350_001}


def test_rows_that_differ_elsewhere_are_not_summed(office: Office) -> None:
    other = rows(1, amount_due_fen=50_000, due_date=dt.date(2022, 2, 16))
    chosen = mapping(sum=["amount_due_fen", "amount_paid_fen"])
    report = office.send(pl.concat([rows(3), other]), chosen)
    assert (report.sent, report.rejected) == (2, 2)
    assert "due_date: lines 2, 5" in reasons(report)[0][1]


def test_a_sum_above_the_maximum_is_refused(office: Office) -> None:
    most = rows(1, amount_due_fen=10_000_000_000)
    chosen = mapping(sum=["amount_due_fen", "amount_paid_fen"])
    report = office.send(pl.concat([most, most]), chosen)
    assert (report.sent, report.rejected) == (0, 1)
    assert "(sum of several lines)" in reasons(report)[0][1]


MARCH, APRIL = (dt.datetime(2022, month, 1, tzinfo=dt.UTC) for month in (3, 4))


def test_an_older_file_replaces_nothing_unconfirmed(office: Office) -> None:
    office.send(rows(3, amount_due_fen=2), written=APRIL)
    with pytest.raises(ImportRefused, match=r"2022-03-01 08:00.*3 records.*--exported-at"):
        office.send(rows(3, amount_due_fen=1), written=MARCH)
    assert office.due() == 3 * 2
    office.send(rows(4), written=APRIL)
    office.send(rows(3, amount_due_fen=1), written=MARCH, confirmed=Confirmations(older=True))
    assert office.due() == 3 * 1 + 350_000


def test_of_two_stated_times_the_later_one_counts(office: Office) -> None:
    office.send(rows(3, amount_due_fen=2), exported_at=APRIL)
    office.send(rows(4, amount_due_fen=1), exported_at=MARCH)
    assert office.due() == 3 * 2 + 1
    assert "3 records stay, because newer ones were sent" in office.notes
    with pytest.raises(LivelihoodError, match="is in the future"):
        office.send(rows(1), exported_at=dt.datetime(2099, 1, 1, tzinfo=dt.UTC))


def test_sending_an_older_export_again_changes_nothing_and_says_so(office: Office) -> None:
    office.send(rows(3, amount_due_fen=1))
    office.send(rows(3, amount_due_fen=2))
    assert office.send(rows(3, amount_due_fen=1)).is_repeated
    assert office.due() == 3 * 2
