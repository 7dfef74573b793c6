"""Time from one record sent to an idle platform until its effect is published, through Airflow."""

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

TITLE = (
    "Latency: one record sent to an idle platform until its effect is published, through Airflow"
)
MAX_MEDIAN = (Threshold(10, is_minimum=False),)
MAX_PERCENTILE = (Threshold(30, is_minimum=False),)
MAX_UNDER_LOAD = (Threshold(60, is_minimum=False),)
POLL_SECONDS = 0.05
TIMEOUT_SECONDS = 1_200


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure median and 95th percentile of events, the median of each stage and of idle runs."""
    with published(environment, environment.settings.home) as settings:
        environment.log("starting Airflow")
        with AirflowServers(settings) as airflow:
            wait_until_idle(settings)
            environment.log(
                "one event that does not count: dbt reads its project for the first time"
            )
            _time_event(environment, settings, new_spell(environment))
            events = [
                _time_event(environment, settings, new_spell(environment))
                for _ in range(environment.sized(12, 2))
            ]
            under_load = (
                [_time_under_load(environment, settings)] if "latency" in environment.named else []
            )
            environment.log("running monitor with nothing new")
            idle = [run_monitor(airflow) for _ in range(environment.sized(3, 1))]
    totals = [times.total for times in events]
    return [
        Measurement(f"median of {len(totals)} events", median(totals), "s", thresholds=MAX_MEDIAN),
        Measurement("95th percentile", _percentile_95(totals), "s", thresholds=MAX_PERCENTILE),
        *_stages(events),
        *_under_load(environment, under_load, median(totals)),
        Measurement("monitor with nothing new, through Airflow", median(idle), "s"),
    ]


def _stages(events: list[EventTimes]) -> list[Measurement]:
    return [
        Measurement(f"  {stage}", median([times.seconds[stage] for times in events]), "s")
        for stage in STAGES
    ]


def _under_load(
    environment: BenchEnvironment, events: list[EventTimes], idle: float
) -> list[Measurement]:
    waiting = sum(environment.county.accepted(stream).height for stream in load_contracts())
    title = f"while {waiting:,} records load"
    return [
        figure
        for times in events
        for figure in (
            Measurement(title, times.total, "s", "idle", idle, thresholds=MAX_UNDER_LOAD),
            *_stages([times]),
        )
    ]


def _time_under_load(environment: BenchEnvironment, settings: Settings) -> EventTimes:
    """Send one event when new revisions of all records have just begun to load."""
    environment.log("one event while new revisions of all records load")
    for stream, messages in corrections(environment).items():
        fill(settings, stream, messages, len(messages))
    return _time_event(environment, settings, new_spell(environment))


def _percentile_95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _time_event(environment: BenchEnvironment, settings: Settings, event: NewSpell) -> EventTimes:
    """Send one event, wait for the published figure, then read the stages' times from Airflow."""
    before = _employed(settings, event)
    sent_at = dt.datetime.now(dt.UTC)
    send_spell(settings, event)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while _employed(settings, event) <= before:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was published for {TIMEOUT_SECONDS} s")
        time.sleep(POLL_SECONDS)
    seen_at = dt.datetime.now(dt.UTC)
    wait_until_idle(settings)
    times = event_times(settings, sent_at, seen_at)
    stages = ", ".join(f"{name} {times.seconds[name]:.1f}" for name in STAGES)
    environment.log(f"published after {times.total:.1f} s: {stages}")
    return times


def _employed(settings: Settings, event: NewSpell) -> float:
    """Return the published number of newly employed persons of the township this month."""
    with connect(settings, autocommit=True) as connection:
        row = connection.execute(
            "select value from published.indicator_value where region_code = %s"
            " and indicator_code = 'newly_employed_persons' and population = 'all'"
            " and period_month = %s",
            [event.township_code, COUNTY_END.replace(day=1)],
        ).fetchone()
    return float(row[0]) if row else 0.0
