"""What people do with alerts: see the list, acknowledge one, say how it was handled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row

from livelihood.alerts.messages import heading
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import connect

STATES = ("open", "acknowledged", "handled", "cleared")
ACTIVE_STATES = ("open", "acknowledged", "handled")


@dataclass(frozen=True)
class Alert:
    """An alert as people see it; `detail` holds the figures behind it."""

    alert_id: int
    rule: str
    subject: str
    level: str
    state: str
    title: str
    detail: dict[str, Any]
    owner: str | None
    opened_at: dt.datetime
    state_changed_at: dt.datetime
    acknowledged_by: str | None
    handled_by: str | None
    handling_note: str | None
    times_opened: int


_COLUMNS = """alert_id, rule, subject, level, state, title, detail, owner, opened_at,
    state_changed_at, acknowledged_by, handled_by, handling_note, times_opened"""


def list_alerts(
    settings: Settings, states: tuple[str, ...] = ACTIVE_STATES, limit: int = 1000
) -> list[Alert]:
    """Alerts in any of `states`, the worst first, then the oldest."""
    unknown = set(states) - set(STATES)
    if unknown:
        message = f"No such alert state: {', '.join(sorted(unknown))}; states are {STATES}."
        raise LivelihoodError(message)
    with (
        connect(settings) as connection,
        connection.cursor(row_factory=class_row(Alert)) as cursor,
    ):
        return cursor.execute(
            f"""
            select {_COLUMNS} from ops.alert where state = any(%s)
            order by array_position(array['red', 'orange', 'yellow'], level), opened_at, alert_id
            limit %s""",
            [list(states), limit],
        ).fetchall()


def acknowledge(settings: Settings, alert_id: int, by: str, note: str | None = None) -> Alert:
    """Somebody has seen the alert and looks after it; raises LivelihoodError unless it is open."""
    return _move(settings, alert_id, "acknowledged", by, note, allowed=("open",))


def handle(settings: Settings, alert_id: int, by: str, note: str) -> Alert:
    """Somebody has done something about it; it clears itself once its condition is gone.

    Raises LivelihoodError when the alert is already handled or cleared.
    """
    return _move(settings, alert_id, "handled", by, note, allowed=("open", "acknowledged"))


def _move(
    settings: Settings,
    alert_id: int,
    state: str,
    by: str,
    note: str | None,
    allowed: tuple[str, ...],
) -> Alert:
    with (
        connect(settings) as connection,
        connection.cursor(row_factory=class_row(Alert)) as cursor,
    ):
        held = cursor.execute(
            f"select {_COLUMNS} from ops.alert where alert_id = %s for update",
            [alert_id],
        ).fetchone()
        if held is None:
            raise LivelihoodError(f"There is no alert {alert_id}: see `livelihood alerts`.")
        if held.state not in allowed:
            message = f"Alert {alert_id} is already {held.state}; it cannot become {state}."
            raise LivelihoodError(message)
        moved = cursor.execute(_MOVE[state], {"id": alert_id, "by": by, "note": note}).fetchone()
        assert moved is not None  # noqa: S101  (the row is locked above)
        return moved


def _move_query(state: str) -> str:
    # Both are constants of this module: `state` is a key of _MOVE.
    return f"""
        with moved as (
            update ops.alert
            set state = '{state}', {state}_by = %(by)s, {state}_at = now(),
                state_changed_at = now(),
                handling_note = nullif(concat_ws(chr(10), handling_note, %(note)s::text), '')
            where alert_id = %(id)s
            returning *
        ),
        told as (
            insert into ops.outbox (alert_id, event, title, body)
            select alert_id, '{state}', {heading(state)} || title,
                concat_ws(': ', %(by)s::text, nullif(%(note)s::text, ''))
            from moved
        )
        select {_COLUMNS} from moved"""


_MOVE = {state: _move_query(state) for state in ("acknowledged", "handled")}
