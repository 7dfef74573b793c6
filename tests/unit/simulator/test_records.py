"""Good records meet their contracts; faulty ones break the rule that their fault names."""

import hashlib

import polars as pl
import pytest
from stdnum.cn import ric, uscc

from livelihood.contracts import load_contract
from livelihood.contracts.references import references
from livelihood.contracts.validation import REASONS, message_schema, validate
from producers.tokens import CHECKS
from simulator import STREAMS, Simulation
from simulator.faults.records import ACCEPTED_FAULTS, REJECTED_FAULTS
from simulator.oracle.aggregates import current, identity
from simulator.records import raw_name, raw_schema

REASON_CODES = {
    "invalid_check_digit": "check_digit",
    "unknown_region": "unknown_reference",
    "negative_amount": "below_minimum",
    "paid_century_early": "paid_near_due",
}


def tokenised(frame: pl.DataFrame, stream: str) -> pl.DataFrame:
    """Return raw records as a sender would send them, with tokens that belong to no key."""
    contract = load_contract(stream)
    columns = []
    for column in contract.columns:
        if column.token_source is None:
            continue
        values = frame[raw_name(column)].drop_nulls().unique().to_list()
        is_right = CHECKS.get(column.source_check or "")
        tokens = [
            ("" if is_right is None or is_right(value) else "invalid-")
            + hashlib.md5(value.encode()).hexdigest()
            for value in values
        ]
        source = frame[raw_name(column)]
        records = source.replace_strict(values, tokens, return_dtype=pl.String, default=None)
        columns.append(records.alias(column.name))
    filled = frame.with_columns(
        *columns,
        contract_version=pl.lit(contract.version),
        token_key_version=pl.lit(1, pl.Int32),
        token_key_fingerprint=pl.lit(None, pl.String),
    )
    return filled.select(*message_schema(contract), "_fault")


@pytest.mark.parametrize("stream", STREAMS)
def test_rows_have_the_columns_of_the_contract_before_tokenising(
    county: Simulation, stream: str
) -> None:
    frame = county.frame(stream)
    assert frame.drop("_fault", "_sent_at").schema == raw_schema(stream)


@pytest.mark.parametrize("stream", STREAMS)
def test_accepted_rows_meet_the_contract_and_broken_ones_do_not(
    county: Simulation, stream: str
) -> None:
    rows = tokenised(county.frame(stream), stream)
    checked = validate(rows, load_contract(stream), references())
    broken = pl.col("_fault").is_in(REJECTED_FAULTS).fill_null(value=False)
    assert checked.filter(~broken)[REASONS].list.len().max() == 0
    for fault, reasons in checked.filter(broken).select("_fault", REASONS).iter_rows():
        codes = {reason.split(":")[0] for reason in reasons}
        assert REASON_CODES[fault] in codes


@pytest.mark.parametrize("stream", STREAMS)
def test_identifiers_have_valid_check_digits_except_in_the_fault(
    county: Simulation, stream: str
) -> None:
    frame = county.frame(stream)
    wrong = (pl.col("_fault") == "invalid_check_digit").fill_null(value=False)
    if "identity_number" in frame.columns:
        assert all(map(ric.is_valid, frame.filter(~wrong)["identity_number"].unique()))
        assert not any(map(ric.is_valid, frame.filter(wrong)["identity_number"].unique()))
    if "employer_code" in frame.columns:
        assert all(map(uscc.is_valid, frame["employer_code"].drop_nulls().unique()))


def test_identity_numbers_are_unique_and_recognisably_invented(county: Simulation) -> None:
    records = current({"employment": county.accepted("employment")}, "employment")
    people = records.unique(["identity_number", "household_number"])
    assert people["identity_number"].is_unique().all()
    assert (people["identity_number"].str.slice(14, 1) == "9").all()
    assert (people["identity_number"].str.head(6) == "522327").all()
    birth_year = people["identity_number"].str.slice(6, 4).cast(pl.Int32)
    assert (birth_year == people["birth_year"]).all()


