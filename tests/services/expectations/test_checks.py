"""Every check notices the fault it is there for, and leaves the faults of others to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from expectations.catalogue import all_checks
from expectations.check import Assertion, Check, ColumnScan, TableExpectation
from expectations.checks.constraints import CONSTRAINT_CHECKS
from expectations.checks.identity import IDENTITY_CHECKS
from expectations.runner import run_checks
from expectations.scope import Scope, read_scope
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect, engine
from tests.services.expectations.planted_faults import FAULTS as MART_FAULTS
from tests.services.expectations.planted_faults import Fault
from tests.services.expectations.record_faults import RECORD_FAULTS
from tests.services.expectations.repeated_facts import REPEATED_FACTS

FAULTS = MART_FAULTS | RECORD_FAULTS | REPEATED_FACTS
CONSTRAINT_FAULTS = [check.id for check in CONSTRAINT_CHECKS]
QUERY_FAULTS = [check_id for check_id in FAULTS if check_id not in CONSTRAINT_FAULTS]


@contextmanager
def _transaction(settings: Settings) -> Iterator[sa.Connection]:
    database = engine(settings)
    with database.begin() as connection:
        yield connection
    # PostgreSQL copies a database only while it has no other connections.
    database.dispose()


def _scope(settings: Settings) -> Scope:
    with connect(settings) as connection:
        return read_scope(connection)


def _failing(settings: Settings) -> set[str]:
    """Return the ids of all checks that fail; none may raise."""
    outcomes = run_checks(settings, all_checks(), _scope(settings))
    assert [outcome.exception for outcome in outcomes if outcome.exception] == []
    return {outcome.check.id for outcome in outcomes if not outcome.success}


def _fails(connection: sa.Connection, check: Check, scope: Scope) -> bool:
    """Return whether a check fails by its queries, as ExpectQueryToHold evaluates them."""
    for rule in check.rules:
        if isinstance(rule, TableExpectation):
            continue
        statement = sa.text(rule.scan_sql if isinstance(rule, ColumnScan) else rule.sql)
        parameters = {name: scope.parameters()[name] for name in statement.compile().params}
        rows = connection.execute(statement, parameters).mappings().all()
        if isinstance(rule, ColumnScan):
            return bool(rows[0][rule.column])
        if isinstance(rule, Assertion):
            assert len(rows) == 1
            assert set(rows[0]) == {"observed", "success"}
        if rows and not (isinstance(rule, Assertion) and rows[0]["success"] is True):
            return True
    return False


def _plant(connection: sa.Connection, fault: Fault) -> None:
    cursor = connection.connection.cursor()
    for statement in fault.statements:
        cursor.execute(statement)


def test_all_checks_pass_on_clean_warehouse(clean_settings: Settings) -> None:
    assert _failing(clean_settings) == set()


@pytest.mark.parametrize("check_id", QUERY_FAULTS)
def test_query_detects_its_fault(check_id: str, clean_settings: Settings) -> None:
    scope, fault = _scope(clean_settings), FAULTS[check_id]
    with _transaction(clean_settings) as connection:
        _plant(connection, fault)
        failing = {check.id for check in all_checks() if _fails(connection, check, scope)}
        connection.rollback()
    assert failing == {check_id, *fault.also}


@pytest.mark.parametrize("check_id", CONSTRAINT_FAULTS)
def test_expectation_detects_its_fault(check_id: str, warehouse_copy: Settings) -> None:
    with _transaction(warehouse_copy) as connection:
        _plant(connection, FAULTS[check_id])
    assert _failing(warehouse_copy) == {check_id, *FAULTS[check_id].also}


def test_few_of_many_records_with_an_id_of_two_entities_leave_the_gate_open(
    clean_settings: Settings,
) -> None:
    check = next(check for check in IDENTITY_CHECKS if check.severity == "critical")
    scope = _scope(clean_settings)
    with _transaction(clean_settings) as connection:
        _plant(connection, FAULTS[check.id])
        assert _fails(connection, check, scope)
        connection.exec_driver_sql(
            "insert into intermediate.int_wage_payment_records select record.*"
            " from intermediate.int_wage_payment_records as record, generate_series(1, 20000)"
        )
        assert not _fails(connection, check, scope)
        connection.rollback()


def test_every_check_has_a_fault() -> None:
    # Checks derived from the contracts are equal for all streams, so one fault per check is enough.
    streams = set(load_contracts())

    def without_stream(check_id: str) -> str:
        return ".".join("*" if part in streams else part for part in check_id.split("."))

    checks = {without_stream(check.id) for check in all_checks()}
    assert {without_stream(check_id) for check_id in FAULTS} == checks
