"""Corrected exports: one fact is one record, and absent ones are withdrawn."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import Any

import polars as pl
import pytest
from pydantic import SecretStr

from livelihood.errors import BrokerUnavailable, LivelihoodError
from livelihood.settings import Settings
from producers.errors import ImportRefused
from producers.planning import Confirmations
from producers.tokens import Tokeniser
from testkit.raw_rows import IDENTITY_NUMBERS
from tests.unit.producers.exporting_office import Office, mapping, rows

KEY = ("identity_number", "employer_code", "wage_month")


def test_an_export_with_a_further_row_doubles_nothing(office: Office) -> None:
    """Without `key` in the mapping the business key of the contract makes the ids."""
    office.send(rows(20))
    office.send(rows(21))
    assert office.due() == 21 * 350_000


def test_ids_ignore_the_writing_of_an_identifier_and_survive_a_new_token_key(
    office: Office, settings: Settings
) -> None:
    office.send(rows(2))
    before = {record_id for _, record_id in office.current()}
    office.settings = settings.model_copy(
        update={"token_key": SecretStr("k" * 40), "token_key_version": 2}
    )
    spaced = pl.col("identity_number").str.replace("^(.{6})", "$1 ")
    report = office.send(rows(2).with_columns(spaced))
    assert {record_id for _, record_id in office.current()} == before
    # The persons have new tokens: their records under the old ones are withdrawn.
    assert report.withdrawn == 2
    assert office.due() == 2 * 350_000


def test_ids_of_a_mapping_key_are_those_of_0_1_0(office: Office, settings: Settings) -> None:
    """A home of 0.1.0 has imports and no record key: it begins as a copy of the token key."""
    (settings.home / "producers").mkdir(parents=True)
    (settings.home / "token.key").write_text("0" * 64)
    (settings.home / "token.key").chmod(0o600)
    (settings.home / "producers" / f"wage_payment-{'a' * 24}.json").write_text("{}")
    office.send(rows(1), mapping(key=KEY))
    # As version 0.1.0 sent it.
    assert [name for _, name in office.current()] == ["af378118b26e7802bf6d5ba2b9c5fce5"]
    assert (settings.home / "record.key").stat().st_mode & 0o777 == 0o600


def test_the_record_key_may_not_change(office: Office, settings: Settings) -> None:
    office.send(rows(1))
    office.settings = settings.model_copy(update={"record_key": SecretStr("r" * 40)})
    with pytest.raises(LivelihoodError, match="record key is not the one"):
        office.send(rows(2))


def test_the_first_keyed_send_withdraws_ids_of_row_numbers(office: Office) -> None:
    numbered = [f"{'0123456789abcdef01234567'}-{number}" for number in range(20)]
    columns = dict.fromkeys([*mapping().columns, "record_id"])
    with_ids = mapping(columns={name: name for name in columns})
    february = [f"{'f' * 24}-{number}" for number in range(5)]
    office.send(rows(20).with_columns(record_id=pl.Series(numbered)), with_ids)
    office.send(
        rows(5, wage_month=dt.date(2022, 2, 1)).with_columns(record_id=pl.Series(february)),
        with_ids,
    )
    report = office.send(rows(21), mapping(key=KEY))
    assert (report.sent, report.withdrawn) == (21, 20)
    assert office.due() == (21 + 5) * 350_000, "other months stay"
    assert any("20 records with other record ids are replaced" in note for note in office.notes)


def test_leaving_out_the_key_of_a_mapping_replaces_its_ids(office: Office) -> None:
    office.send(rows(3), mapping(key=KEY))
    report = office.send(rows(4))
    assert (report.sent, report.withdrawn) == (4, 3)
    assert office.due() == 4 * 350_000


def test_a_corrected_person_is_a_withdrawal_and_a_new_record(office: Office) -> None:
    chosen = mapping(key=("employer_code", "wage_month"))
    office.send(rows(1), chosen)
    other = rows(1).with_columns(identity_number=pl.lit(IDENTITY_NUMBERS[7]))
    assert office.send(other, chosen).withdrawn == 1
    assert office.due() == 350_000


def test_absent_records_of_a_complete_scope_are_withdrawn(office: Office) -> None:
    chosen = mapping(complete_for=["employer_code", "wage_month"])
    april = dt.date(2022, 4, 1)
    office.send(rows(30), chosen)
    office.send(rows(3, wage_month=april), chosen)
    report = office.send(rows(29), chosen)
    assert (report.sent, report.withdrawn) == (29, 1)
    assert office.due() == (29 + 3) * 350_000
    assert any("1 of 30 records that the export no longer contains" in n for n in office.notes)


def test_many_absent_records_need_confirmation(office: Office) -> None:
    chosen = mapping(complete_for=["employer_code", "wage_month"])
    office.send(rows(30), chosen)
    with pytest.raises(ImportRefused, match=r"no longer contains 20 of 30 .*--confirm-withdrawals"):
        office.send(rows(10), chosen)
    assert office.due() == 30 * 350_000
    assert not list((office.settings.home / "producers" / "pending").rglob("*.parquet"))
    office.send(rows(10), chosen, confirmed=Confirmations(withdrawals=True))
    assert office.due() == 10 * 350_000


def test_the_record_of_a_rejected_row_is_not_absent(office: Office) -> None:
    chosen = mapping(complete_for=["employer_code", "wage_month"])
    office.send(rows(5), chosen)
    bad = rows(5).with_columns(
        township_code=pl.when(pl.int_range(pl.len()) == 2)
        .then(pl.lit("1"))
        .otherwise("township_code")
    )
    report = office.send(bad, chosen)
    assert (report.rejected, report.withdrawn) == (1, 0)
    assert office.due() == 5 * 350_000


def test_a_dry_run_sends_nothing(office: Office) -> None:
    chosen = mapping(complete_for=["employer_code", "wage_month"])
    office.send(rows(5), chosen)
    sent = len(office.kafka.messages)
    report = office.send(rows(3), chosen, is_dry_run=True)
    assert (report.sent, report.withdrawn) == (3, 2)
    assert len(office.kafka.messages) == sent
    office.number -= 1
    assert office.send(rows(3), chosen).withdrawn == 2, "the dry run is not remembered"


def test_an_interrupted_import_keeps_its_plan_and_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.sender.WINDOW_ROWS", 5)
    chosen = mapping(complete_for=["employer_code", "wage_month"])
    office.send(rows(20), chosen)
    office.kafka.windows_until_failure = 2
    with pytest.raises(BrokerUnavailable):
        office.send(rows(17, amount_due_fen=1), chosen)
    office.kafka.windows_until_failure = None
    office.number -= 1
    report = office.send(rows(17, amount_due_fen=1), chosen)
    assert (report.sent, report.withdrawn) == (17, 3)
    assert office.due() == 17
    assert len({d["recorded_at"] for d in office.kafka.documents()}) == 2


def test_the_store_is_private_and_holds_no_identifier(office: Office) -> None:
    office.send(rows(3))
    folder = office.settings.home / "producers" / "sent" / "wage_payment-payroll"
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.glob("*.parquet"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert IDENTITY_NUMBERS[0].encode() not in path.read_bytes()
    for number in range(3):
        office.send(rows(3, amount_due_fen=number))
    assert len(list(folder.glob("*.parquet"))) == 1, "replaced segments are deleted"


def test_an_empty_store_without_a_warehouse_is_a_note(office: Office) -> None:
    office.send(rows(1))
    assert any("no warehouse runs here" in note for note in office.notes)


def test_new_options_of_mappings_do_not_send_every_file_again() -> None:
    """Completed imports are found by the fingerprint that version 0.1.0 computed."""
    old = "1023441396f1f3d27ad739db4f769ce1620315930032034222af211c2ea7f50f"
    assert mapping(key=KEY).fingerprint == old
    assert mapping(key=KEY, complete_for=["wage_month"]).fingerprint != old


def test_optional_columns_of_a_key_may_be_empty(office: Office) -> None:
    project = {
        "project_code": pl.lit(None, pl.String),
        "project_kind": pl.lit(None, pl.String),
        "project_investment_fen": pl.lit(None, pl.Int64),
    }
    names = [*mapping().columns, *project]
    chosen = mapping(key=(*KEY, "project_code"), columns={name: name for name in names})
    site = {"project_code": "P-1", "project_kind": "construction", "project_investment_fen": 1}
    report = office.send(
        pl.concat(
            [
                rows(2).with_columns(**project),
                rows(2).with_columns(**{name: pl.lit(value) for name, value in site.items()}),
            ],
            how="vertical_relaxed",
        ),
        chosen,
    )
    assert (report.sent, report.rejected) == (4, 0)
    assert len(office.current()) == 4


def test_a_deleted_spool_is_planned_again(office: Office) -> None:
    office.kafka.windows_until_failure = 0
    with pytest.raises(BrokerUnavailable):
        office.send(rows(3))
    shutil.rmtree(office.settings.home / "producers" / "pending")
    office.kafka.windows_until_failure = None
    office.number -= 1
    assert office.send(rows(3)).sent == len(office.kafka.messages) == 3


def test_a_source_system_is_no_path(office: Office) -> None:
    with pytest.raises(LivelihoodError, match=r"the source system '\.\./x' does not match"):
        office.send(rows(1), mapping().model_copy(update={"source_system": "../x"}))


@pytest.mark.parametrize("options", [{}, {"key": KEY}])
def test_a_generated_id_is_not_taken_for_an_identity_number(
    office: Office, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    """Of a few million ids one has eighteen digits in a row with a valid date and check digit."""
    looks_like = f"a{IDENTITY_NUMBERS[0]}b".ljust(32, "0")
    digest = Tokeniser.digest

    def unlucky(tokens: Tokeniser, kind: str, text: str) -> str:
        return looks_like if kind.startswith("record_id") else digest(tokens, kind, text)

    monkeypatch.setattr(Tokeniser, "digest", unlucky)
    assert office.send(rows(1), mapping(**options)).sent == 1
    assert [name for _, name in office.current()] == [looks_like]
