"""Actions of people on alerts: list them, acknowledge one, record how it was handled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row

from livelihood.alerts.messages import LEVELS_SQL, heading_sql
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import connect

STATES = ("open", "acknowledged", "handled", "cleared")
ACTIVE_STATES = ("open", "acknowledged", "handled")


@dataclass(frozen=True)
class Alert:
    """An alert as users see it; `detail` contains the values behind it."""

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
    """Return up to `limit` alerts in any of `states`, the most severe first, then the oldest.

    Raises LivelihoodError if a state does not exist.
    """
    unknown = set(states) - set(STATES)
    if unknown:
        raise LivelihoodError(
            f"no such alert state: {', '.join(sorted(unknown))}; states are {', '.join(STATES)}"
        )
    with (
        connect(settings) as connection,
        connection.cursor(row_factory=class_row(Alert)) as cursor,
    ):
        return cursor.execute(
            f"""
            select {_COLUMNS}
            from ops.alert
            where state = any(%s)
            order by array_position({LEVELS_SQL}, level) desc, opened_at, alert_id
            limit %s""",
            [list(states), limit],
        ).fetchall()


def acknowledge(settings: Settings, alert_id: int, by: str, note: str | None = None) -> Alert:
    """Record that a person is in charge of the alert. Raises LivelihoodError unless it is open."""
    return _change_state(settings, alert_id, "acknowledged", by, note, allowed=("open",))


def handle(settings: Settings, alert_id: int, by: str, note: str) -> Alert:
    """Record what was done about the alert. It is cleared once its condition no longer holds.

    Raises LivelihoodError if the alert is already handled or cleared.
    """
    return _change_state(settings, alert_id, "handled", by, note, allowed=("open", "acknowledged"))


def _change_state(
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
        alert = cursor.execute(
            f"select {_COLUMNS} from ops.alert where alert_id = %s for update",
            [alert_id],
        ).fetchone()
        if alert is None:
            raise LivelihoodError(f"there is no alert {alert_id}: see `livelihood alerts`")
        if alert.state not in allowed:
            raise LivelihoodError(
                f"alert {alert_id} is already {alert.state}; it cannot become {state}"
            )
        changed = cursor.execute(
            _CHANGE_STATE[state], {"id": alert_id, "by": by, "note": note}
        ).fetchone()
        assert changed is not None  # noqa: S101  (the row is locked above)
        return changed


def _change_state_query(state: str) -> str:
    # `state` is a key of _CHANGE_STATE, never user input.
    return f"""
        with changed as (
            update ops.alert
            set state = '{state}', {state}_by = %(by)s, {state}_at = now(),
                state_changed_at = now(),
                handling_note = nullif(concat_ws(chr(10), handling_note, %(note)s::text), '')
            where alert_id = %(id)s
            returning *
        ),
        message as (
            insert into ops.outbox (alert_id, event, title, body)
            select alert_id, '{state}', {heading_sql(state)} || title,
                concat_ws(': ', %(by)s::text, nullif(%(note)s::text, ''))
            from changed
        )
        select {_COLUMNS} from changed"""


_CHANGE_STATE = {state: _change_state_query(state) for state in ("acknowledged", "handled")}
