#!/bin/sh
# Creates tables, topics, schemas, roles and the log-in before the platform starts; safe to repeat.
set -eu

airflow db migrate
if [ -n "${KAFKA_BROKER_PASSWORD:-}" ]; then
  python -m infra.local.kafka_users
fi
livelihood migrate

umask 077
python -c 'import json, os; print(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}))' \
  > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
