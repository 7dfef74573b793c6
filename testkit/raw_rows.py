"""Raw rows as a source yields them: identifiers in the clear, all persons invented."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from stdnum.cn import ric, uscc

from testkit.message_factory import TOWNSHIP

_FIRST_BIRTHDAY = dt.date(1960, 1, 1)
_BIRTHDAYS = [_FIRST_BIRTHDAY + dt.timedelta(days=number) for number in range(10_000)]
# Sequence number 999 is assigned to no person.
_BODIES = [f"522327{birthday:%Y%m%d}999" for birthday in _BIRTHDAYS]
IDENTITY_NUMBERS = [body + ric.calc_check_digit(body + "0") for body in _BODIES]
EMPLOYER_CODE = "91522327MAX900010" + uscc.calc_check_digit("91522327MAX900010")


def wage_rows(count: int, **changes: Any) -> pl.DataFrame:
    """Return raw rows of wage_payment that meet the contract, for up to 10,000 workers."""
    fixed = {
        "source_system": "test",
        "recorded_at": dt.datetime(2022, 3, 1, 8, tzinfo=dt.UTC),
        "employer_code": EMPLOYER_CODE,
        "township_code": TOWNSHIP,
        "employer_kind": "enterprise",
        "post_type": "regular",
        "occupation": "other",
        "is_migrant_worker": True,
        "is_exited_poverty": False,
        "is_relocated": False,
        "is_local": True,
        "wage_month": dt.date(2022, 1, 1),
        "is_full_month": True,
        "is_project_registered": False,
        "is_real_name_registered": False,
        "has_labour_contract": True,
        "is_supervised_account": False,
        "amount_due_fen": 350_000,
        "amount_paid_fen": 350_000,
        "due_date": dt.date(2022, 2, 15),
    }
    people = [IDENTITY_NUMBERS[number % len(IDENTITY_NUMBERS)] for number in range(count)]
    frame = pl.DataFrame(
        {"record_id": [f"w:{n}" for n in range(count)], "identity_number": people},
        schema={"record_id": pl.String, "identity_number": pl.String},
    )
    return frame.with_columns(
        pl.lit(value).alias(name) for name, value in (fixed | changes).items()
    )
