"""Prints as JSON what Airflow finds in a folder of DAG files; run by test_dags.py.

A process of its own, because Airflow reads its configuration once, when it is imported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Asset


def main(folder: str) -> None:
    """Facts of every DAG under `folder`, and the errors met on the way."""
    bag = DagBag(folder)
    facts = {
        "errors": bag.import_errors,
        "dags": {dag_id: dag_facts(dag) for dag_id, dag in bag.dags.items()},
    }
    sys.stdout.write("\n" + json.dumps(facts, default=str) + "\n")


def dag_facts(dag: DAG) -> dict[str, Any]:
    """What the rules are about."""
    wakers = list(assets_in(getattr(dag.timetable, "asset_condition", None)))
    return {
        "doc_md": dag.doc_md,
        "tags": sorted(dag.tags),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "default_args": dag.default_args,
        "wakes_on": sorted(asset.name for asset in wakers),
        "triggers": [repr(watcher.trigger) for asset in wakers for watcher in asset.watchers],
        "tasks": {
            task.task_id: {
                "owner": task.owner,
                "retries": task.retries,
                "upstream": sorted(task.upstream_task_ids),
                "outlets": [outlet.name for outlet in task.outlets if isinstance(outlet, Asset)],
            }
            for task in dag.tasks
        },
    }


def assets_in(condition: Any) -> Iterator[Asset]:
    """The assets of a schedule's condition, however they are combined."""
    if isinstance(condition, Asset):
        yield condition
    for part in getattr(condition, "objects", ()):
        yield from assets_in(part)


if __name__ == "__main__":
    main(sys.argv[1])
