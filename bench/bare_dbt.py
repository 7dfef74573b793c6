"""dbt without the platform, as a user would run it: its own runner, or its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bench.measurements import timed
from infra.local.environment import process_environment
from livelihood.settings import ROOT, Settings
from livelihood.transform.dbt import PROJECT
from livelihood.transform.run import read_horizon, variables
from livelihood.warehouse import connect

COMMAND_LINE = Path(sys.executable).with_name("dbt")


def in_process(settings: Settings, command: list[str]) -> float:
    """Return the seconds of a dbt command by dbt's own runner, its imports excluded."""
    from dbt.cli.main import dbtRunner

    os.environ.update(_environment(settings))
    seconds, result = timed(lambda: dbtRunner().invoke(_arguments(settings, command)))
    if not result.success:
        raise RuntimeError(f"dbt {' '.join(command)} failed: {result.exception or result.result}")
    return seconds


def by_command_line(settings: Settings, command: list[str]) -> float:
    """Return the seconds of a dbt command from the shell, its start included."""
    environment = process_environment(settings) | _environment(settings)
    seconds, process = timed(
        lambda: subprocess.run(
            [str(COMMAND_LINE), *_arguments(settings, command)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    )
    if process.returncode != 0:
        raise RuntimeError(f"dbt {' '.join(command)} failed:\n{process.stdout}")
    return seconds


def _arguments(settings: Settings, command: list[str]) -> list[str]:
    """Return the command with the variables of a build of what has landed now."""
    with connect(settings) as connection:
        values = variables(1, read_horizon(connection), settings.today)
    return [
        *("--quiet", "--log-level", "none"),
        *command,
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(settings.dbt_target)),
        *("--log-path", str(settings.dbt_target.parent / "logs")),
        *("--vars", json.dumps(values)),
    ]


def _environment(settings: Settings) -> dict[str, str]:
    parameters = conninfo_to_dict(settings.database_url())
    return {
        "LIVELIHOOD_DBT_HOST": str(parameters["host"]),
        "LIVELIHOOD_DBT_USER": str(parameters["user"]),
        "LIVELIHOOD_DBT_DBNAME": str(parameters["dbname"]),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
