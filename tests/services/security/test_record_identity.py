"""No producer replaces, withdraws or outranks the records of another system or entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from expectations.check import NoRows
from expectations.checks.identity import IDENTITY_CHECKS
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.transform.dbt import run_dbt
from livelihood.transform.run import read_horizon, variables
from livelihood.warehouse import connect
from testkit.message_factory import message, token
from testkit.platforms import AS_OF
from testkit.topics import send

STREAM = "wage_payment"
MODELS = ("staging", "intermediate.records", "intermediate.identity", "checkpoint")
OWNER: dict[str, Any] = {"source_system": "payroll"}
OTHER: dict[str, Any] = {"source_system": "other"}
HIGHEST: dict[str, Any] = {"revision": 9999, "recorded_at": "2098-12-31T00:00:00Z"}
PAID: dict[str, Any] = {"amount_paid_fen": 100_000}
UNPAID: dict[str, Any] = {"amount_paid_fen": 0, "paid_date": None}


def person(number: int) -> dict[str, Any]:
    return {"person_token": token(f"person {number}")}


def unpaid_wages() -> Iterator[bytes]:
    """Yield the records 1 to 6 of the payroll system: six persons who were not paid."""
    for number in range(1, 7):
        record = {"record_id": str(number), "employer_token": token("employer"), **UNPAID}
        yield message(STREAM, **record, **OWNER, **person(number))


# Each attack concerns the record whose number it has.
ATTACKS = {
    "1": OTHER | person(91) | PAID,
    "2": OTHER | person(2) | PAID | HIGHEST,
    "3": OTHER | person(3) | HIGHEST | {"operation": "withdraw"},
    "4": OTHER | person(4) | PAID | {"recorded_at": "2098-12-31T00:00:00Z"},
    "5": OWNER | person(95) | HIGHEST | {"operation": "withdraw"},
    "6": OWNER | person(96) | HIGHEST | PAID,
}


def build_records(settings: Settings) -> None:
    # The registry of sources would reject a time in the far future.
    load(settings.model_copy(update={"future_tolerance_hours": 1_000_000.0}), STREAM)
    with connect(settings) as connection:
        horizon = read_horizon(connection)
    selected = [argument for folder in MODELS for argument in ("--select", f"livelihood.{folder}")]
    run_dbt(settings, ["run", *selected], variables(1, horizon, AS_OF))


@pytest.fixture
def attacked(platform: Settings) -> Settings:
    """Settings of a platform with the records of the payroll system, and then the attacks."""
    send(platform, STREAM, unpaid_wages())
    build_records(platform)
    attacks = (message(STREAM, record_id=name, **change) for name, change in ATTACKS.items())
    send(platform, STREAM, attacks)
    build_records(platform)
    return platform


def test_every_record_of_the_attacked_system_stays_as_it_was(attacked: Settings) -> None:
    with connect(attacked) as connection:
        rows = connection.execute(
            "select record_id, revision, amount_paid_fen, person_token"
            " from intermediate.int_wage_payment_records"
            " where is_current and source_system = 'payroll' and revision = 1 order by 1"
        ).fetchall()
    expected = [(str(number), 1, 0, person(number)["person_token"]) for number in range(1, 7)]
    assert rows == expected
    # An id of two persons is reported; so few ids do not close the gate.
    with connect(attacked) as connection:
        reported = {
            check.severity: connection.execute(rule.sql.encode()).fetchall()
            for check in IDENTITY_CHECKS
            for rule in check.rules
            if isinstance(rule, NoRows)
        }
    assert reported == {"critical": [], "warning": [(STREAM, "payroll", "6")]}
