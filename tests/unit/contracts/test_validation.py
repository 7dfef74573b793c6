"""The checks of a contract, each at, just under and just over its bound."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from livelihood.contracts import load_contract, load_contracts
from livelihood.contracts.validation import REASONS, validate
from livelihood.load.decode import decode
from testkit.message_factory import TOWNSHIP, message, token

REFERENCES = {
    "regions.region_code": pl.Series([TOWNSHIP]),
    "regions.any_region_code": pl.Series([TOWNSHIP, "522327"]),
}


def codes(stream: str, **changes: Any) -> list[str]:
    """Return codes and columns of the reasons of a row with these changes."""
    frame, unreadable = decode([message(stream, **changes)], load_contract(stream))
    assert unreadable == [None]
    checked = validate(frame, load_contract(stream), REFERENCES)
    return [": ".join(reason.split(": ")[:2]) for reason in checked[REASONS][0]]


@pytest.mark.parametrize("stream", [*load_contracts()])
def test_a_good_row_has_no_reason(stream: str) -> None:
    assert codes(stream) == []


@pytest.mark.parametrize(
    ("stream", "changes", "reason"),
    [
        ("employment", {"status": None}, "missing: status"),
        ("employment", {"status": "retired"}, "invalid_value: status"),
        ("employment", {"contract_version": "9.0.0"}, "unknown_version: contract_version"),
        ("employment", {"township_code": "999999999"}, "unknown_reference: township_code"),
        ("employment", {"person_token": "invalid-" + token("x")}, "check_digit: person_token"),
        ("employment", {"person_token": "110101199003070000"}, "malformed: person_token"),
        ("employment", {"record_id": "x" * 65}, "too_long: record_id"),
        ("employment", {"record_id": "522327198501019098"}, "record_id_is_no_identifier: row"),
        ("employment", {"record_id": "5223271985010190981"}, None),
        ("employment", {"birth_year": 1899}, "below_minimum: birth_year"),
        ("employment", {"birth_year": 1900}, None),
        ("employment", {"end_date": "2022-01-09"}, "end_not_before_start: row"),
        ("employment", {"end_date": "2022-01-10"}, None),
        ("employment", {"post_type": None}, "employed_has_post: row"),
        ("employment", {"is_graduate": True, "graduation_year": None}, "graduate_has_year: row"),
        ("wage_payment", {"amount_paid_fen": -1}, "below_minimum: amount_paid_fen"),
        ("wage_payment", {"amount_paid_fen": 0}, None),
        ("wage_payment", {"paid_date": "1952-02-15"}, "paid_near_due: row"),
        ("wage_payment", {"paid_date": "2017-02-15"}, None),
        ("wage_payment", {"paid_date": "2017-02-14"}, "paid_near_due: row"),
        ("wage_payment", {"wage_month": "2022-01-02"}, "month_is_month_start: row"),
        ("wage_payment", {"project_code": "P1", "project_kind": None}, "project_complete: row"),
        ("social_insurance", {"contribution_paid_fen": None}, "contribution_has_amounts: row"),
        ("social_insurance", {"period_months": 13}, "above_maximum: period_months"),
        ("household_survey", {"quarter_month": "2022-04-01"}, "quarter_is_last_month: row"),
        ("household_survey", {"quarter_month": "2022-06-02"}, "quarter_is_last_month: row"),
        ("household_survey", {"wage_income_fen": -1}, "below_minimum: wage_income_fen"),
        ("household_survey", {"business_income_fen": -1}, None),
        ("training", {"ended_date": "2021-12-31"}, "ended_after_start: row"),
        ("training", {"ended_date": None}, None),
        (
            "training",
            {"certificate_level": "junior", "certificate_date": None},
            "certificate_complete: row",
        ),
        ("labour_case", {"accepted_date": "2021-12-31"}, "dates_in_order: row"),
        ("labour_case", {"closed_date": "2022-01-01"}, "closed_has_outcome: row"),
        ("labour_case", {"closed_date": "2022-01-01", "outcome": "settled"}, None),
        ("labour_case", {"outcome": "settled"}, "closed_has_outcome: row"),
        (
            "labour_case",
            {"accepted_date": None, "closed_date": "2022-02-01", "outcome": "rejected"},
            None,
        ),
        (
            "labour_case",
            {"accepted_date": None, "closed_date": "2022-02-01", "outcome": "settled"},
            "dates_in_order: row",
        ),
        ("startup_loan", {"repayment_due_date": "2022-01-01"}, "due_after_grant: row"),
        ("startup_loan", {"repayment_due_date": "2022-01-02"}, None),
        ("startup_loan", {"repaid_fen": 99_999}, None),
        ("startup_loan", {"repaid_fen": 100_000}, "repaid_is_complete: row"),
        ("startup_loan", {"repaid_fen": 100_001}, "repaid_within_principal: row"),
        ("startup_loan", {"repaid_date": "2022-02-01"}, "repaid_is_complete: row"),
        ("startup_loan", {"repaid_date": "2022-01-01", "repaid_fen": 100_000}, None),
        (
            "startup_loan",
            {"repaid_date": "2021-12-31", "repaid_fen": 100_000},
            "repaid_after_grant: row",
        ),
        ("startup_loan", {"bank_code": "册亨县农商行"}, "malformed: bank_code"),
        ("reported_figure", {"region_code": "522327"}, None),
        ("reported_figure", {"region_code": "522328"}, "unknown_reference: region_code"),
        ("reported_figure", {"office": "张三"}, "malformed: office"),
        ("reported_figure", {"evidence_reference": "册人社发〔2022〕15号"}, None),
        ("reported_figure", {"evidence_reference": "张三"}, "malformed: evidence_reference"),
        (
            "reported_figure",
            {"evidence_reference": "522327198501019098"},
            "evidence_is_no_identifier: row",
        ),
    ],
)
def test_a_bad_row_has_its_reason(stream: str, changes: dict[str, Any], reason: str | None) -> None:
    assert codes(stream, **changes) == ([reason] if reason else [])


def test_every_reason_of_a_row_is_given() -> None:
    reasons = codes("employment", status="retired", birth_year=1800, township_code="999999999")
    assert len(reasons) == 3


def test_reasons_never_repeat_a_malformed_token() -> None:
    frame, _ = decode(
        [message("employment", person_token="110101199003070000")], load_contract("employment")
    )
    reasons = validate(frame, load_contract("employment"), REFERENCES)[REASONS][0]
    assert not any("110101199003070000" in reason for reason in reasons)
