"""Publication when little and when everything has changed, beside plainly writing all rows anew."""

from __future__ import annotations

import psycopg

from bench.bed import Bed
from bench.county import published
from bench.figures import Figure, median, timed
from livelihood.publish import publish
from livelihood.settings import Settings
from livelihood.warehouse import connect

TITLE = "Publish: one transaction, every vintage kept"
PLAIN = "plain rewrite"


def measure(bed: Bed) -> list[Figure]:
    """Seconds of a release in which 1 % and 100 % of the figures differ from the one before."""
    rounds = bed.sized(3, 1)
    with published(bed) as settings:
        bed.say("publishing changed figures")
        rows = _make_changeable(settings)
        plain = median([timed(lambda: _rewrite(settings))[0] for _ in range(rounds)])
        figures = []
        for share in (0.01, 1.0):
            seconds = median([_release_seconds(settings, share) for _ in range(rounds)])
            title = f"{share:.0%} of {rows:,} figures changed"
            figures.append(Figure(title, seconds, "s", PLAIN, plain))
        return figures


def _make_changeable(settings: Settings) -> int:
    """Turn the mart of the figures into a plain table, whatever it is; return its rows."""
    with connect(settings) as connection:
        connection.execute("create table marts.copied as select * from marts.indicator_value")
        kind = connection.execute(
            "select relkind from pg_class where oid = 'marts.indicator_value'::regclass"
        ).fetchone()
        word = "view" if kind == ("v",) else "table"
        connection.execute(f"drop {word} marts.indicator_value".encode())
        connection.execute("alter table marts.copied rename to indicator_value")
        connection.execute("analyze marts.indicator_value")
        row = connection.execute("select count(*) from marts.indicator_value").fetchone()
    return int(row[0]) if row else 0


def _rewrite(settings: Settings) -> None:
    """What publishing would be without vintages: the figures written anew, with their key."""
    with connect(settings) as connection:
        connection.execute("drop table if exists published.bench_rewritten")
        connection.execute(
            "create table published.bench_rewritten as select * from marts.indicator_value"
        )
        connection.execute(
            "create unique index on published.bench_rewritten"
            " (indicator_code, region_code, population, period_month)"
        )


def _release_seconds(settings: Settings, share: float) -> float:
    with connect(settings) as connection:
        connection.execute(
            "update marts.indicator_value set value = value + 1 where abs(hashtext("
            "concat(indicator_code, region_code, population, period_month))::bigint) %% 100 < %s",
            [round(100 * share)],
        )
        _let_pass(connection)
    seconds, release = timed(lambda: publish(settings))
    if release is None or not release.marts["indicator_value"].closed:
        raise RuntimeError(f"the changed figures were not published: {release}")
    with connect(settings, autocommit=True) as connection:
        connection.execute("vacuum analyze marts.indicator_value")
        connection.execute("vacuum analyze published.indicator_value_vintages")
    return seconds


def _let_pass(connection: psycopg.Connection) -> None:
    """Note the marts as a new build that the gate has let pass."""
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