def test_households_share_their_traits(county: Simulation) -> None:
    traits = ["is_exited_poverty", "is_relocated", "is_monitored", "is_low_income", "residence"]
    people = county.accepted("employment").unique(["identity_number"])
    differing = people.group_by("household_number").agg(pl.col(traits).n_unique())
    assert differing.select(pl.max_horizontal(pl.col(traits).max())).item() == 1


def impossible_faults(stream: str) -> set[str]:
    """Return the faults that the columns of a stream do not allow."""
    names = raw_schema(stream).names()
    possible = {
        "invalid_check_digit": "identity_number" in names,
        "negative_amount": any(name.endswith("_fen") for name in names),
        "paid_century_early": "paid_date" in names,
    }
    return {fault for fault, is_possible in possible.items() if not is_possible}


@pytest.mark.parametrize("stream", STREAMS)
def test_every_fault_occurs_at_its_rate(county: Simulation, stream: str) -> None:
    counts = dict(county.frame(stream)["_fault"].drop_nulls().value_counts().iter_rows())
    assert set(counts) == set(REJECTED_FAULTS + ACCEPTED_FAULTS) - impossible_faults(stream)
    good = county.frame(stream).height / 1.02
    for fault, number in counts.items():
        # A small stream has each fault at least once.
        assert number == pytest.approx(good * 0.004, rel=0.1, abs=3), fault


def test_a_duplicate_is_an_identical_row(county: Simulation) -> None:
    frame = county.frame("wage_payment")
    columns = [name for name in frame.columns if not name.startswith("_")]
    for row in frame.filter(pl.col("_fault") == "duplicate").iter_rows(named=True):
        same = frame.filter(
            (pl.col("record_id") == row["record_id"]) & (pl.col("revision") == row["revision"])
        )
        assert same.height == 2
        assert same.select(columns).n_unique() == 1


@pytest.mark.parametrize("stream", STREAMS)
def test_a_correction_replaces_another_township_month_or_amount(
    county: Simulation, stream: str
) -> None:
    frame = county.accepted(stream)
    corrected = frame.filter(pl.col("_fault") == "corrected")
    before = frame.filter(pl.col("revision") == 1).join(corrected, on="record_id", suffix="_right")
    assert before.height == corrected.height
    assert (before["recorded_at"] < before["recorded_at_right"]).all()
    other_column = "value_ten_thousandths" if stream == "reported_figure" else "township_code"
    month = next(name for name, type_ in raw_schema(stream).items() if type_ == pl.Date())
    for column in (other_column, month):
        differs = before[column].ne_missing(before[f"{column}_right"])
        assert differs.sum() >= corrected.height // 4
    if stream == "wage_payment":
        assert (before["amount_paid_fen"] != before["amount_paid_fen_right"]).any()


@pytest.mark.parametrize("stream", STREAMS)
def test_a_withdrawal_takes_back_a_record_registered_by_mistake(
    county: Simulation, stream: str
) -> None:
    frame = county.accepted(stream)
    back = frame.filter(pl.col("_fault") == "withdrawn")
    assert (back["operation"] == "withdraw").all()
    assert (back["revision"] == 2).all()
    first = frame.filter(pl.col("revision") == 1)
    assert back.join(first, on=identity(stream)).height == back.height


def test_a_record_of_a_wrong_entity_is_withdrawn_under_the_number_of_the_right_one(
    county: Simulation,
) -> None:
    for stream in ("employment", "social_insurance", "wage_payment"):
        frame = county.accepted(stream)
        back = frame.filter(pl.col("_fault") == "withdrawn")
        right = frame.filter(pl.col("revision") == 1).join(back, on="record_id", suffix="_wrong")
        right = right.filter(pl.col("identity_number") != pl.col("identity_number_wrong"))
        assert right.height >= back.height // 4


@pytest.mark.parametrize("stream", STREAMS)
def test_a_late_row_is_recorded_or_sent_weeks_later(county: Simulation, stream: str) -> None:
    late = county.frame(stream).filter(pl.col("_fault") == "late")
    waited = (late["_sent_at"] - late["recorded_at"]).dt.total_days()
    assert set(waited.is_between(35, 130).to_list()) == {True, False}
    assert (waited.filter(~waited.is_between(35, 130)) == 0).all()
