"""What is past its time goes; no figure changes, and every kept one can be walked back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from pydantic import ValidationError

from livelihood.contracts import load_contract, load_contracts
from livelihood.kafka import create_topics
from livelihood.kafka.admin import admin_client, retention_days
from livelihood.retention import prune
from livelihood.settings import Settings
from livelihood.transform import reconcile
from livelihood.warehouse import connect
from producers.sender import Sender
from simulator import Simulation, load_profile, simulate
from testkit.platforms import AS_OF, publish_all, send_halves

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def county() -> Simulation:
    profile = load_profile("ceheng").scaled(0.005)
    return simulate(profile, 3, dt.date(2022, 7, 1), AS_OF, faults=True)


def rows(settings: Settings, query: str) -> Rows:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def execute(settings: Settings, *statements: str) -> None:
    with connect(settings) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def held(settings: Settings) -> dict[str, int]:
    tables = [*(f"landing.{stream}" for stream in load_contracts()), "ops.quarantine"]
    return {table: rows(settings, f"select count(*) from {table}")[0][0] for table in tables}


def cited(settings: Settings, release_id: int) -> dict[str, Rows]:
    """The records that the figures of a release rest on: the valid ones at its horizon."""
    [(horizon,)] = rows(
        settings, f"select horizon from published.release where release_id = {release_id}"
    )
    return {
        stream: rows(
            settings,
            "select _partition, _offset, record_id, revision from ("
            " select distinct on (record_id) * from landing."
            f"{stream} where _load_id <= {horizon[stream]} order by record_id, revision desc,"
            " recorded_at desc, _produced_at desc, _partition desc, _offset desc) newest"
            " where operation <> 'withdraw' order by 1, 2",
        )
        for stream in load_contracts()
    }


def shown(settings: Settings, release_id: int) -> Rows:
    return rows(
        settings, f"select * from published.indicator_value_at({release_id}) order by 1, 2, 3, 4"
    )


def age(settings: Settings) -> None:
    """Let three years pass."""
    execute(
        settings,
        "update ops.load set committed_at = committed_at - interval '3 years 2 days'",
        "update ops.quarantine set quarantined_at = quarantined_at - interval '3 years 2 days'",
    )


def removed(settings: Settings) -> dict[str, int]:
    return {removal.table: removal.rows for removal in prune(settings, apply=True)}


def test_nothing_a_figure_rests_on_goes(platform: Settings, county: Simulation) -> None:
    for _ in send_halves(platform, county):
        assert publish_all(platform) is not None
    assert prune(platform) == [], "all of it is new"
    age(platform)
    before = held(platform)
    records = {release: cited(platform, release) for release in (1, 2)}
    figures = {release: shown(platform, release) for release in (1, 2)}
    assert records[1] != records[2]

    listed = {removal.table: removal.rows for removal in prune(platform)}
    assert held(platform) == before, "listing removes nothing"
    assert removed(platform) == listed
    after = held(platform)
    assert {table: before[table] - after[table] for table in listed} == listed
    assert sum(listed[table] for table in listed if table.startswith("landing.")) > 0
    assert after["ops.quarantine"] == 0
    assert {release: cited(platform, release) for release in (1, 2)} == records
    assert {release: shown(platform, release) for release in (1, 2)} == figures
    assert removed(platform) == {}
    report = reconcile(platform)
    assert report.is_equal, report.differences

    # Ten years later: release 1 goes whole, and with it what only it rested on.
    execute(
        platform,
        "update published.release set released_at = now() - interval '11 years'"
        " where release_id = 1",
    )
    assert removed(platform) == {}, "releases are kept for ever unless a setting says otherwise"
    late = removed(platform.model_copy(update={"retain_releases_days": 3650}))
    assert late["published.indicator_value_vintages"] > 0
    assert any(table.startswith("landing.") for table in late)
    assert shown(platform, 1) == []
    assert shown(platform, 2) == figures[2]
    assert cited(platform, 2) == records[2]
    assert rows(platform, "select count(*) from published.release") == [(2,)]

    # What went comes again, as repeated old revisions: it must not count.
    for stream in load_contracts():
        Sender(platform, stream).send([county.accepted(stream).head(2_000)])
    publish_all(platform)
    assert rows(platform, "select count(*) from marts.indicator_value")[0][0] == len(figures[2])
    changed = (
        "select count(*) from published.indicator_value_vintages where from_release > 2"
        " or to_release > 2"
    )
    assert rows(platform, changed) == [(0,)]
    report = reconcile(platform)
    assert report.is_equal, report.differences


def test_the_law_is_the_least() -> None:
    with pytest.raises(ValidationError, match="3650"):
        Settings(_env_file=None, retain_releases_days=365)
    with pytest.raises(ValidationError, match="730"):
        Settings(_env_file=None, retain_superseded_days=30)


def kafka_days(settings: Settings) -> float:
    topic = load_contract("training").topic
    with admin_client(settings) as client:
        answer = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    [topics] = answer.values()
    return int(topics[topic]["retention.ms"]["value"]) / 86_400_000


@pytest.mark.parametrize(
    ("wanted", "backup", "expected"), [(None, 30, 90), (45, 30, 45), (7, 30, 30), (None, 120, 120)]
)
def test_kafka_keeps_what_a_restore_needs(
    platform: Settings, wanted: int | None, backup: int, expected: int
) -> None:
    changed = platform.model_copy(update={"kafka_retention_days": wanted, "backup_days": backup})
    try:
        create_topics(changed)
        assert retention_days(load_contract("training"), changed) == expected
        assert kafka_days(changed) == expected
    finally:
        create_topics(platform)
