"""Imports the slow libraries in the scheduler, so that the tasks it forks find them loaded."""

from __future__ import annotations

import importlib
import logging
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
    "livelihood.build",
    "livelihood.publish",
    "livelihood.alert",
    "expectations",
)


def _preload() -> None:
    """Import what tasks need; what is missing is left to the task, which says it better."""
    for name in _PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            logging.getLogger(__name__).warning("not loaded ahead of the tasks: %s", error)


if sys.argv[1:2] == ["scheduler"]:
    _preload()
