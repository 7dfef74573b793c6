"""Print as JSON what Airflow finds in a folder of DAG files; run by test_dags.py.

It runs in a separate process, because Airflow reads its configuration once, on import.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Asset


def main(folder: str) -> None:
    """Print the facts of every DAG under `folder`, and the import errors."""
    bag = DagBag(folder)
    facts = {
        "errors": bag.import_errors,
        "dags": {dag_id: dag_facts(dag) for dag_id, dag in bag.dags.items()},
    }
    sys.stdout.write("\n" + json.dumps(facts, default=str) + "\n")


def dag_facts(dag: DAG) -> dict[str, Any]:
    """Return the properties of a DAG that the rules check."""
    assets = list(assets_in(getattr(dag.timetable, "asset_condition", None)))
    return {
        "doc_md": dag.doc_md,
        "tags": sorted(dag.tags),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "default_args": dag.default_args,
        "wakes_on": sorted(asset.name for asset in assets),
        "triggers": [repr(watcher.trigger) for asset in assets for watcher in asset.watchers],
        "tasks": {
            task.task_id: {
                "owner": task.owner,
                "retries": task.retries,
                "execution_timeout": task.execution_timeout
                and task.execution_timeout.total_seconds(),
                "upstream": sorted(task.upstream_task_ids),
                "outlets": [outlet.name for outlet in task.outlets if isinstance(outlet, Asset)],
            }
            for task in dag.tasks
        },
    }


def assets_in(condition: Any) -> Iterator[Asset]:
    """Yield the assets in the condition of a schedule."""
    if isinstance(condition, Asset):
        yield condition
    for part in getattr(condition, "objects", ()):
        yield from assets_in(part)


if __name__ == "__main__":
    main(sys.argv[1])
