"""The current conditions: all rules are evaluated in one statement, so on one snapshot."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from livelihood.alerts.rules import OPERATORS, RULES, Rule
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse.ledger import loads

# Number of loads in which the newest record of a stream is searched. Streams send new records last,
# so a few loads are enough and the landing table need not be read completely.
RECENT_LOADS = 50

_CREATE_CONDITION = """
    create temporary table condition (
        rule text not null, subject text not null, level text not null, title text not null,
        summary text not null, detail jsonb not null, owner text, primary key (rule, subject)
    ) on commit drop"""

_SELECT_CONDITION = """
    select
        {rule}, subject, level, title_zh || ' | ' || title_en,
        coalesce(summary_zh || ' | ' || summary_en, ''),
        detail || jsonb_build_object(
            'title_zh', title_zh, 'title_en', title_en,
            'summary_zh', summary_zh, 'summary_en', summary_en
        ),
        owner
    from ({query}) as rule_result"""


def read_conditions(
    connection: psycopg.Connection, settings: Settings, rules: tuple[Rule, ...] = RULES
) -> list[str]:
    """Fill the temporary table `condition` and return the names of the evaluated rules.

    A rule is skipped while its relations do not exist, as before the first release.
    """
    evaluable = [rule for rule in rules if _has_relations(connection, rule)]
    connection.execute(_CREATE_CONDITION)
    if not evaluable:
        return []
    selects = [
        sql.SQL(_SELECT_CONDITION).format(rule=sql.Literal(rule.name), query=sql.SQL(rule.query))
        for rule in evaluable
    ]
    statement = sql.SQL("with stream as ({}) insert into condition {}").format(
        _streams(connection), sql.SQL(" union all ").join(selects)
    )
    parameters: dict[str, Any] = {
        "today": settings.today,
        "operators": OPERATORS,
        "contracts": Jsonb(_contracts()),
        "first_load_at": loads.first_after(connection, {}),
    }
    connection.execute(statement, parameters)
    return [rule.name for rule in evaluable]


def _has_relations(connection: psycopg.Connection, rule: Rule) -> bool:
    row = connection.execute(
        "select bool_and(to_regclass(name) is not null) from unnest(%s::text[]) name",
        [list(rule.relations)],
    ).fetchone()
    return bool(row and row[0])


def _contracts() -> list[dict[str, Any]]:
    return [
        {
            "name": contract.name,
            "title_zh": contract.title_zh,
            "owner": contract.owner_zh,
            "freshness_days": contract.freshness_days,
        }
        for contract in load_contracts().values()
    ]


def _streams(connection: psycopg.Connection) -> sql.Composed:
    newest = sql.SQL(" ").join(
        sql.SQL("when {name} then ({query})").format(
            name=sql.Literal(stream), query=_newest_record(connection, stream)
        )
        for stream in load_contracts()
    )
    # A stream without any record counts from the first load of the platform.
    return sql.SQL("""
        select
            name, title_zh, owner, freshness_days,
            coalesce(case name {newest} end, %(first_load_at)s::timestamptz) as newest_at
        from jsonb_to_recordset(%(contracts)s)
            as contract (name text, title_zh text, owner text, freshness_days integer)""").format(
        newest=newest
    )


def _newest_record(connection: psycopg.Connection, stream: str) -> sql.Composed:
    return sql.SQL("select max(recorded_at) from {landing} where _load_id >= {first}").format(
        landing=sql.Identifier("landing", stream),
        first=sql.Literal(loads.first_recent(connection, stream, RECENT_LOADS)),
    )
