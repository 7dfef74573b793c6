"""`make demo`: the whole platform on one machine, with a simulated county or city."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from livelihood.interrupts import ended_silently, interruptible

# The imports take a second, in which a person may press Ctrl-C.
with ended_silently():
    from infra.local.airflow import AirflowServers
    from infra.local.environment import process_environment
    from infra.local.stack import Stack
    from livelihood.cli.ending import run_command
    from livelihood.errors import LivelihoodError
    from livelihood.kafka import create_topics
    from livelihood.load.backlog import backlog
    from livelihood.private_files import write_private
    from livelihood.settings import ROOT, Settings, get_settings
    from livelihood.terminal import echo, echo_document, echo_progress
    from livelihood.warehouse import connect, migrate
    from livelihood.warehouse.ledger import builds, loads, releases, verdicts
    from livelihood.warehouse.ledger.releases import Release
    from livelihood.warehouse.ledger.verdicts import GateVerdict
    from simulator import Profile, load_profile

# Without progress for this time the demo has failed.
TIMEOUT_SECONDS = 600.0
POLL_SECONDS = 2.0
# A build that changes no value passes the gate, but creates no release.
UNCHANGED_AFTER = dt.timedelta(seconds=15)


@dataclass(frozen=True)
class Stage:
    """Progress of the platform: backlog, landed and rejected records, build and release."""

    waiting: int
    loaded: int
    rejected: int
    build: str
    release_id: int | None
    is_done: bool


def main(area: str = "ceheng") -> None:
    """Start the platform, send the area, wait for the release, and print the scorecard."""
    profile = load_profile(area)
    settings = settings_for(profile)
    began = time.monotonic()
    stack = Stack(settings)
    with interruptible(), stack.session("demo", echo_progress):
        stack.check()
        stack.up(airflow=False, on_progress=echo_progress)
        migrate(settings)
        create_topics(settings)
        with stack.airflow_starting(echo_progress):
            _send(profile, settings)
    _wait(settings)
    _show(settings, time.monotonic() - began)


def _send(profile: Profile, settings: Settings) -> None:
    """Send the simulated area. Raises LivelihoodError; the producer has reported why."""
    period = f"{profile.starts_on:%B %Y} to {profile.ends_on:%B %Y}"
    echo_progress(f"sending the simulated {profile.title}, {period} ...")
    completed = subprocess.run(
        [sys.executable, "-m", "producers", "simulate", "--area", profile.name],
        check=False, cwd=ROOT, env=process_environment(settings, is_producer=True),
    )  # fmt: skip
    if completed.returncode != 0:
        raise LivelihoodError("the simulated records were not sent: the reason is above")


def settings_for(profile: Profile, path: Path = ROOT / ".env") -> Settings:
    """Return the settings; without a .env file, create one as of the last simulated day.

    Raises LivelihoodError if the as-of date is earlier, because indicators would end there.
    """
    if not path.exists():
        write_private(
            path,
            f"# The demo's settings: {profile.title} is monitored as of its last simulated day.\n"
            f"LIVELIHOOD_AS_OF_DATE={profile.ends_on}\n",
        )
    settings = get_settings()
    if settings.today < profile.ends_on:
        raise LivelihoodError(
            f"the as-of date is {settings.today}, but {profile.title} is simulated to "
            f"{profile.ends_on}: set LIVELIHOOD_AS_OF_DATE={profile.ends_on} in .env, stop the "
            f"platform with `make down`, and run `make demo AREA={profile.name}` again"
        )
    return settings


def _wait(settings: Settings) -> None:
    """Wait until the sent records are published, and print each change."""
    echo("Airflow loads, builds, gates, publishes and alerts automatically ...")
    airflow = AirflowServers(settings)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    shown = ""
    while time.monotonic() < deadline:
        stage = read_stage(settings)
        line = (
            f"  {stage.waiting:>9,} waiting  {stage.loaded:>9,} landed  "
            f"{stage.rejected:>6,} quarantined  {stage.build}  release {stage.release_id or '-'}"
        )
        if line != shown:
            echo(line)
            shown = line
            # The time counts from the last progress: a larger area takes longer.
            deadline = time.monotonic() + TIMEOUT_SECONDS
        # Alerts are raised after the release.
        if stage.is_done and not airflow.has_open_runs():
            return
        time.sleep(POLL_SECONDS)
    raise LivelihoodError(
        f"no progress for {TIMEOUT_SECONDS:.0f} s, and not everything is published: see "
        "`livelihood status` and the tasks in Airflow"
    )


def read_stage(settings: Settings) -> Stage:
    """Return the progress of the platform."""
    waiting = sum(backlog(settings).values())
    with connect(settings) as connection:
        totals = loads.totals(connection)
        build = builds.newest(connection)
        release = releases.newest(connection)
        verdict = verdicts.newest(connection, build_id=build.build_id) if build else None
    newest_loads = {stream: total.load_id for stream, total in totals.items()}
    is_current = waiting == 0 and build is not None and build.horizon == newest_loads
    if is_current and verdict and not verdict.is_open:
        raise LivelihoodError("the gate is closed; `livelihood gate --report` shows why")
    return Stage(
        waiting=waiting,
        loaded=sum(total.records for total in totals.values()),
        rejected=sum(total.rejected for total in totals.values()),
        build=f"build {build.build_id} {build.status}" if build else "no build yet",
        release_id=release.release_id if release else None,
        is_done=is_current and _is_published(verdict, release),
    )


def _is_published(verdict: GateVerdict | None, release: Release | None) -> bool:
    """Return whether the newest release shows this build, or none will: it changed no value."""
    if verdict is None or verdict.checked_at is None:
        return False
    is_shown = release is not None and release.build_id == verdict.build_id
    return is_shown or dt.datetime.now(dt.UTC) - verdict.checked_at > UNCHANGED_AFTER


def _show(settings: Settings, seconds: float) -> None:
    """Print the scorecard, the alerts, the release and further addresses."""
    from livelihood.scorecard import read_scorecard, render_html, render_terminal

    page = settings.home / "scorecard.html"
    card = read_scorecard(settings)
    render_terminal(card)
    render_html(card, page)
    airflow = AirflowServers(settings)
    echo_document(
        f"\nready after {seconds:.0f} s; the stack keeps running, `make down` stops it\n"
        f"  scorecard  {page.resolve().as_uri()}\n"
        f"  Airflow    http://127.0.0.1:{settings.airflow_port}  user admin, password "
        f"{airflow.password}\n"
        '  SQL        livelihood sql "select * from target_progress limit 5"\n'
        "  status     livelihood status\n"
    )


if __name__ == "__main__":
    run_command(
        lambda: main(*sys.argv[1:2]),
        "livelihood: the demo was stopped; `livelihood status` shows what still runs, "
        "`make demo` continues it, `make down` stops it",
    )
