"""A Kafka that exists in memory only."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from livelihood.contracts import Contract
from livelihood.errors import BrokerUnavailable
from livelihood.settings import Settings


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
        """Return immediately: everything is acknowledged."""

    def documents(self) -> list[dict[str, Any]]:
        """Return the messages as objects, in the order sent."""
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
    """Run the commands with these settings, and leave the logging of the tests as it is."""
    for name in ("main", "send", "simulate"):
        # The package's attribute `main` is the function.
        module = importlib.import_module(f"livelihood.cli.{name}")
        monkeypatch.setattr(module, "get_settings", lambda: settings)
        monkeypatch.setattr(module, "configure", lambda _: None, raising=False)
