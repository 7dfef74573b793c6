"""Start-up loans: contract rules, simulated number and variety, and indicators by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from simulator import load_profile, simulate
from simulator.oracle.aggregates import current
from simulator.streams.startup_loan import LoansProfile
from tests.unit.simulator.handwritten import HERE, THERE, expected_values, rows
from tests.unit.streams.row_reasons import row_reasons

START, END = dt.date(2022, 1, 1), dt.date(2023, 12, 31)
WHOLE = load_profile().part(LoansProfile)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"repayment_due_date": "2022-01-01"}, "due_after_grant: row"),
        ({"repayment_due_date": "2022-01-02"}, None),
        ({"repaid_fen": 99_999}, None),
        ({"repaid_fen": 100_000}, "repaid_is_complete: row"),
        ({"repaid_fen": 100_001}, "repaid_within_principal: row"),
        ({"repaid_date": "2022-02-01"}, "repaid_is_complete: row"),
        ({"repaid_date": "2022-01-01", "repaid_fen": 100_000}, None),
        ({"repaid_date": "2021-12-31", "repaid_fen": 100_000}, "repaid_after_grant: row"),
        ({"bank_code": "册亨县农商行"}, "malformed: bank_code"),
    ],
)
def test_a_bad_row_has_its_reason(changes: dict[str, Any], reason: str | None) -> None:
    assert row_reasons("startup_loan", **changes) == ([reason] if reason else [])


def loan(
    granted: dt.date, due: dt.date, repaid: dt.date | None = None, **more: object
) -> dict[str, object]:
    return {
        "identity_number": "a", "residence": "rural", "loan_code": "L-1", "bank_code": "B",
        "loan_kind": "personal", "granted_date": granted, "repayment_due_date": due,
        "repaid_date": repaid, "principal_fen": 10_000_000, "employed_persons": 2,
        "repaid_fen": 10_000_000 if repaid else 0,
        "interest_subsidy_due_fen": 30_000, "interest_subsidy_paid_fen": 30_000, **more,
    }  # fmt: skip


def test_a_loan_counts_when_it_is_granted_and_when_its_term_is_over() -> None:
    january, february = dt.date(2022, 1, 31), dt.date(2022, 2, 20)
    before, later = dt.date(2021, 2, 1), dt.date(2024, 1, 1)
    late = dt.date(2022, 2, 21)
    values = expected_values(
        startup_loan=rows(
            "startup_loan",
            loan(january, later, is_graduate=True),
            loan(january, later, principal_fen=50, residence="urban", employed_persons=0),
            loan(before, february, february),
            loan(before, february, late, interest_subsidy_paid_fen=90_000),
            loan(before, february, interest_subsidy_paid_fen=0, township_code=THERE),
            # After the as-of date.
            loan(dt.date(2022, 3, 1), later),
        )
    )
    assert values["startup_loan_granted_yuan", "all", HERE, 1][2] == Decimal("100000.5")
    assert values["startup_loan_borrowers_persons", "rural", HERE, 1][2] == 1
    assert values["startup_loan_employed_persons", "graduate", HERE, 1][2] == 2
    # February has records of the township, so that zero loans were granted.
    assert values["startup_loan_borrowers_persons", "all", THERE, 2][2] == 0
    assert values["startup_loan_on_time_pct", "all", HERE, 2] == (1, 2, 50)
    assert values["startup_loan_on_time_pct", "all", "522327", 2][:2] == (1, 3)
    # An excess subsidy does not compensate for another loan.
    subsidy = values["startup_loan_subsidy_pct", "all", "522327", 2]
    assert subsidy == (600, 900, Decimal("66.6667"))
    assert ("startup_loan_on_time_pct", "all", HERE, 1) not in values


@pytest.fixture(scope="module")
def loans() -> pl.DataFrame:
    """All loans of the county, with few of its people."""
    profile = load_profile().scaled(0.02).with_values({"loans": dict(WHOLE)})
    return simulate(profile, 1, START, END, faults=False).frame("startup_loan")


def test_loans_have_the_number_and_size_of_the_plan(loans: pl.DataFrame) -> None:
    new = current({"startup_loan": loans}, "startup_loan").filter(pl.col("granted_date") >= START)
    assert new.height / 2 == pytest.approx(WHOLE.loans_per_year, rel=0.05)
    assert new["principal_fen"].sum() / 2 / 100 > 20_000_000
    most = new.group_by("loan_kind").agg(pl.col("principal_fen").max())
    assert all(amount <= WHOLE.most_fen[kind] for kind, amount in most.iter_rows())
    assert (loans["recorded_at"].dt.date() >= START).all()


def test_loans_end_in_time_late_or_not_at_all(loans: pl.DataFrame) -> None:
    over = current({"startup_loan": loans}, "startup_loan").filter(
        pl.col("repayment_due_date") < dt.date(2023, 6, 1)
    )
    days = over["repaid_date"] - over["repayment_due_date"]
    assert (days <= dt.timedelta(0)).any()
    assert (days > dt.timedelta(0)).any()
    assert days.is_null().any()
    unpaid = over["interest_subsidy_paid_fen"] < over["interest_subsidy_due_fen"]
    assert 0 < unpaid.sum() < 0.1 * over.height
    assert set(loans["revision"].unique()) == {1, 2, 3}
