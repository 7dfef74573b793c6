"""Raw rows of a stream, identifiers in the clear, and a Kafka that exists in memory only."""

from __future__ import annotations

import datetime as dt
import importlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
import pytest
from stdnum.cn import ric, uscc

from livelihood.contracts import Contract
from livelihood.errors import BrokerUnavailable
from livelihood.settings import Settings

TOWNSHIP = "522327001"
_FIRST_BIRTHDAY = dt.date(1960, 1, 1)
_BIRTHDAYS = [_FIRST_BIRTHDAY + dt.timedelta(days=number) for number in range(10_000)]
# Sequence number 999 is given to nobody: the persons are invented.
_BODIES = [f"522327{birthday:%Y%m%d}999" for birthday in _BIRTHDAYS]
IDENTITY_NUMBERS = [body + ric.calc_check_digit(body + "0") for body in _BODIES]
EMPLOYER_CODE = "91522327MAX900010" + uscc.calc_check_digit("91522327MAX900010")


def wage_rows(count: int, **changes: Any) -> pl.DataFrame:
    """Raw rows of wage_payment that meet the contract, for up to 10,000 different workers."""
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


class MemoryKafka:
    """Keeps what is acknowledged; fails when it has acknowledged `windows_until_failure`."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes | None, bytes | None]] = []
        self.windows_until_failure: int | None = None
        self.takes_failing_window = False

    def write(
        self,
        messages: Sequence[tuple[bytes | None, bytes | None]],
        acknowledged: Callable[[], None],
    ) -> None:
        if self.windows_until_failure == 0:
            if self.takes_failing_window:
                self.messages.extend(messages)
            raise BrokerUnavailable("away")
        if self.windows_until_failure is not None:
            self.windows_until_failure -= 1
        self.messages.extend(messages)
        acknowledged()

    def finish(self) -> None:
        """Everything is acknowledged at once."""

    def documents(self) -> list[dict[str, Any]]:
        """The messages as objects, in the order sent."""
        return [json.loads(value) for _, value in self.messages if value]


def install(monkeypatch: pytest.MonkeyPatch) -> MemoryKafka:
    """Put a Kafka in memory in the place of the real one."""
    kafka = MemoryKafka()

    @contextmanager
    def open_writer(settings: Settings, contract: Contract) -> Iterator[MemoryKafka]:
        yield kafka

    monkeypatch.setattr("producers.sender.open_writer", open_writer)
    monkeypatch.setattr("producers.importing.require_topic", lambda *_: "topic-1")
    monkeypatch.setattr("simulator.sending.require_topic", lambda *_: "topic-1")
    return kafka


def use_settings(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Let the commands run with these settings, and leave the logging of the tests alone."""
    for name in ("main", "send", "simulate"):
        # The package's attribute `main` is the function.
        module = importlib.import_module(f"livelihood.cli.{name}")
        monkeypatch.setattr(module, "get_settings", lambda: settings)
        monkeypatch.setattr(module, "configure", lambda _: None, raising=False)
