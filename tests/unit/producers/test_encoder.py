"""Raw rows become messages on the loader's fast path, or rejects with their reasons."""

from __future__ import annotations

import datetime as dt
import json
import re

import polars as pl
import pytest

from livelihood.contracts import Contract
from livelihood.contracts.references import references
from livelihood.contracts.validation import REASONS, validate
from livelihood.load.decode import decode
from producers.encoder import RecordEncoder
from producers.errors import SourceError
from producers.sources import FILE, LINE, PROBLEMS
from producers.tokens import Tokeniser
from testkit.raw_rows import IDENTITY_NUMBERS, wage_rows


def encoder(contract: Contract, *, forward_invalid: bool = False) -> RecordEncoder:
    tokens = Tokeniser(b"key")
    return RecordEncoder(contract, tokens, 7, references(), forward_invalid=forward_invalid)


def set_row(frame: pl.DataFrame, row: int, name: str, value: object) -> pl.DataFrame:
    """Return the frame with one value replaced."""
    is_row = pl.int_range(pl.len()) == row
    return frame.with_columns(pl.when(is_row).then(pl.lit(value)).otherwise(name).alias(name))


def test_messages_have_exactly_the_contracts_columns_without_nulls(wages: Contract) -> None:
    encoded = encoder(wages).encode(wage_rows(2))
    document = json.loads(encoded.values[0])
    names = [column.name for column in wages.columns]
    absent = {"project_code", "project_kind", "project_investment_fen", "fiscal_subsidy_fen"}
    assert list(document) == [name for name in names if name not in absent | {"paid_date"}]
    assert document["revision"] == 1
    assert document["operation"] == "upsert"
    assert document["contract_version"] == wages.version
    assert document["token_key_version"] == 7
    assert document["token_key_fingerprint"] == Tokeniser(b"key").fingerprint
    assert document["recorded_at"] == "2022-03-01T08:00:00Z"
    assert document["wage_month"] == "2022-01-01"
    assert encoded.keys[0] == document["person_token"].encode()


def test_the_fingerprint_is_that_of_the_key_even_if_the_source_has_another(
    wages: Contract,
) -> None:
    rows = wage_rows(1, token_key_fingerprint="0123456789abcdef")
    document = json.loads(encoder(wages).encode(rows).values[0])
    assert document["token_key_fingerprint"] == Tokeniser(b"key").fingerprint


def test_a_row_recorded_after_the_clock_is_rejected(wages: Contract) -> None:
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(hours=26)
    rows = set_row(wage_rows(2), 1, "recorded_at", tomorrow)
    tokens, tolerance = Tokeniser(b"key"), dt.timedelta(hours=24)
    strict = RecordEncoder(wages, tokens, 7, references(), future_tolerance=tolerance)
    (reject,) = strict.encode(rows).rejects
    assert reject.reasons == ["future_recorded_at: recorded_at: later than the clock allows"]


def test_the_loader_reads_back_what_was_sent(wages: Contract) -> None:
    rows = set_row(wage_rows(50), 3, "source_system", "test_2").with_columns(
        pl.col("recorded_at").dt.offset_by("123ms")
    )
    encoded = encoder(wages).encode(rows)
    frame, unreadable = decode(encoded.values, wages)
    assert unreadable == [None] * 50
    checked = validate(frame, wages, references())
    assert checked[REASONS].list.len().sum() == 0
    same = ["record_id", "recorded_at", "wage_month", "amount_due_fen", "source_system"]
    assert frame.select(same).equals(rows.select(same))


def test_no_identifier_is_in_a_message(wages: Contract) -> None:
    encoded = encoder(wages).encode(wage_rows(20))
    everything = b"".join([*encoded.keys, *encoded.values]).decode()
    assert not any(number in everything for number in IDENTITY_NUMBERS[:20])
    assert not re.search(r"\d{17}[\dX]", everything)


def test_strings_that_look_like_json_stay_what_they_are(wages: Contract) -> None:
    tricky = 'a","paid_date":null,"b'
    rows = encoder(wages, forward_invalid=True).encode(
        set_row(wage_rows(1), 0, "source_system", tricky)
    )
    assert json.loads(rows.values[0])["source_system"] == tricky


