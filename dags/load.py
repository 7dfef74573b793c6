"""### load_<stream>: Kafka to landing

Started when records of the stream wait in Kafka (level trigger `BacklogTrigger`) and by a timed
sweep, which covers lost events. One task loads the topic from the offsets in the warehouse on;
rows, rejects and new offsets are committed together.

* **Skipped**: no records waited. This is normal for the sweep.
* **Failed, "another loader"**: two loads ran at the same time; the other one succeeded. Nothing to
  do.
* **Failed, "offsets lost"**: Kafka no longer has the next records. Runbook, *offsets lost*.
* **Failed, "the loader failed"**: an error that no message explains. Runbook, *loader fails*.
* **Failed, "rejected records exceed"**: the stream is stopped. Runbook, *quarantine full*.
* **Failed, "did not answer"**: PostgreSQL or Kafka is down; the task retries automatically.
* **Failed, "Timeout"**: it ran for six hours. What it committed stays, and the next run continues.
* Rejected records: `select * from ops.quarantine`; runbook, *replay*.
"""

from datetime import timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

from livelihood.airflow import LOAD_TIMEOUT, landing_asset, load_stream, topic_asset
from livelihood.contracts import load_contracts
from livelihood.settings import get_settings

SWEEP = f"*/{get_settings().sweep_minutes} * * * *"

for contract in load_contracts().values():
    with DAG(
        dag_id=f"load_{contract.name}",
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable(SWEEP, timezone="UTC"),
            assets=[topic_asset(contract)],
        ),
        catchup=False,
        max_active_runs=1,
        doc_md=__doc__,
        tags=["load", contract.name],
        default_args={
            "owner": contract.owner,
            "retries": 2,
            "retry_delay": timedelta(seconds=15),
            "execution_timeout": LOAD_TIMEOUT,
        },
    ) as dag:
        PythonOperator(
            task_id="load",
            python_callable=load_stream,
            op_args=[contract.name],
            outlets=[landing_asset(contract)],
        )
