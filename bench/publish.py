"""Publication when little and when everything has changed, compared with rewriting all rows."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from bench.environment import BenchEnvironment
from bench.measurements import Measurement, median, timed
from livelihood.publish import publish
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.county import published

TITLE = "Publish: one transaction, every vintage stored"
MART = "indicator_value"
PLAIN = "plain rewrite"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure releases in which 1 % and 100 % of the figures differ from the release before."""
    rounds = environment.sized(3, 1)
    with published(environment) as settings:
        environment.log("publishing changed figures")
        rows = make_changeable(settings, MART)
        plain = median([timed(lambda: _rewrite(settings))[0] for _ in range(rounds)])
        few, full = (
            median([release_seconds(settings, share) for _ in range(rounds)])
            for share in (0.01, 1.0)
        )
    return [
        Measurement(f"1% of {rows:,} figures changed", few, "s", PLAIN, plain),
        Measurement(f"100% of {rows:,} figures changed", full, "s", PLAIN, plain),
        Measurement("  1% changed", few, "s", "100% changed", full),
    ]


def make_changeable(settings: Settings, mart: str) -> int:
    """Turn a mart, table or view, into a plain table. Return its number of rows."""
    with connect(settings) as connection:
        connection.execute(f"create table marts.copied as select * from marts.{mart}".encode())
        kind = connection.execute(
            "select relkind from pg_class where oid = %s::regclass", [f"marts.{mart}"]
        ).fetchone()
        word = "view" if kind == ("v",) else "table"
        connection.execute(f"drop {word} marts.{mart}".encode())
        connection.execute(f"alter table marts.copied rename to {mart}".encode())
        connection.execute(f"analyze marts.{mart}".encode())
        row = connection.execute(f"select count(*) from marts.{mart}".encode()).fetchone()
    return int(row[0]) if row else 0


def _rewrite(settings: Settings) -> None:
    """Write all figures and their key, as publication without vintages would."""
    with connect(settings) as connection:
        connection.execute("drop table if exists published.bench_rewritten")
        connection.execute(
            "create table published.bench_rewritten as select * from marts.indicator_value"
        )
        connection.execute(
            "create unique index on published.bench_rewritten"
            " (indicator_code, region_code, population, period_month)"
        )


def release_seconds(settings: Settings, share: float, marts: Sequence[str] = (MART,)) -> float:
    """Change a share of the marts' values, others each time. Return the seconds to publish them."""
    with connect(settings) as connection:
        for mart in marts:
            connection.execute(
                f"update marts.{mart} as row set value = value + 1"
                " where abs(hashtext(concat((select max(build_id) from ops.build), row))::bigint)"
                " %% 10000 < %s".encode(),
                [round(10_000 * share)],
            )
        _insert_open_build(connection)
    seconds, release = timed(lambda: publish(settings))
    if release is None or not release.marts["indicator_value"].closed:
        raise RuntimeError(f"the changed figures were not published: {release}")
    with connect(settings, autocommit=True) as connection:
        for mart in marts:
            connection.execute(f"vacuum analyze marts.{mart}".encode())
            connection.execute(f"vacuum analyze published.{mart}_vintages".encode())
    return seconds


def _insert_open_build(connection: psycopg.Connection) -> None:
    """Record the marts as a new build for which the gate is open."""
    connection.execute(
        "insert into ops.build (status, horizon, as_of_date, code_version, contract_versions,"
        " dbt_version, finished_at) select status, horizon, as_of_date, code_version,"
        " contract_versions, dbt_version, clock_timestamp() from ops.build"
        " order by build_id desc limit 1"
    )
    connection.execute(
        "insert into ops.gate_result (build_id, verdict, critical_failed, warning_failed, checks,"
        " report) select max(build_id), 'open', 0, 0, 0, '{}' from ops.build"
    )
