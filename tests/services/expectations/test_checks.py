"""Every check notices the fault it is there for, and leaves the faults of others to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from expectations.catalogue import all_checks
from expectations.check import Check, ColumnScan, Measure, Rows
from expectations.checks.constraints import CONSTRAINT_CHECKS
from expectations.runner import run_checks
from expectations.scope import Scope, read_scope
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect, engine
from tests.services.expectations.planted_faults import FAULTS, Fault

SHAPE_FAULTS = [check.id for check in CONSTRAINT_CHECKS]
QUERY_FAULTS = [check_id for check_id in FAULTS if check_id not in SHAPE_FAULTS]


@contextmanager
def _transaction(settings: Settings) -> Iterator[sa.Connection]:
    database = engine(settings)
    with database.begin() as connection:
        yield connection
    # A database that is copied must have no visitors.
    database.dispose()


def _scope(settings: Settings) -> Scope:
    with connect(settings) as connection:
        return read_scope(connection)


def _failing(settings: Settings) -> set[str]:
    """Ids of all checks that fail; none may have raised."""
    outcomes = run_checks(settings, all_checks(), _scope(settings))
    assert [outcome.exception for outcome in outcomes if outcome.exception] == []
    return {outcome.check.id for outcome in outcomes if not outcome.success}


def _fails(connection: sa.Connection, check: Check, scope: Scope) -> bool:
    """Whether a check fails by its queries, as the expectation for queries judges them."""
    for rule in check.rules:
        if isinstance(rule, Rows):
            continue
        statement = sa.text(rule.scan_sql if isinstance(rule, ColumnScan) else rule.sql)
        named = {name: scope.parameters()[name] for name in statement.compile().params}
        rows = connection.execute(statement, named).mappings().all()
        if isinstance(rule, ColumnScan):
            return bool(rows[0][rule.column])
        if isinstance(rule, Measure):
            assert len(rows) == 1
            assert set(rows[0]) == {"observed", "success"}
        if rows and not (isinstance(rule, Measure) and rows[0]["success"] is True):
            return True
    return False


def _plant(connection: sa.Connection, fault: Fault) -> None:
    cursor = connection.connection.cursor()
    for statement in fault.statements:
        cursor.execute(statement)


def test_all_checks_pass_on_clean_figures(clean_settings: Settings) -> None:
    assert _failing(clean_settings) == set()


@pytest.mark.parametrize("check_id", QUERY_FAULTS)
def test_query_notices_its_fault(check_id: str, clean_settings: Settings) -> None:
    scope, fault = _scope(clean_settings), FAULTS[check_id]
    with _transaction(clean_settings) as connection:
        _plant(connection, fault)
        failing = {check.id for check in all_checks() if _fails(connection, check, scope)}
        connection.rollback()
    assert failing == {check_id, *fault.also}


@pytest.mark.parametrize("check_id", SHAPE_FAULTS)
def test_expectation_notices_its_fault(check_id: str, spoiled: Settings) -> None:
    with _transaction(spoiled) as connection:
        _plant(connection, FAULTS[check_id])
    assert _failing(spoiled) == {check_id, *FAULTS[check_id].also}


def test_every_check_has_a_fault() -> None:
    # Checks derived from the contracts are the same for all streams: one of them stands for all.
    streams = set(load_contracts())

    def family(check_id: str) -> str:
        return ".".join("*" if part in streams else part for part in check_id.split("."))

    checks = {family(check.id) for check in all_checks()}
    assert {family(check_id) for check_id in FAULTS} == checks
