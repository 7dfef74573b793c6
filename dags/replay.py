"""### replay: land quarantined records

Run by hand after the cause was corrected (a region was added, a contract version is known). Choose
the stream and, to replay only some records, a reason code, such as `unknown_reference`. Records
that are rejected again stay in quarantine with new reasons. Landed records start `monitor`.
"""

from datetime import timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param

from livelihood.airflow import LOAD_TIMEOUT, landing_asset, replay_quarantine
from livelihood.contracts import load_contracts

with DAG(
    dag_id="replay",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["replay"],
    default_args={
        "owner": "platform",
        "retries": 1,
        "retry_delay": timedelta(seconds=15),
        "execution_timeout": LOAD_TIMEOUT,
    },
    params={
        "stream": Param("employment", type="string", enum=list(load_contracts())),
        "reason": Param("", type=["string", "null"], description="reason code; empty: all"),
    },
) as dag:
    PythonOperator(
        task_id="replay",
        python_callable=replay_quarantine,
        op_args=["{{ params.stream }}", "{{ params.reason or '' }}"],
        outlets=[landing_asset(contract) for contract in load_contracts().values()],
    )
