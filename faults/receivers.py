"""Receivers of alerts that answer slowly, refuse with status 200, or are away during a release."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from apprise.plugins.wecombot import NotifyWeComBot
from pydantic import SecretStr

from faults.environment import FaultEnvironment
from faults.monitors import arrive, check_newest_release
from faults.outcome import Outcome
from livelihood.alerts import deliver
from livelihood.pipeline import monitor
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.county import published
from testkit.webhook import REFUSALS, Receiver, webhook

# Of one delivery. A slow receiver needs a second for each byte of its answer.
LIMIT_SECONDS = 2.0
MESSAGES = 102
# Fields of a receiver for each fault.
FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"content": b'{"errcode": 0}' + b" " * 60, "seconds_per_byte": 1.0},
    "error code": {"content": json.dumps(REFUSALS["wecombot"]).encode()},
    "unavailable": {"answer": 503},
}


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Publish with each faulty receiver next to one that works."""
    with published(environment) as settings:
        faults = list(FAULTS)[: environment.sized(len(FAULTS), 2)]
        return [_publish_with(environment, settings, fault) for fault in faults]


def _publish_with(environment: FaultEnvironment, settings: Settings, fault: str) -> Outcome:
    """Publish, deliver what was refused once the receiver works, and count the messages."""
    outcome = Outcome(f"alert receiver: {fault}")
    environment.log(outcome.fault)
    arrive(environment, settings)
    numbers = _new_messages(settings)
    with _receivers(settings, fault) as (faulty, healthy, addressed):
        began = time.monotonic()
        report = monitor(addressed)
        delivery = report.alerts.delivery
        outcome.times += 1
        outcome.expect(report.release is not None, "nothing was published")
        check_newest_release(outcome, settings)
        outcome.expect(delivery.sent == 0, f"{delivery.sent} messages counted as sent")
        _repair(faulty)
        with connect(settings) as connection:
            connection.execute(_DUE_NOW)
        outcome.expect(deliver(addressed).failed == 0, "a repaired receiver has no messages")
        outcome.record_recovery(time.monotonic() - began)
        _count(outcome, numbers, healthy, "the receiver that works")
        longest = max((len(text.encode()) for text in faulty.texts), default=0)
        outcome.expect(longest <= 2_048, f"a message of {longest} bytes to WeCom")
    return outcome


@contextmanager
def _receivers(settings: Settings, fault: str) -> Iterator[tuple[Receiver, Receiver, Settings]]:
    original = NotifyWeComBot.notify_url
    with ExitStack() as stack:
        faulty, healthy = stack.enter_context(webhook()), stack.enter_context(webhook())
        for name, value in FAULTS[fault].items():
            setattr(faulty, name, value)
        stack.callback(setattr, NotifyWeComBot, "notify_url", original)
        NotifyWeComBot.notify_url = faulty.robot_url("wecombot")
        changes = {
            "alert_urls": [SecretStr("wecombot://a1b2c3"), SecretStr(healthy.url)],
            "alert_timeout_seconds": LIMIT_SECONDS,
        }
        yield faulty, healthy, settings.model_copy(update=changes)


def _repair(receiver: Receiver) -> None:
    receiver.answer, receiver.content, receiver.seconds_per_byte = 200, b'{"errcode": 0}', 0.0


def _new_messages(settings: Settings) -> set[int]:
    """Insert messages about existing alerts and return their numbers."""
    with connect(settings) as connection:
        connection.execute("update ops.outbox set dead = true where sent_at is null")
        return {number for (number,) in connection.execute(_INSERT, [MESSAGES])}


def _count(outcome: Outcome, numbers: set[int], receiver: Receiver, name: str) -> None:
    received = [number for number in receiver.message_ids if number in numbers]
    lost, twice = len(numbers - set(received)), len(received) - len(set(received))
    outcome.expect(not lost, f"{lost} messages did not reach {name}")
    outcome.expect(not twice, f"{twice} messages reached {name} twice")


_DUE_NOW = "update ops.outbox set next_attempt_at = now() where sent_at is null"
_INSERT = """
    insert into ops.outbox (alert_id, event, title, body)
    select alert_id, 'opened', '【黄色预警】' || title || repeat('长', 30), 'faults'
    from ops.alert, generate_series(1, 1000)
    order by alert_id
    limit %s
    returning message_id"""
