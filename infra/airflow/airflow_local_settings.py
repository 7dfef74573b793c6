"""Local settings of Airflow: the lineage transport, and what the scheduler preloads for tasks."""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import signal
import sys
from pathlib import Path

# Airflow copies every public name of this module into its settings.
__all__: list[str] = []

# Imported only, not used: threads would not survive the fork of a task.
_PRELOADED = (
    "polars",
    "psycopg",
    "confluent_kafka",
    "dbt.cli.main",
    "dbt.adapters.postgres",
    "great_expectations",
    "livelihood.load.loader",
    "livelihood.transform",
    "livelihood.publish",
    "livelihood.alerts",
    "expectations",
)


def _preload() -> None:
    """Import the libraries of the tasks. A task reports a missing one itself."""
    for name in _PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            logging.getLogger(__name__).warning(
                "could not preload a library of the tasks: %s", error
            )


def _warm_up_dbt() -> None:
    """Let dbt parse its project once instead of in each build."""
    try:
        from livelihood.settings import Settings
        from livelihood.transform.dbt import warm_up

        warm_up(Settings())
    except Exception as error:
        # A build raises the same error, with its location.
        logging.getLogger(__name__).warning("dbt could not parse its project in advance: %s", error)


def _set_lineage_transport() -> None:
    """Set the transport from its secret file: Airflow has no option for a command or file."""
    path = os.environ.get("LIVELIHOOD_LINEAGE_TRANSPORT_FILE")
    if path and (transport := Path(path).read_text(encoding="utf-8").strip()):
        os.environ["AIRFLOW__OPENLINEAGE__TRANSPORT"] = transport


def _end_with_parent() -> None:
    """Let Linux kill this process when its parent exits for any reason (PR_SET_PDEATHSIG).

    Otherwise processes of a killed scheduler would wait forever for work, and its tasks for a
    response.
    """
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


_set_lineage_transport()
if sys.argv[1:2] == ["scheduler"]:
    _preload()
    _warm_up_dbt()
    if sys.platform == "linux":
        os.register_at_fork(after_in_child=_end_with_parent)
