"""### alert: open, clear and send alerts

Started when a release was published or publication failed, and by a timed sweep, which also repeats
deliveries that failed. It is separate from `monitor`, so that no receiver delays a release: one
delivery takes `LIVELIHOOD_ALERT_TIMEOUT_SECONDS` at most.

* **Failed, "is not a URL that apprise supports"**: correct `LIVELIHOOD_ALERT_URLS`; the other
  receivers have their messages.
* Messages that a receiver did not accept do not fail the task: runbook, *alerts do not arrive*.
"""

from datetime import timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

from livelihood.airflow import ALERT_TIMEOUT, PUBLISHED, send_alerts
from livelihood.settings import get_settings

SWEEP = f"*/{get_settings().sweep_minutes} * * * *"

with DAG(
    dag_id="alert",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(SWEEP, timezone="UTC"), assets=[PUBLISHED]
    ),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["alert"],
    default_args={
        "owner": "platform",
        "retries": 1,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": ALERT_TIMEOUT,
    },
) as dag:
    PythonOperator(task_id="alert", python_callable=send_alerts)
