"""From one record sent into an idle system until `published` shows its effect, through Airflow."""

from __future__ import annotations

import datetime as dt
import statistics
import time

from bench.airflow_clock import STAGES, Passage, passage_of, run_monitor, wait_until_idle
from bench.arrivals import Event, corrections, new_spell, send_event
from bench.bed import AS_OF, Bed
from bench.county import published
from bench.figures import Aim, Figure, median
from bench.topics import fill
from infra.local.airflow import AirflowServers
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect

TITLE = "Latency: one record into an idle system until its effect is published, through Airflow"
SOON = (Aim(10, is_least=False),)
NEARLY_ALWAYS = (Aim(30, is_least=False),)
IN_A_CROWD = (Aim(60, is_least=False),)
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 1_200


def measure(bed: Bed) -> list[Figure]:
    """Median and 95th percentile of whole passages, the median of each stage, and of idle runs."""
    with published(bed, bed.settings.home) as settings:
        bed.say("starting Airflow")
        with AirflowServers(settings) as airflow:
            wait_until_idle(settings)
            bed.say("one event that does not count: dbt reads its project for the first time")
            _passage(bed, settings, new_spell(bed))
            passages = [_passage(bed, settings, new_spell(bed)) for _ in range(bed.sized(12, 2))]
            crowded = [_in_a_crowd(bed, settings)] if "latency" in bed.named else []
            bed.say("monitoring with nothing new")
            idle = [run_monitor(airflow) for _ in range(bed.sized(3, 1))]
    totals = [passage.total for passage in passages]
    return [
        Figure(f"median of {len(totals)} events", median(totals), "s", aims=SOON),
        Figure("95th percentile", _percentile_95(totals), "s", aims=NEARLY_ALWAYS),
        *_stages(passages),
        *_crowded(bed, crowded, median(totals)),
        Figure("monitor with nothing new, through Airflow", median(idle), "s"),
    ]


def _stages(passages: list[Passage]) -> list[Figure]:
    return [
        Figure(f"  {stage}", median([passage.seconds[stage] for passage in passages]), "s")
        for stage in STAGES
    ]


def _crowded(bed: Bed, passages: list[Passage], idle: float) -> list[Figure]:
    waiting = sum(bed.county.accepted(stream).height for stream in load_contracts())
    title = f"while {waiting:,} records load"
    return [
        figure
        for passage in passages
        for figure in (
            Figure(title, passage.total, "s", "idle", idle, aims=IN_A_CROWD),
            *_stages([passage]),
        )
    ]


def _in_a_crowd(bed: Bed, settings: Settings) -> Passage:
    """Send one event when new revisions of all records have just begun to load."""
    bed.say("one event while new revisions of all records load")
    for stream, messages in corrections(bed).items():
        fill(settings, stream, messages, len(messages))
    return _passage(bed, settings, new_spell(bed))


def _percentile_95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _passage(bed: Bed, settings: Settings, event: Event) -> Passage:
    """Send one event, watch the published figure, then ask Airflow where the time went."""
    before = _employed(settings, event)
    sent_at = dt.datetime.now(dt.UTC)
    send_event(settings, event)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _employed(settings, event) <= before:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was published for {PATIENCE_SECONDS} s")
        time.sleep(POLL_SECONDS)
    seen_at = dt.datetime.now(dt.UTC)
    wait_until_idle(settings)
    passage = passage_of(settings, sent_at, seen_at)
    stages = ", ".join(f"{name} {passage.seconds[name]:.1f}" for name in STAGES)
    bed.say(f"published after {passage.total:.1f} s: {stages}")
    return passage


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
