"""Pruning deletes expired rows only: no figure changes, and each stays traceable to records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from livelihood.contracts import load_contract, load_contracts
from livelihood.errors import SettingInvalid
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


def stored(settings: Settings) -> dict[str, int]:
    tables = [*(f"landing.{stream}" for stream in load_contracts()), "ops.quarantine"]
    return {table: rows(settings, f"select count(*) from {table}")[0][0] for table in tables}


def supporting_records(settings: Settings, release_id: int) -> dict[str, Rows]:
    """Return the records behind the figures of a release: the valid ones at its horizon."""
    [(horizon,)] = rows(
        settings, f"select horizon from published.release where release_id = {release_id}"
    )
    return {
        stream: rows(
            settings,
            "select _partition, _offset, record_id, revision from ("
            f" select distinct on ({', '.join(contract.identity)}) * from landing.{stream}"
            f" where _load_id <= {horizon[stream]} order by {', '.join(contract.identity)},"
            " revision desc, recorded_at desc, _produced_at desc, _partition desc, _offset desc)"
            " newest where operation <> 'withdraw' order by 1, 2",
        )
        for stream, contract in load_contracts().items()
    }


def send_parts(settings: Settings, county: Simulation) -> Iterator[int]:
    """Send the county in two parts, the second with withdrawals by another source system."""
    withdrawal = {"operation": "withdraw", "source_system": "other"}
    for half in send_halves(settings, county):
        for stream in load_contracts() if half else ():
            few = (
                county.accepted(stream)
                .head(100)
                .with_columns(
                    **{name: pl.lit(value) for name, value in withdrawal.items()},
                    revision=pl.lit(9999, pl.Int32),
                )
            )
            Sender(settings, stream).send([few])
        yield half


def shown(settings: Settings, release_id: int) -> Rows:
    return rows(
        settings, f"select * from published.indicator_value_at({release_id}) order by 1, 2, 3, 4"
    )


def age(settings: Settings) -> None:
    """Make loads and quarantined messages three years older."""
    execute(
        settings,
        "update ops.load set committed_at = committed_at - interval '3 years 2 days'",
        "update ops.quarantine set quarantined_at = quarantined_at - interval '3 years 2 days'",
    )


def pruned(settings: Settings) -> dict[str, int]:
    return {removal.table: removal.rows for removal in prune(settings, apply=True)}


def test_no_record_behind_a_figure_is_deleted(platform: Settings, county: Simulation) -> None:
    for _ in send_parts(platform, county):
        assert publish_all(platform) is not None
    assert prune(platform) == [], "all rows are new"
    age(platform)
    before = stored(platform)
    records = {release: supporting_records(platform, release) for release in (1, 2)}
    figures = {release: shown(platform, release) for release in (1, 2)}
    assert records[1] != records[2]

    listed = {removal.table: removal.rows for removal in prune(platform)}
    assert stored(platform) == before, "listing deletes nothing"
    assert pruned(platform) == listed
    after = stored(platform)
    assert {table: before[table] - after[table] for table in listed} == listed
    assert sum(listed[table] for table in listed if table.startswith("landing.")) > 0
    assert after["ops.quarantine"] == 0
    assert {release: supporting_records(platform, release) for release in (1, 2)} == records
    assert {release: shown(platform, release) for release in (1, 2)} == figures
    assert pruned(platform) == {}
    report = reconcile(platform)
    assert report.is_equal, report.differences

    # Ten years later release 1 is deleted, with the records behind its figures only.
    execute(
        platform,
        "update published.release set released_at = now() - interval '11 years'"
        " where release_id = 1",
    )
    assert pruned(platform) == {}, "releases are stored forever by default"
    late = pruned(platform.model_copy(update={"retain_releases_days": 3650}))
    assert late["published.indicator_value_vintages"] > 0
    assert any(table.startswith("landing.") for table in late)
    assert shown(platform, 1) == []
    assert shown(platform, 2) == figures[2]
    assert supporting_records(platform, 2) == records[2]
    assert rows(platform, "select count(*) from published.release") == [(2,)]

    # Deleted records are sent again, as repeated old revisions: they must not count.
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


def test_legal_minimums_are_enforced() -> None:
    with pytest.raises(SettingInvalid, match="3650"):
        Settings(_env_file=None, retain_releases_days=365)
    with pytest.raises(SettingInvalid, match="730"):
        Settings(_env_file=None, retain_superseded_days=30)


def kafka_days(settings: Settings) -> float:
    topic = load_contract("training").topic
    with admin_client(settings) as client:
        answer = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    [topics] = answer.values()
    return int(topics[topic]["retention.ms"]["value"]) / 86_400_000


@pytest.mark.parametrize(
    ("retention", "backup", "expected"),
    [(None, 30, 90), (45, 30, 45), (7, 30, 30), (None, 120, 120)],
)
def test_kafka_retains_the_records_that_a_restore_needs(
    platform: Settings, retention: int | None, backup: int, expected: int
) -> None:
    changed = platform.model_copy(update={"kafka_retention_days": retention, "backup_days": backup})
    try:
        create_topics(changed)
        assert retention_days(load_contract("training"), changed) == expected
        assert kafka_days(changed) == expected
    finally:
        create_topics(platform)
