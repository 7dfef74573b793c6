"""Delivery of the outbox by apprise: at least once, with the message number as the key.

A few messages are sent one by one, many as one digest by owner, the most severe first. A message is
sent when every destination has accepted it. The destinations that have accepted are stored, so that
one that is down does not cause duplicates at the others. All destinations are served at the same
time and within one time limit, so a slow one delays neither the others nor the caller. A process
killed between sending and committing sends the message again with the same key, so a receiver can
drop the duplicate. Without any destination, messages are closed immediately: messages created
before a destination was configured are never sent.
"""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass, field

import psycopg
from psycopg.rows import class_row

from livelihood.alerts.digest import Message, Notification, batch_messages
from livelihood.alerts.receivers import DeliveryRefused, Destination, open_destination
from livelihood.alerts.splitting import split
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.time_limit import start_call
from livelihood.warehouse import connect

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
BATCH_MESSAGES = 500
FIRST_RETRY_SECONDS = 30
MAX_RETRY_SECONDS = 3600
NO_DESTINATION = "no destination: LIVELIHOOD_ALERT_URLS is empty"


@dataclass(frozen=True)
class DeliveryReport:
    """The numbers of due messages by result, and of notifications sent."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    without_destination: int = 0
    notifications: int = 0

    @property
    def is_failure(self) -> bool:
        """Whether messages were due and no receiver accepted any."""
        return self.notifications == 0 and self.failed + self.dead > 0


@dataclass
class Courier:
    """The delivery of notifications to one destination, and what it has accepted so far."""

    destination: Destination
    notifications: list[Notification]
    deadline: float
    accepted: list[Notification] = field(default_factory=list)
    reason: str = "no answer in time"

    def run(self) -> None:
        """Send one notification after the other until the deadline."""
        for notification in self.notifications:
            try:
                for part in split(notification, self.destination.max_bytes):
                    if time.monotonic() > self.deadline:
                        return
                    self.destination.send(part)
                self.accepted.append(notification)
            except DeliveryRefused as error:
                self.reason = str(error)


def deliver(settings: Settings) -> DeliveryReport:
    """Send all due messages within the time limit of the settings.

    Raises LivelihoodError if apprise does not support an address of LIVELIHOOD_ALERT_URLS, after
    the messages were sent to the others.
    """
    destinations = [
        open_destination(number, url.get_secret_value())
        for number, url in enumerate(settings.alert_urls, start=1)
    ]
    deadline = time.monotonic() + settings.alert_timeout_seconds
    report = DeliveryReport()
    with connect(settings) as connection:
        if not destinations:
            closed = connection.execute(_CLOSE_WITHOUT_DESTINATION, [NO_DESTINATION]).rowcount
            return DeliveryReport(without_destination=closed)
        while time.monotonic() < deadline:
            batch = _deliver_batch(connection, destinations, deadline)
            connection.commit()
            if batch is None:
                break
            report = _add(report, batch)
    _require_supported(destinations)
    return report


def _require_supported(destinations: list[Destination]) -> None:
    for number, destination in enumerate(destinations, start=1):
        if destination.plugin is None:
            raise LivelihoodError(
                f"address {number} of LIVELIHOOD_ALERT_URLS is not a URL that apprise supports: "
                "correct it or remove it"
            )


def _deliver_batch(
    connection: psycopg.Connection, destinations: list[Destination], deadline: float
) -> DeliveryReport | None:
    with connection.cursor(row_factory=class_row(Message)) as cursor:
        messages = cursor.execute(_SELECT_DUE, [BATCH_MESSAGES]).fetchall()
    if not messages:
        return None
    accepted_by = {message.message_id: set(message.delivered_to) for message in messages}
    notifications = 0
    refusals: dict[str, str] = {}
    for courier in _send(destinations, messages, deadline):
        destination, accepted = courier.destination, list(courier.accepted)
        notifications += len(accepted)
        for message_id in (number for one in accepted for number in one.message_ids):
            accepted_by[message_id].add(destination.key)
        refusals[destination.key] = f"{destination.name} ({courier.reason})"
        if len(accepted) < len(courier.notifications):
            logger.warning("messages were not accepted by %s", refusals[destination.key])
    return _record_results(connection, accepted_by, refusals, notifications)


def _send(
    destinations: list[Destination], messages: list[Message], deadline: float
) -> list[Courier]:
    """Send the messages to all destinations at the same time, and wait until the deadline."""
    couriers = [
        Courier(
            destination,
            batch_messages([m for m in messages if destination.key not in m.delivered_to]),
            deadline,
        )
        for destination in destinations
    ]
    calls = [start_call(courier.run, courier.destination.name) for courier in couriers]
    for call in calls:
        with contextlib.suppress(TimeoutError):
            call.result(timeout=max(0.0, deadline - time.monotonic()))
    return couriers


def _record_results(
    connection: psycopg.Connection,
    accepted_by: dict[int, set[str]],
    refusals: dict[str, str],
    notifications: int,
) -> DeliveryReport:
    sent = failed = dead = 0
    for message_id, delivered_to in accepted_by.items():
        missing = [refusals[key] for key in sorted(refusals.keys() - delivered_to)]
        error = f"not accepted by {', '.join(missing)}" if missing else None
        row = connection.execute(
            _RECORD_RESULT,
            {
                "id": message_id,
                "delivered_to": sorted(delivered_to),
                "error": error,
                "max_attempts": MAX_ATTEMPTS,
                "first_retry_seconds": FIRST_RETRY_SECONDS,
                "max_retry_seconds": MAX_RETRY_SECONDS,
            },
        ).fetchone()
        is_dead = bool(row and row[0])
        sent += error is None
        dead += is_dead
        failed += error is not None and not is_dead
    return DeliveryReport(sent, failed, dead, 0, notifications)


def _add(a: DeliveryReport, b: DeliveryReport) -> DeliveryReport:
    return DeliveryReport(
        a.sent + b.sent,
        a.failed + b.failed,
        a.dead + b.dead,
        a.without_destination + b.without_destination,
        a.notifications + b.notifications,
    )


_SELECT_DUE = """
    select
        message_id, alert_id, event, outbox.title, body, created_at, delivered_to, level, owner
    from ops.outbox as outbox
    join ops.alert using (alert_id)
    where sent_at is null and not dead and next_attempt_at <= now()
    order by message_id
    limit %s
    for update of outbox skip locked"""

_RECORD_RESULT = """
    update ops.outbox
    set attempts = attempts + 1, delivered_to = %(delivered_to)s, last_error = %(error)s,
        sent_at = case when %(error)s::text is null then clock_timestamp() end,
        dead = %(error)s::text is not null and attempts + 1 >= %(max_attempts)s,
        next_attempt_at = clock_timestamp() + make_interval(
            secs => least(%(first_retry_seconds)s * 2 ^ attempts, %(max_retry_seconds)s))
    where message_id = %(id)s
    returning dead"""

_CLOSE_WITHOUT_DESTINATION = """
    update ops.outbox
    set dead = true, last_error = %s
    where sent_at is null and not dead"""
