"""The life cycle of an alert: open → acknowledged → handled → cleared, and possibly open again.

There is one alert per (rule, subject). It is cleared automatically when its condition no longer
holds and reopened, with the same id, when the condition returns. A handled alert whose level rises
is opened again. An acknowledged one stays acknowledged, because it already has a person in charge.
Each change of state or level writes one message to the outbox, in the same transaction.

The message that an alert has cleared, or is less severe, is delayed for some minutes. If the
condition returns by then, the delayed message is deleted and no other is written: a condition that
flaps sends its first message only.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from livelihood.alerts.conditions import read_conditions
from livelihood.alerts.messages import LEVELS_SQL, heading_sql
from livelihood.alerts.rules import RULES, Rule
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease


@dataclass(frozen=True)
class AlertReport:
    """The numbers of alerts that one evaluation changed, and of those active after it."""

    opened: int
    reopened: int
    resumed: int
    level_changed: int
    cleared: int
    active: int
    skipped_rules: tuple[str, ...]

    @property
    def changed(self) -> int:
        """Number of changes with a message; an alert that is resumed has none."""
        return self.opened + self.reopened + self.level_changed + self.cleared


def raise_alerts(settings: Settings, rules: tuple[Rule, ...] = RULES) -> AlertReport:
    """Open, change and clear alerts according to the current conditions, in one transaction.

    A rule that cannot be evaluated yet neither opens nor clears alerts. Raises `StageBusy` if
    another evaluation does not end within `retry_seconds`.
    """
    with (
        connect(settings) as connection,
        lease(connection, "alert", wait_seconds=settings.retry_seconds),
    ):
        evaluated = read_conditions(connection, settings, rules)
        parameters = {"delay_minutes": settings.alert_clear_delay_minutes, "rules": evaluated}
        counts = {
            "resumed": connection.execute(_RESUME).rowcount,
            "reopened": connection.execute(_REOPEN).rowcount,
            "level_changed": connection.execute(_CHANGE_LEVEL, parameters).rowcount,
            "opened": connection.execute(_OPEN).rowcount,
            "cleared": connection.execute(_CLEAR, parameters).rowcount,
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


# A delayed message that was not tried yet.
_IS_DELAYED = "sent_at is null and not dead and attempts = 0 and next_attempt_at > now()"

# What people did about the alert stays. The state is not `handled`: the condition is back.
_RESUME = f"""
    with delayed as (
        delete from ops.outbox as outbox
        using ops.alert as alert
        where outbox.alert_id = alert.alert_id and alert.state = 'cleared'
            and outbox.event = 'cleared' and {_IS_DELAYED}
            and exists (
                select from condition
                where condition.rule = alert.rule and condition.subject = alert.subject
            )
        returning outbox.alert_id
    )
    update ops.alert
    set state = case when acknowledged_at is null and handled_at is null then 'open'
            else 'acknowledged' end,
        state_changed_at = now(), last_seen_at = now(), cleared_at = null,
        times_opened = times_opened + 1
    from delayed
    where alert.alert_id = delayed.alert_id"""

_REOPEN = f"""
    with reopened as (
        update ops.alert
        set state = 'open', level = condition.level, title = condition.title,
            detail = condition.detail, owner = condition.owner, opened_at = now(),
            state_changed_at = now(), last_seen_at = now(), times_opened = times_opened + 1,
            cleared_at = null, acknowledged_by = null, acknowledged_at = null,
            handled_by = null, handled_at = null, handling_note = null
        from condition
        where alert.rule = condition.rule and alert.subject = condition.subject
            and alert.state = 'cleared'
        returning alert_id, condition.level, condition.title, condition.summary
    )
    insert into ops.outbox (alert_id, event, title, body)
    select alert_id, 'reopened', {heading_sql("reopened")} || title, summary
    from reopened
    order by alert_id"""

_CHANGE_LEVEL = f"""
    with changed as (
        select
            alert_id, condition.level, condition.title, condition.summary,
            array_position({LEVELS_SQL}, condition.level)
                > array_position({LEVELS_SQL}, alert.level) as is_worse
        from ops.alert as alert
        join condition on alert.rule = condition.rule and alert.subject = condition.subject
        where alert.state <> 'cleared' and alert.level <> condition.level
        for update of alert
    ),
    updated as (
        update ops.alert
        set level = changed.level, state_changed_at = now(),
            state = case when alert.state = 'handled' and is_worse then 'open' else state end
        from changed
        where alert.alert_id = changed.alert_id
        returning alert.alert_id
    ),
    delayed as (
        delete from ops.outbox as outbox
        using changed
        where outbox.alert_id = changed.alert_id and is_worse and event = 'lowered'
            and {_IS_DELAYED}
        returning outbox.alert_id
    )
    insert into ops.outbox (alert_id, event, title, body, next_attempt_at)
    select
        alert_id, case when is_worse then 'raised' else 'lowered' end,
        case when is_worse then {heading_sql("raised")} else {heading_sql("lowered")} end || title,
        summary,
        now() + make_interval(mins => case when is_worse then 0 else %(delay_minutes)s end)
    from changed
    join updated using (alert_id)
    where alert_id not in (select alert_id from delayed)
    order by alert_id"""

_OPEN = f"""
    with opened as (
        insert into ops.alert (rule, subject, level, state, title, detail, owner)
        select rule, subject, level, 'open', title, detail, owner
        from condition
        order by array_position({LEVELS_SQL}, level) desc, rule, subject
        on conflict (rule, subject) do nothing
        returning alert_id, level, title, detail
    )
    insert into ops.outbox (alert_id, event, title, body)
    select
        alert_id, 'opened', {heading_sql("opened")} || title,
        coalesce(detail ->> 'summary_zh', '') || ' | ' || coalesce(detail ->> 'summary_en', '')
    from opened
    order by alert_id"""

_CLEAR = f"""
    with cleared as (
        update ops.alert
        set state = 'cleared', state_changed_at = now(), cleared_at = now()
        where state <> 'cleared' and rule = any(%(rules)s)
            and not exists (
                select from condition
                where condition.rule = alert.rule and condition.subject = alert.subject
            )
        returning alert_id, level, title, opened_at
    )
    insert into ops.outbox (alert_id, event, title, body, next_attempt_at)
    select
        alert_id, 'cleared', {heading_sql("cleared")} || title,
        '自 ' || opened_at::date || ' 起的预警已解除 | raised on ' || opened_at::date
            || ', now cleared',
        now() + make_interval(mins => %(delay_minutes)s)
    from cleared
    order by alert_id"""

# Text and values are updated without a message; only a change of state or level sends one.
_REFRESH = """
    update ops.alert
    set title = condition.title, detail = condition.detail, owner = condition.owner,
        last_seen_at = now()
    from condition
    where alert.rule = condition.rule and alert.subject = condition.subject"""
