"""### monitor: build → gate → publish

Started when any stream has landed new records, and by a timed sweep.

* **build**: dbt computes the indicators from landed records; returns immediately if nothing is new.
* **gate** failed: critical checks closed the gate; readers keep the last release and an alert is
  opened. `livelihood gate --report`; runbook, *gate closed*.
* **publish**: one transaction; readers see all of a release or none of it.
* **report_failure**: starts the DAG `alert` if build or gate failed. A release starts it as well.
"""

from datetime import timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, TriggerRule

from livelihood.airflow import (
    MONITOR_TIMEOUT,
    PUBLISHED,
    build_candidate,
    judge_candidate,
    landing_asset,
    publish_release,
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
    default_args={
        "owner": "platform",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": MONITOR_TIMEOUT,
    },
) as dag:
    build = PythonOperator(task_id="build", python_callable=build_candidate)
    gate = PythonOperator(task_id="gate", python_callable=judge_candidate, op_args=[build.output])
    publish = PythonOperator(
        task_id="publish",
        python_callable=publish_release,
        op_args=[build.output],
        outlets=[PUBLISHED],
    )
    # After the gate, not after publication: a run whose last task succeeds counts as successful.
    report_failure = TriggerDagRunOperator(
        task_id="report_failure", trigger_dag_id="alert", trigger_rule=TriggerRule.ONE_FAILED
    )
    build >> gate >> publish
    gate >> report_failure
