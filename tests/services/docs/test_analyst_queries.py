"""Every query of the analysts' handbook runs in the role it is for, and the first one is right."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from livelihood.scorecard import read_scorecard
from livelihood.settings import Settings
from livelihood.warehouse import ANALYST, CASEWORKER, connect
from livelihood.warehouse.connection import Role
from tests.documents import Block, Document

QUERIES = [block for block in Document("docs/analysts.md").blocks if block.language == "sql"]
BEHIND = "Targets that are behind: where, and since when"
# What a release must have; other answers depend on the county and on how many releases there are.
NEVER_EMPTY = {
    "Number of targets per status and plan",
    "Targets of each department",
    "Source of the values of each target",
    "Contradictions within the plans",
    "Targets whose value the plan does not state exactly",
    "A value month by month",
    "Ranking of townships",
    "Comparison of populations",
    "All releases",
    "Origin of a release",
    "Descriptions of the columns of a table",
}


def answer(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """Run a query as analyst, or as caseworker if it is about persons; return all rows."""
    role = CASEWORKER if "published.action_list" in query else ANALYST
    return query_as(settings, query, role)


def query_as(settings: Settings, query: str, role: Role) -> list[tuple[Any, ...]]:
    """Run a query in a role; return all rows."""
    with connect(settings, autocommit=True, role=role) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def test_there_are_about_twenty_queries() -> None:
    assert len(QUERIES) >= 20
    assert {block.heading for block in QUERIES} >= NEVER_EMPTY | {BEHIND}


@pytest.mark.parametrize("query", QUERIES, ids=lambda block: block.heading)
def test_the_query_runs(published_platform: Settings, query: Block) -> None:
    rows = answer(published_platform, query.text)
    assert rows or query.heading not in NEVER_EMPTY


def test_targets_behind_equal_those_of_the_scorecard(published_platform: Settings) -> None:
    (query,) = (block.text for block in QUERIES if block.heading == BEHIND)
    behind = sorted((row[0], row[1], row[2], row[3]) for row in answer(published_platform, query))
    short = ("behind", "missed")
    card = read_scorecard(published_platform)
    targets = [
        (target.name_zh, target.status, target.status_since)
        for plan in card.plans
        for target in plan.targets
        if target.status in short
    ]
    parts = [
        (target.name_zh, part.region_zh, part.status)
        for plan in card.plans
        for target in plan.targets
        for part in target.parts
        if part.status in short
    ]
    assert len(behind) == len(targets) + len(parts)
    assert {(name, status, since) for name, _, status, since in behind} >= set(targets)
    assert {(name, region, status) for name, region, status, _ in behind} >= set(parts)


def test_an_analyst_reads_published_tables_only(published_platform: Settings) -> None:
    for relation in ("landing.employment", "intermediate.int_employment_records", "ops.quarantine"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            answer(published_platform, f"select * from {relation} limit 1")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        answer(published_platform, "delete from published.target_progress_vintages")


@pytest.mark.parametrize("relation", ["action_list", "action_list_vintages", "action_list_at(1)"])
def test_only_a_caseworker_reads_about_persons(published_platform: Settings, relation: str) -> None:
    query = f"select * from published.{relation} limit 1"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query_as(published_platform, query, "analyst")
    query_as(published_platform, query, "caseworker")
