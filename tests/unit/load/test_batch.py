"""A message that raises an error is set aside; a fault of the code is not blamed on messages."""

from __future__ import annotations

import polars as pl
import psycopg
import pytest

from livelihood.contracts import load_contract
from livelihood.errors import WarehouseUnavailable
from livelihood.kafka import Batch
from livelihood.load import batch as module
from livelihood.load.batch import validate_batch
from testkit.message_factory import message

EMPLOYMENT = load_contract("employment")
GOOD = message("employment")
POISON = message("employment", record_id="poison")


def batch_of(*values: bytes, produced_at_ms: int = 0) -> Batch:
    count = len(values)
    return Batch(
        [0] * count, [*range(count)], [produced_at_ms] * count, [b"k"] * count, [*values],
        {0: count},
    )  # fmt: skip


@pytest.mark.parametrize(
    "error", [RecursionError(), OverflowError("x"), pl.exceptions.PanicException("secret")]
)
@pytest.mark.parametrize("name", ["decode", "broken_rows"])
def test_a_message_that_raises_is_quarantined_and_no_other(
    monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException
) -> None:
    original = getattr(module, name)

    def fail(values: object, *arguments: object) -> object:
        poisoned = POISON in values if name == "decode" else _has_poison(values)  # type: ignore[operator]
        if poisoned:
            raise error
        return original(values, *arguments)

    monkeypatch.setattr(module, name, fail)
    values = [GOOD, GOOD, POISON, b"{broken", GOOD, POISON, GOOD]
    validated = validate_batch(batch_of(*values), EMPLOYMENT, {})
    assert validated.rows["_offset"].to_list() == [0, 1, 4, 6]
    assert validated.next_offsets == {0: 7}
    reasons = dict(validated.rejects.select("offset", "reasons").rows())
    kind = type(error).__name__
    assert reasons[2] == reasons[5] == [f"undecodable: message: {kind}"]
    assert reasons[3][0].startswith("broken_json")
    assert validated.rejects.row(0, named=True)["value"] == POISON


@pytest.mark.parametrize(
    "error", [MemoryError(), WarehouseUnavailable("away"), psycopg.errors.LockNotAvailable()]
)
def test_an_error_of_memory_or_the_warehouse_is_no_fault_of_a_message(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(rows: pl.DataFrame, *_: object) -> dict[int, list[str]]:
        if _has_poison(rows):
            raise error
        return {}

    monkeypatch.setattr(module, "broken_rows", fail)
    with pytest.raises(type(error)):
        validate_batch(batch_of(GOOD, POISON), EMPLOYMENT, {})


def _has_poison(frame: object) -> bool:
    return isinstance(frame, pl.DataFrame) and "poison" in frame["record_id"]


def test_an_error_that_no_message_causes_quarantines_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> object:
        raise ValueError("a rule of the contract is wrong")

    monkeypatch.setattr(module, "broken_rows", fail)
    with pytest.raises(ValueError, match="a rule"):
        validate_batch(batch_of(GOOD), EMPLOYMENT, {})


@pytest.mark.parametrize("produced_at_ms", [-1, 2**62])
def test_a_producers_time_beyond_all_calendars_is_limited(produced_at_ms: int) -> None:
    rows = validate_batch(batch_of(GOOD, produced_at_ms=produced_at_ms), EMPLOYMENT, {}).rows
    assert rows["_produced_at"].dt.year().to_list() in ([1970], [9999])
