"""Waiting for Airflow to have nothing to do."""

from __future__ import annotations

import time

from infra.local.airflow import AirflowServers
from livelihood.load.backlog import backlog
from livelihood.settings import Settings

QUIET_SECONDS = 3.0
POLL_SECONDS = 0.25
TIMEOUT_SECONDS = 1_200


def wait_until_idle(settings: Settings) -> None:
    """Return when no run and no record has waited for some seconds.

    Raises RuntimeError if that takes longer than twenty minutes.
    """
    airflow = AirflowServers(settings)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < QUIET_SECONDS:
        if airflow.has_open_runs() or any(backlog(settings).values()):
            quiet_since = time.monotonic()
        if time.monotonic() > deadline:
            raise RuntimeError(f"Airflow was not idle within {TIMEOUT_SECONDS} s")
        time.sleep(POLL_SECONDS)
