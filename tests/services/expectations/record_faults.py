"""Faults of the checks of record ids."""

from __future__ import annotations

from tests.services.expectations.planted_faults import Fault, fault


def _reuse_ids(count: int) -> str:
    """Return a statement that lists ids of wage payments as current under two entities."""
    return (
        "insert into intermediate.int_reused_record_ids"
        f" select 'wage_payment', 'payroll', number::text, true from generate_series(1, {count})"
        " as number"
    )


RECORD_FAULTS: dict[str, Fault] = {
    "records.id_of_one_entity": fault(_reuse_ids(100)),
    "records.ids_mostly_of_one_entity": fault(_reuse_ids(101), also=("records.id_of_one_entity",)),
}
