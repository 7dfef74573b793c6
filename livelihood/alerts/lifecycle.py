"""The life of an alert: open → acknowledged → handled → cleared, and open again if it returns.

An alert is one (rule, subject) for ever. It clears itself when its condition is gone and reopens
as the same alert when it is back. A handled alert that gets worse is open again; an acknowledged
one stays acknowledged, because somebody already looks at it. Each change of state or level leaves
one message in the outbox, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from livelihood.alerts.conditions import read_conditions
from livelihood.alerts.messages import LEVELS, heading
from livelihood.alerts.rules import RULES, Rule
from livelihood.settings import Settings
from livelihood.warehouse import connect

# Number of the advisory lock that lets one evaluation run at a time.
ALERT_LOCK = 7_006


@dataclass(frozen=True)
class AlertReport:
    """How many alerts changed in one evaluation, and how many are not cleared after it."""

    opened: int
    reopened: int
    level_changed: int
    cleared: int
    active: int
    skipped_rules: tuple[str, ...]

    @property
    def changed(self) -> int:
        """Messages that were written to the outbox."""
        return self.opened + self.reopened + self.level_changed + self.cleared


def raise_alerts(settings: Settings, rules: tuple[Rule, ...] = RULES) -> AlertReport:
    """Bring the alerts in line with the conditions that hold now, in one transaction.

    A rule that cannot be evaluated yet neither opens nor clears anything.
    """
    with connect(settings) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [ALERT_LOCK])
        evaluated = read_conditions(connection, settings, rules)
        counts = {
            "reopened": connection.execute(_REOPEN).rowcount,
            "level_changed": connection.execute(_CHANGE_LEVEL).rowcount,
            "opened": connection.execute(_OPEN).rowcount,
            "cleared": connection.execute(_CLEAR, [evaluated]).rowcount,
        }
        connection.execute(_REFRESH)
        return AlertReport(
            **counts,
            active=_active(connection),
            skipped_rules=tuple(rule.name for rule in rules if rule.name not in evaluated),
        )


def _active(connection: psycopg.Connection) -> int:
    row = connection.execute("select count(*) from ops.alert where state <> 'cleared'").fetchone()
    return int(row[0]) if row else 0


_REOPEN = f"""
    with moved as (
        update ops.alert a
        set state = 'open', level = c.level, title = c.title, detail = c.detail, owner = c.owner,
            opened_at = now(), state_changed_at = now(), last_seen_at = now(),
            times_opened = times_opened + 1, cleared_at = null, acknowledged_by = null,
            acknowledged_at = null, handled_by = null, handled_at = null, handling_note = null
        from condition c
        where a.rule = c.rule and a.subject = c.subject and a.state = 'cleared'
        returning a.alert_id, c.level, c.title, c.summary
    )
    insert into ops.outbox (alert_id, event, title, body)
    select alert_id, 'reopened', {heading("reopened")} || title, summary
    from moved order by alert_id"""

_CHANGE_LEVEL = f"""
    with changed as (
        select a.alert_id, a.state, c.level, c.title, c.summary,
            array_position({LEVELS}, c.level) > array_position({LEVELS}, a.level) as is_worse
        from ops.alert a join condition c on a.rule = c.rule and a.subject = c.subject
        where a.state <> 'cleared' and a.level <> c.level
        for update of a
    ),
    moved as (
        update ops.alert a
        set level = changed.level, state_changed_at = now(),
            state = case when a.state = 'handled' and is_worse then 'open' else a.state end
        from changed where a.alert_id = changed.alert_id
        returning a.alert_id
    )
    insert into ops.outbox (alert_id, event, title, body)
    select alert_id, case when is_worse then 'raised' else 'lowered' end,
        case when is_worse then {heading("raised")} else {heading("lowered")} end || title, summary
    from changed join moved using (alert_id) order by alert_id"""

_OPEN = f"""
    with moved as (
        insert into ops.alert (rule, subject, level, state, title, detail, owner)
        select rule, subject, level, 'open', title, detail, owner from condition
        order by array_position({LEVELS}, level) desc, rule, subject
        on conflict (rule, subject) do nothing
        returning alert_id, level, title, detail
    )
    insert into ops.outbox (alert_id, event, title, body)
    select alert_id, 'opened', {heading("opened")} || title,
        coalesce(detail ->> 'summary_zh', '') || ' | ' || coalesce(detail ->> 'summary_en', '')
    from moved order by alert_id"""

_CLEAR = f"""
    with moved as (
        update ops.alert a
        set state = 'cleared', state_changed_at = now(), cleared_at = now()
        where state <> 'cleared' and rule = any(%s) and not exists (
            select 1 from condition c where c.rule = a.rule and c.subject = a.subject)
        returning alert_id, level, title, opened_at
    )
    insert into ops.outbox (alert_id, event, title, body)
    select alert_id, 'cleared', {heading("cleared")} || title,
        '自 ' || opened_at::date || ' 起的预警已解除 | raised on ' || opened_at::date
            || ', now over'
    from moved order by alert_id"""

# The text follows the figures without a message: only a change of state or level sends one.
_REFRESH = """
    update ops.alert a
    set title = c.title, detail = c.detail, owner = c.owner, last_seen_at = now()
    from condition c
    where a.rule = c.rule and a.subject = c.subject"""
