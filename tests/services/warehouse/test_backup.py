"""A backup taken while the platform runs; restored, it catches up from Kafka automatically."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from infra.local.backup import backup, restore
from infra.local.errors import LocalServerError
from livelihood.load.backlog import backlog
from livelihood.settings import Settings
from livelihood.transform import reconcile
from livelihood.warehouse import connect, migrate
from simulator import load_profile, simulate
from testkit.platforms import AS_OF, publish_all, send_halves
from tests.services.transform.indicator_rows import KEY, indicator_values

COUNTED = ("landing.employment", "landing.wage_payment", "ops.quarantine", "published.release")


def counts(settings: Settings) -> dict[str, int]:
    with connect(settings) as connection:
        return {
            table: (connection.execute(f"select count(*) from {table}".encode()).fetchone() or [0])[
                0
            ]
            for table in COUNTED
        }


def published(settings: Settings) -> pl.DataFrame:
    return indicator_values(settings, "published.indicator_value").sort(KEY)


def test_an_older_backup_catches_up_from_kafka(platform: Settings, tmp_path: Path) -> None:
    profile = load_profile("ceheng").scaled(0.005)
    county = simulate(profile, 3, dt.date(2022, 7, 1), AS_OF, faults=True)
    file = tmp_path / "backups" / "livelihood.dump"
    for half in send_halves(platform, county):
        assert publish_all(platform) is not None
        if half == 0:
            assert backup(platform, file) > 10_000
            counts_at_backup = counts(platform)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    counts_at_end, published_at_end = counts(platform), published(platform)
    assert counts_at_end != counts_at_backup

    restore(platform, file)
    migrate(platform)
    assert counts(platform) == counts_at_backup
    assert sum(backlog(platform).values()) > 0
    release = publish_all(platform)
    assert release is not None
    assert counts(platform) == counts_at_end
    assert_frame_equal(published(platform), published_at_end)
    assert reconcile(platform).is_equal


def test_a_restore_that_fails_leaves_the_warehouse_as_it_was(
    warehouse: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "livelihood.dump"
    # The last third may be a second table of contents, without which a restore succeeds.
    half = backup(warehouse, file) // 2
    with connect(warehouse) as connection:
        connection.execute("create table ops.witness ()")
    broken = {"cut.dump": file.read_bytes()[:half], "other.dump": b"not a dump"}
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(LocalServerError, match="the warehouse is unchanged"):
            restore(warehouse, tmp_path / name)
    with connect(warehouse) as connection:
        connection.execute("select * from ops.witness")
    restore(warehouse, file)
    with connect(warehouse) as connection:
        witness = connection.execute("select to_regclass('ops.witness')").fetchone()
    assert witness == (None,)


def test_a_restore_does_not_disconnect_others(warehouse: Settings, tmp_path: Path) -> None:
    file = tmp_path / "livelihood.dump"
    backup(warehouse, file)
    with connect(warehouse), pytest.raises(LocalServerError, match="1 other connections"):
        restore(warehouse, file)
    with pytest.raises(LocalServerError, match="there is no backup"):
        restore(warehouse, tmp_path / "none.dump")


def test_a_backup_of_an_unreachable_server_leaves_no_file(
    new_settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(LocalServerError, match="not backed up"):
        backup(new_settings, tmp_path / "livelihood.dump")
    assert list(tmp_path.iterdir()) == []
