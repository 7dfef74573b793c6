#!/bin/sh
# Runs once before the platform starts, and may run again: tables, topics, schemas, roles, log-in.
set -eu

airflow db migrate
livelihood migrate

umask 077
python -c 'import json, os; print(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}))' \
  > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
