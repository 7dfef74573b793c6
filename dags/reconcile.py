"""### reconcile: incremental must equal full

Every night all figures are computed from scratch, from all landed records, in scratch schemas, and
compared with the candidate row by row. A difference fails the task and names the tables: runbook,
*reconcile failed*. Published tables do not change.
"""

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronTriggerTimetable

from livelihood.airflow import NIGHTLY_TIMEOUT, reconcile_candidate

with DAG(
    dag_id="reconcile",
    schedule=CronTriggerTimetable("30 18 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["reconcile"],
    # A retry would find the same difference.
    default_args={"owner": "platform", "retries": 0, "execution_timeout": NIGHTLY_TIMEOUT},
) as dag:
    PythonOperator(task_id="reconcile", python_callable=reconcile_candidate)
