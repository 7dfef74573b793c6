"""From one record sent into an idle system until `published` shows its effect, through Airflow."""

from __future__ import annotations

import datetime as dt
import statistics
import time

from bench.airflow_timings import STAGES, EventTimes, event_times, run_monitor
from bench.corrections import corrections
from bench.environment import BenchEnvironment
from bench.measurements import Measurement, Threshold, median
from infra.local.airflow import AirflowServers
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.airflow import wait_until_idle
from testkit.county import published
from testkit.environment import COUNTY_END
from testkit.simulated_messages import NewSpell, new_spell, send_spell
from testkit.topics import fill

TITLE = "Latency: one record into an idle system until its effect is published, through Airflow"
SOON = (Threshold(10, is_minimum=False),)
NEARLY_ALWAYS = (Threshold(30, is_minimum=False),)
IN_A_CROWD = (Threshold(60, is_minimum=False),)
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 1_200


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Median and 95th percentile of whole passages, the median of each stage, and of idle runs."""
    with published(environment, environment.settings.home) as settings:
        environment.log("starting Airflow")
        with AirflowServers(settings) as airflow:
            wait_until_idle(settings)
            environment.log(
                "one event that does not count: dbt reads its project for the first time"
            )
            _passage(environment, settings, new_spell(environment))
            passages = [
                _passage(environment, settings, new_spell(environment))
                for _ in range(environment.sized(12, 2))
            ]
            crowded = [_in_a_crowd(environment, settings)] if "latency" in environment.named else []
            environment.log("monitoring with nothing new")
            idle = [run_monitor(airflow) for _ in range(environment.sized(3, 1))]
    totals = [passage.total for passage in passages]
    return [
        Measurement(f"median of {len(totals)} events", median(totals), "s", thresholds=SOON),
        Measurement("95th percentile", _percentile_95(totals), "s", thresholds=NEARLY_ALWAYS),
        *_stages(passages),
        *_crowded(environment, crowded, median(totals)),
        Measurement("monitor with nothing new, through Airflow", median(idle), "s"),
    ]


def _stages(passages: list[EventTimes]) -> list[Measurement]:
    return [
        Measurement(f"  {stage}", median([passage.seconds[stage] for passage in passages]), "s")
        for stage in STAGES
    ]


def _crowded(
    environment: BenchEnvironment, passages: list[EventTimes], idle: float
) -> list[Measurement]:
    waiting = sum(environment.county.accepted(stream).height for stream in load_contracts())
    title = f"while {waiting:,} records load"
    return [
        figure
        for passage in passages
        for figure in (
            Measurement(title, passage.total, "s", "idle", idle, thresholds=IN_A_CROWD),
            *_stages([passage]),
        )
    ]


def _in_a_crowd(environment: BenchEnvironment, settings: Settings) -> EventTimes:
    """Send one event when new revisions of all records have just begun to load."""
    environment.log("one event while new revisions of all records load")
    for stream, messages in corrections(environment).items():
        fill(settings, stream, messages, len(messages))
    return _passage(environment, settings, new_spell(environment))


def _percentile_95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _passage(environment: BenchEnvironment, settings: Settings, event: NewSpell) -> EventTimes:
    """Send one event, watch the published figure, then ask Airflow where the time went."""
    before = _employed(settings, event)
    sent_at = dt.datetime.now(dt.UTC)
    send_spell(settings, event)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _employed(settings, event) <= before:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was published for {PATIENCE_SECONDS} s")
        time.sleep(POLL_SECONDS)
    seen_at = dt.datetime.now(dt.UTC)
    wait_until_idle(settings)
    passage = event_times(settings, sent_at, seen_at)
    stages = ", ".join(f"{name} {passage.seconds[name]:.1f}" for name in STAGES)
    environment.log(f"published after {passage.total:.1f} s: {stages}")
    return passage


def _employed(settings: Settings, event: NewSpell) -> float:
    """The published number of newly employed persons of the event's township this month."""
    with connect(settings, autocommit=True) as connection:
        row = connection.execute(
            "select value from published.indicator_value where region_code = %s"
            " and indicator_code = 'newly_employed_persons' and population = 'all'"
            " and period_month = %s",
            [event.township_code, COUNTY_END.replace(day=1)],
        ).fetchone()
    return float(row[0]) if row else 0.0
