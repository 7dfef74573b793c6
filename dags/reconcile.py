"""### reconcile: incremental must equal full

Every night all figures are computed anew, from every record that landed, in scratch schemas beside
the candidate, and compared row by row. A difference fails the task and names the tables: runbook,
*reconcile failed*. Nothing published changes.
"""

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronTriggerTimetable

from livelihood.airflow import reconcile_candidate

with DAG(
    dag_id="reconcile",
    schedule=CronTriggerTimetable("30 18 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["reconcile"],
    # A difference stays a difference.
    default_args={"owner": "platform", "retries": 0},
) as dag:
    PythonOperator(task_id="reconcile", python_callable=reconcile_candidate)
