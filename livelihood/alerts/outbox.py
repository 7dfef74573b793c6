"""Delivery of the outbox by apprise: at least once, with the message number as the key.

A few messages are sent one by one, many as one digest by owner, the most severe first. A message is
sent when every destination has accepted it. The destinations that have accepted are stored, so that
one that is down does not cause duplicates at the others. A process killed between sending and
committing sends the message again with the same key, so a receiver can drop the duplicate. Without
any destination, messages are closed immediately: messages created before a destination was
configured are never sent.
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
    """The numbers of due messages by result, and of notifications sent."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    without_destination: int = 0
    notifications: int = 0


@dataclass(frozen=True)
class Destination:
    """A destination of messages: its apprise sender, and a name without secrets."""

    name: str
    sender: Any

    def send(self, notification: Notification) -> bool:
        """Send a notification and return whether the receiver accepted it."""
        try:
            return bool(self.sender.notify(title=notification.title, body=notification.body))
        except Exception:  # plugins of apprise may raise any error; the message is retried
            logger.exception("apprise failed to notify %s", self.name)
            return False


def deliver(settings: Settings) -> DeliveryReport:
    """Send all due messages.

    Raises LivelihoodError if apprise rejects an address of LIVELIHOOD_ALERT_URLS.
    """
    destinations = [_destination(n, url) for n, url in enumerate(settings.alert_urls, start=1)]
    report = DeliveryReport()
    with connect(settings) as connection:
        if not destinations:
            closed = connection.execute(_CLOSE_WITHOUT_DESTINATION, [NO_DESTINATION]).rowcount
            return DeliveryReport(without_destination=closed)
        while True:
            batch = _deliver_batch(connection, destinations)
            connection.commit()
            if batch is None:
                return report
            report = _add(report, batch)


def _destination(number: int, url: str) -> Destination:
    import apprise  # takes 0.25 s, and most runs have nothing to send

    sender = apprise.Apprise()
    if not sender.add(url):
        raise LivelihoodError(
            f"address {number} of LIVELIHOOD_ALERT_URLS is not a URL that apprise supports: "
            "correct it or remove it"
        )
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return Destination(f"{url.split(':', 1)[0]}-{digest}", sender)


def _deliver_batch(
    connection: psycopg.Connection, destinations: list[Destination]
) -> DeliveryReport | None:
    with connection.cursor(row_factory=class_row(Message)) as cursor:
        messages = cursor.execute(_SELECT_DUE, [BATCH_MESSAGES]).fetchall()
    if not messages:
        return None
    accepted_by = {message.message_id: set(message.delivered_to) for message in messages}
    notifications = 0
    for destination in destinations:
        pending = [m for m in messages if destination.name not in accepted_by[m.message_id]]
        for notification in batch_messages(pending):
            if destination.send(notification):
                notifications += 1
                for message_id in notification.message_ids:
                    accepted_by[message_id].add(destination.name)
    names = {destination.name for destination in destinations}
    return _record_results(connection, accepted_by, names, notifications)


def _record_results(
    connection: psycopg.Connection,
    accepted_by: dict[int, set[str]],
    names: set[str],
    notifications: int,
) -> DeliveryReport:
    sent = failed = dead = 0
    for message_id, delivered_to in accepted_by.items():
        missing = sorted(names - delivered_to)
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