def test_rejects_name_file_line_and_every_reason(wages: Contract) -> None:
    rows = wage_rows(4).with_columns(
        pl.lit("pay.csv").alias(FILE), pl.int_range(pl.len()).add(2).alias(LINE)
    )
    rows = set_row(rows, 1, "identity_number", "522327198501010011")
    rows = set_row(rows, 1, "township_code", "522327999")
    rows = set_row(rows, 3, "amount_due_fen", None)
    encoded = encoder(wages).encode(rows)
    assert len(encoded.values) == 2
    assert [(reject.file, reject.line) for reject in encoded.rejects] == [
        ("pay.csv", 3),
        ("pay.csv", 5),
    ]
    assert [reason.split(":")[:2] for reason in encoded.rejects[0].reasons] == [
        ["check_digit", " person_token"],
        ["unknown_reference", " township_code"],
    ]
    assert encoded.rejects[1].reasons == ["missing: amount_due_fen: a value is required"]
    assert encoded.rows == 4


def test_invalid_rows_can_be_forwarded_for_the_quarantine(wages: Contract) -> None:
    rows = set_row(wage_rows(2), 1, "identity_number", "522327198501010011")
    encoded = encoder(wages, forward_invalid=True).encode(rows)
    assert encoded.rejects == []
    document = json.loads(encoded.values[1])
    assert re.fullmatch("invalid-[0-9a-f]{32}", document["person_token"])
    frame, _ = decode(encoded.values, wages)
    reasons = validate(frame, wages, references())[REASONS].to_list()
    assert reasons[0] == []
    assert [reason.split(":")[0] for reason in reasons[1]] == ["check_digit"]


@pytest.mark.parametrize("forward_invalid", [False, True])
def test_an_identity_number_in_another_column_is_never_sent(
    wages: Contract, forward_invalid: bool
) -> None:
    leaking = f"x:{IDENTITY_NUMBERS[0]}"
    rows = set_row(wage_rows(2), 1, "record_id", leaking)
    encoded = encoder(wages, forward_invalid=forward_invalid).encode(rows)
    assert len(encoded.values) == 1
    assert encoded.rejects[0].reasons == [
        "identifier: record_id: it contains an identity number, which must not be sent"
    ]


def test_a_source_problem_hides_what_follows_from_it(wages: Contract) -> None:
    problems = [["wrong_type: amount_due_fen: x is not a valid integer"], ["fields: row: 2 of 3"]]
    rows = wage_rows(2).with_columns(
        pl.Series(PROBLEMS, problems), pl.lit(None, pl.Int64).alias("amount_due_fen")
    )
    encoded = encoder(wages, forward_invalid=True).encode(rows)
    assert [reject.reasons for reject in encoded.rejects] == problems


def test_a_typed_column_that_cannot_be_cast_is_rejected(wages: Contract) -> None:
    rows = wage_rows(2).with_columns(pl.Series("fiscal_subsidy_fen", ["100", "a lot"]))
    encoded = encoder(wages).encode(rows)
    assert json.loads(encoded.values[0])["fiscal_subsidy_fen"] == 100
    assert encoded.rejects[0].reasons == [
        "wrong_type: fiscal_subsidy_fen: it is not a valid integer"
    ]


@pytest.mark.parametrize("identifier", [None, "", "  "])
def test_a_missing_identifier_is_missing(wages: Contract, identifier: str | None) -> None:
    encoded = encoder(wages).encode(set_row(wage_rows(1), 0, "identity_number", identifier))
    assert encoded.rejects[0].reasons == ["missing: person_token: a value is required"]


def test_missing_and_unknown_columns(wages: Contract) -> None:
    with pytest.raises(SourceError, match="lack the column identity_number"):
        encoder(wages).encode(wage_rows(1).drop("identity_number"))
    with pytest.raises(SourceError, match="no column bonus"):
        encoder(wages).encode(wage_rows(1).with_columns(bonus=1))


def test_no_rows(wages: Contract) -> None:
    encoded = encoder(wages).encode(wage_rows(0))
    assert (encoded.keys, encoded.values, encoded.rejects) == ([], [], [])
