"""### retention: delete expired rows

Once a week, by `LIVELIHOOD_RETAIN_SUPERSEDED_DAYS`, `LIVELIHOOD_RETAIN_QUARANTINE_DAYS` and
`LIVELIHOOD_RETAIN_RELEASES_DAYS`. No figure changes, and no stored figure loses its records.
`livelihood prune` lists the rows that the next run deletes.

* **Failed, "another build is running"**: retried later.
"""

from datetime import timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronTriggerTimetable

from livelihood.airflow import NIGHTLY_TIMEOUT, apply_retention

with DAG(
    dag_id="retention",
    schedule=CronTriggerTimetable("30 19 * * 6", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["retention"],
    default_args={
        "owner": "platform",
        "retries": 3,
        "retry_delay": timedelta(minutes=10),
        "execution_timeout": NIGHTLY_TIMEOUT,
    },
) as dag:
    PythonOperator(task_id="prune", python_callable=apply_retention)
