"""Facts that are current under two record ids, planted in the clean warehouse."""

from __future__ import annotations

from livelihood.contracts import load_contract
from livelihood.warehouse.landing import landing_columns
from tests.services.expectations.planted_faults import fault


def _repeat(stream: str, records: int, system: str = "source_system") -> str:
    """Return a statement that adds a current record under so many other ids."""
    changed = {"record_id": "'again-' || number", "source_system": system}
    names = landing_columns(load_contract(stream))
    selected = ", ".join(changed.get(name, name) for name in names)
    return (
        f"insert into intermediate.int_{stream}_records"
        f" select {selected}, true, _load_id from"
        f" (select * from intermediate.int_{stream}_records order by _load_id desc limit 1) as one,"
        f" generate_series(1, {records}) as number"
    )


REPEATED_FACTS = {
    "business_keys.wage_payment.counted_twice": fault(_repeat("wage_payment", 10)),
    "business_keys.training.repeated": fault(_repeat("training", 9)),
    "business_keys.startup_loan.two_systems": fault(_repeat("startup_loan", 1, "'bank_2'")),
}
