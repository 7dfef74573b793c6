"""Makes the scheduler a good parent: tasks find their libraries loaded, and do not outlive it."""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import signal
import sys

# Airflow copies every public name of this module into its own settings.
__all__: list[str] = []

# Imported only, never used here: a thread that one of them started would not survive the fork.
_PRELOADED = (
    "polars",
    "psycopg",
    "confluent_kafka",
    "dbt.cli.main",
    "dbt.adapters.postgres",
    "great_expectations",
    "livelihood.load",
    "livelihood.transform",
    "livelihood.publish",
    "livelihood.alerts",
    "expectations",
)


def _preload() -> None:
    """Import what tasks need; what is missing is left to the task, which says it better."""
    for name in _PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            logging.getLogger(__name__).warning("not loaded ahead of the tasks: %s", error)


def _read_project() -> None:
    """Let dbt read its project once, not in each build anew."""
    try:
        from livelihood.settings import Settings
        from livelihood.transform.dbt import warm_up

        warm_up(Settings())
    except Exception as error:
        # A build will meet the same, and says where it was.
        logging.getLogger(__name__).warning("dbt could not read its project ahead: %s", error)


def _end_with_parent() -> None:
    """Ask Linux to end this process when the one it was forked from ends, however it does.

    Processes of a killed scheduler would wait for work for ever, and its tasks for an answer.
    """
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


if sys.argv[1:2] == ["scheduler"]:
    _preload()
    _read_project()
    if sys.platform == "linux":
        os.register_at_fork(after_in_child=_end_with_parent)
