"""Every check notices the fault it is there for, and leaves the faults of others to them."""

from __future__ import annotations

import psycopg
import pytest

from expectations.catalogue import all_checks
from expectations.runner import run_checks
from expectations.scope import read_scope
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from tests.services.expectations.spoil import FAULTS, Fault


def failing(settings: Settings) -> set[str]:
    """Ids of the checks that fail; none may have raised."""
    with psycopg.connect(settings.database_url()) as connection:
        scope = read_scope(connection)
    outcomes = run_checks(settings, all_checks(), scope)
    assert [outcome.exception for outcome in outcomes if outcome.exception] == []
    return {outcome.check.id for outcome in outcomes if not outcome.success}


def plant(settings: Settings, fault: Fault) -> None:
    with psycopg.connect(settings.database_url()) as connection:
        for statement in fault.statements:
            connection.execute(statement)


def test_all_checks_pass_on_clean_figures(clean_settings: Settings) -> None:
    assert failing(clean_settings) == set()


@pytest.mark.parametrize("check_id", FAULTS)
def test_check_notices_its_fault(check_id: str, spoiled: Settings) -> None:
    plant(spoiled, FAULTS[check_id])
    assert failing(spoiled) == {check_id, *FAULTS[check_id].also}


def test_every_check_has_a_fault() -> None:
    # Checks derived from the contracts are the same for all streams: one of them stands for all.
    streams = set(load_contracts())

    def family(check_id: str) -> str:
        return ".".join("*" if part in streams else part for part in check_id.split("."))

    checks = {family(check.id) for check in all_checks()}
    assert {family(check_id) for check_id in FAULTS} == checks
