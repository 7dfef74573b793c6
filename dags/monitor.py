"""### monitor: build → gate → publish → alert

Started when any stream has landed new records, and by a timed sweep.

* **build**: dbt computes the indicators from landed records; returns immediately if nothing is new.
* **gate** failed: critical checks closed the gate; readers keep the last release and an alert is
  open. `livelihood gate --report`; runbook, *gate closed*.
* **publish**: one transaction; readers see all of a release or none of it.
* **alert**: opens, clears and sends alerts. A gate that closes sends its alert itself.
"""

from datetime import timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, TriggerRule

from livelihood.airflow import (
    PUBLISHED,
    build_candidate,
    judge_candidate,
    landing_asset,
    publish_release,
    send_alerts,
)
from livelihood.contracts import load_contracts
from livelihood.settings import get_settings

SWEEP = f"*/{get_settings().sweep_minutes} * * * *"

with DAG(
    dag_id="monitor",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(SWEEP, timezone="UTC"),
        assets=AssetAny(*map(landing_asset, load_contracts().values())),
    ),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["monitor"],
    default_args={"owner": "platform", "retries": 1, "retry_delay": timedelta(seconds=10)},
) as dag:
    build = PythonOperator(task_id="build", python_callable=build_candidate)
    gate = PythonOperator(task_id="gate", python_callable=judge_candidate, op_args=[build.output])
    publish = PythonOperator(
        task_id="publish",
        python_callable=publish_release,
        op_args=[build.output],
        outlets=[PUBLISHED],
    )
    alert = PythonOperator(
        task_id="alert", python_callable=send_alerts, trigger_rule=TriggerRule.NONE_FAILED
    )
    build >> gate >> publish >> alert
