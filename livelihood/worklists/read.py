"""The reader of work lists: the action list of the newest release, counted or listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import CASEWORKER, connect
from livelihood.warehouse.ledger import releases

_LISTED = """
    from published.action_list as list
    join published.dim_monitor as monitor on monitor.monitor_code = list.monitor_code
    join published.dim_region as region on region.region_code = list.region_code
    where (%(township)s::text is null or %(township)s in (region.region_code, region.name_zh))"""
_COUNTS = f"""
    select list.monitor_code, monitor.name_zh, list.owner, count(*) as subjects,
        sum(list.persons) as persons, sum(list.amount_yuan) as amount_yuan,
        count(*) filter (where list.due_on < %(as_of)s) as overdue,
        max(%(as_of)s - list.opened_on) as longest_days
    {_LISTED}
    group by list.monitor_code, monitor.name_zh, list.owner
    order by subjects desc, list.monitor_code"""
_ROWS = f"""
    select region.name_zh as township, list.subject, list.opened_on, list.due_on,
        %(as_of)s - list.opened_on as days_open, list.persons, list.amount_yuan,
        list.reason_code, list.owner
    {_LISTED}
        and %(monitor)s in (monitor.monitor_code, monitor.name_zh)
    order by list.opened_on, list.region_code, list.subject
    limit %(limit)s"""

_MONITOR = "select 1 from published.dim_monitor where monitor_code = %s or name_zh = %s"
_TOWNSHIP = """
    select 1 from published.dim_region
    where level = 'township' and (region_code = %s or name_zh = %s)"""


@dataclass(frozen=True)
class Actions:
    """Column names and rows of a list, the longest open case first."""

    names: list[str]
    rows: list[tuple[Any, ...]]


def list_actions(
    settings: Settings, monitor: str | None, township: str | None, limit: int | None
) -> Actions:
    """Return the cases of a monitor, or without one the number of cases of each monitor.

    `monitor` and `township` are codes or Chinese names. Raises LivelihoodError if the release does
    not have them, and if nothing has been published yet.
    """
    with connect(settings, role=CASEWORKER) as connection:
        try:
            release = releases.newest(connection)
            as_of = release.as_of_date if release else None
            _require(connection, _MONITOR, monitor, "dim_monitor")
            _require(connection, _TOWNSHIP, township, "dim_region")
            cursor = connection.execute(
                _COUNTS if monitor is None else _ROWS,
                {"monitor": monitor, "township": township, "limit": limit, "as_of": as_of},
            )
        except psycopg.errors.UndefinedTable as error:
            message = "no release has an action list yet: run `livelihood run`"
            raise LivelihoodError(message) from error
        return Actions([column.name for column in cursor.description or ()], cursor.fetchall())


def _require(connection: psycopg.Connection, query: str, name: str | None, catalogue: str) -> None:
    if name is None or connection.execute(query, [name, name]).fetchone() is not None:
        return
    raise LivelihoodError(
        f"{name!r} is not in the release: "
        f'`livelihood sql "select * from {catalogue}"` lists what is'
    )
