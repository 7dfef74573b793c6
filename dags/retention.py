"""### retention: what is past its time goes

Once a week, by `LIVELIHOOD_RETAIN_SUPERSEDED_DAYS`, `LIVELIHOOD_RETAIN_QUARANTINE_DAYS` and
`LIVELIHOOD_RETAIN_RELEASES_DAYS`. No figure changes by it, and none that is kept loses its records.
`livelihood prune` lists what the next run removes.

* **Failed, "another build is running"**: tried again later.
"""

from datetime import timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronTriggerTimetable

from livelihood.airflow import apply_retention

with DAG(
    dag_id="retention",
    schedule=CronTriggerTimetable("30 19 * * 6", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["retention"],
    default_args={"owner": "platform", "retries": 3, "retry_delay": timedelta(minutes=10)},
) as dag:
    PythonOperator(task_id="retain", python_callable=apply_retention)
