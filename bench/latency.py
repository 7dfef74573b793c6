"""From one record sent into an idle system until `published` shows its effect, through Airflow."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.airflow_clock import STAGES, Passage, passage_of, wait_until_idle
from bench.arrivals import Event, new_spell, send_event
from bench.bed import AS_OF, Bed
from bench.county import published
from bench.figures import Aim, Figure, median
from infra.local.airflow import AirflowServers
from livelihood.settings import Settings
from livelihood.warehouse import connect

TITLE = "Latency: one record into an idle system until its effect is published, through Airflow"
SOON = (Aim(20, is_least=False),)
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 300


def measure(bed: Bed) -> list[Figure]:
    """Median and 95th percentile of whole passages, and the median of each stage."""
    with published(bed) as settings, _airflow(bed, settings) as airflow:
        bed.say("waiting until Airflow is idle")
        wait_until_idle(airflow)
        passages = []
        for turn in range(bed.sized(12, 2)):
            passages.append(_send_and_wait(airflow, new_spell(bed)))
            bed.say(f"event {turn + 1} was published after {passages[-1].total:.1f} s")
            wait_until_idle(airflow)
    totals = [passage.total for passage in passages]
    figures = [Figure(f"median of {len(totals)} events", median(totals), "s", aims=SOON)]
    figures.append(Figure("95th percentile", _percentile_95(totals), "s"))
    return figures + [
        Figure(f"  {stage}", median([passage.seconds[stage] for passage in passages]), "s")
        for stage in STAGES
    ]


def _percentile_95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


@contextmanager
def _airflow(bed: Bed, settings: Settings) -> Iterator[Settings]:
    """Airflow at work on this warehouse; it keeps its own tables in the bed's home."""
    with connect(settings) as connection:
        # Paths of the platform's own home hold dbt's manifest: Airflow's tasks go on with it.
        connection.execute("select 1")
    served = settings
    with AirflowServers(served):
        bed.say("Airflow runs")
        yield served


def _send_and_wait(settings: Settings, event: Event) -> Passage:
    before = _employed(settings, event)
    sent_at = dt.datetime.now(dt.UTC)
    send_event(settings, event)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _employed(settings, event) <= before:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was published for {PATIENCE_SECONDS} s")
        time.sleep(POLL_SECONDS)
    return passage_of(settings, sent_at, dt.datetime.now(dt.UTC))


def _employed(settings: Settings, event: Event) -> float:
    """The published number of newly employed persons of the event's township this month."""
    with connect(settings, autocommit=True) as connection:
        row = connection.execute(
            "select value from published.indicator_value where region_code = %s"
            " and indicator_code = 'newly_employed_persons' and population = 'all'"
            " and period_month = %s",
            [event.township_code, AS_OF.replace(day=1)],
        ).fetchone()
    return float(row[0]) if row else 0.0
