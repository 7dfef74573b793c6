"""Deliver the messages of the outbox by apprise: at least once, each recognisable by its number.

A few messages go out one by one; many at once become one digest, the worst first, under the names
of those who answer. A message counts as sent when every destination has it; which destinations have
it is kept, so that one that is down does not make the others receive it again. A process killed
between sending and committing sends once more with the same key, by which a receiver can tell.
Without a destination messages are marked so at once: addresses set later bring no old news.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from livelihood.alerts.digest import Message, Notification, batch_messages
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import connect

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
BATCH_MESSAGES = 500
FIRST_RETRY_SECONDS = 30
MAX_RETRY_SECONDS = 3600
NO_DESTINATION = "no destination: LIVELIHOOD_ALERT_URLS is empty"


@dataclass(frozen=True)
class DeliveryReport:
    """What became of the messages that were due, and how many notifications it took."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    without_destination: int = 0
    notifications: int = 0


@dataclass(frozen=True)
class Destination:
    """A place messages go to: its apprise sender, and a name that shows no secret."""

    name: str
    sender: Any

    def send(self, notification: Notification) -> bool:
        """Whether the receiver took it."""
        try:
            return bool(self.sender.notify(title=notification.title, body=notification.body))
        except Exception:  # a plugin of apprise may raise anything; the message is tried again
            logger.exception("apprise failed at %s", self.name)
            return False


def deliver(settings: Settings) -> DeliveryReport:
    """Send all messages that are due; raises LivelihoodError for an address apprise rejects."""
    destinations = [_destination(n, url) for n, url in enumerate(settings.alert_urls, start=1)]
    report = DeliveryReport()
    with connect(settings) as connection:
        if not destinations:
            marked = connection.execute(_MARK_UNDELIVERABLE, [NO_DESTINATION]).rowcount
            return DeliveryReport(without_destination=marked)
        while True:
            batch = _deliver_batch(connection, destinations)
            connection.commit()
            if batch is None:
                return report
            report = _add(report, batch)


def _destination(number: int, url: str) -> Destination:
    import apprise  # takes a quarter of a second, and most runs have nothing to send

    sender = apprise.Apprise()
    if not sender.add(url):
        message = f"Address {number} of LIVELIHOOD_ALERT_URLS is not one apprise understands."
        raise LivelihoodError(message)
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return Destination(f"{url.split(':', 1)[0]}-{digest}", sender)


def _deliver_batch(
    connection: psycopg.Connection, destinations: list[Destination]
) -> DeliveryReport | None:
    with connection.cursor(row_factory=class_row(Message)) as cursor:
        messages = cursor.execute(_DUE, [BATCH_MESSAGES]).fetchall()
    if not messages:
        return None
    reached = {message.message_id: set(message.delivered_to) for message in messages}
    notifications = 0
    for destination in destinations:
        waiting = [m for m in messages if destination.name not in reached[m.message_id]]
        for notification in batch_messages(waiting):
            if destination.send(notification):
                notifications += 1
                for message_id in notification.message_ids:
                    reached[message_id].add(destination.name)
    names = {destination.name for destination in destinations}
    return _settle(connection, reached, names, notifications)


def _settle(
    connection: psycopg.Connection,
    reached: dict[int, set[str]],
    names: set[str],
    notifications: int,
) -> DeliveryReport:
    sent = failed = dead = 0
    for message_id, delivered_to in reached.items():
        missing = sorted(names - delivered_to)
        error = f"not taken by {', '.join(missing)}" if missing else None
        row = connection.execute(
            _SETTLE,
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


def _add(one: DeliveryReport, other: DeliveryReport) -> DeliveryReport:
    return DeliveryReport(
        one.sent + other.sent,
        one.failed + other.failed,
        one.dead + other.dead,
        one.without_destination + other.without_destination,
        one.notifications + other.notifications,
    )


_DUE = """
    select o.message_id, o.alert_id, o.event, o.title, o.body, o.created_at, o.delivered_to,
        a.level, a.owner
    from ops.outbox o join ops.alert a using (alert_id)
    where o.sent_at is null and not o.dead and o.next_attempt_at <= now()
    order by o.message_id limit %s
    for update of o skip locked"""

_SETTLE = """
    update ops.outbox
    set attempts = attempts + 1, delivered_to = %(delivered_to)s, last_error = %(error)s,
        sent_at = case when %(error)s::text is null then clock_timestamp() end,
        dead = %(error)s::text is not null and attempts + 1 >= %(max_attempts)s,
        next_attempt_at = clock_timestamp() + make_interval(
            secs => least(%(first_retry_seconds)s * 2 ^ attempts, %(max_retry_seconds)s))
    where message_id = %(id)s
    returning dead"""

_MARK_UNDELIVERABLE = """
    update ops.outbox set dead = true, last_error = %s where sent_at is null and not dead"""
