#!/bin/sh
# Creates tables, topics, schemas, roles and the log-in before the platform starts; safe to repeat.
set -eu
folder=${SECRETS_FOLDER:-/run/secrets}

airflow db migrate
if [ -e "$folder/kafka_broker_password" ]; then
  (
    # Only this process gets them as variables.
    KAFKA_BROKER_PASSWORD=$(cat "$folder/kafka_broker_password")
    KAFKA_ADMIN_PASSWORD=$(cat "$folder/kafka_admin_password")
    KAFKA_LOADER_PASSWORD=$(cat "$folder/kafka_loader_password")
    KAFKA_PRODUCER_PASSWORD=$(cat "$folder/kafka_producer_password")
    export KAFKA_BROKER_PASSWORD KAFKA_ADMIN_PASSWORD KAFKA_LOADER_PASSWORD KAFKA_PRODUCER_PASSWORD
    exec python -m infra.local.kafka_users
  )
fi
livelihood migrate

umask 077
python -c 'import json, sys; print(json.dumps({"admin": sys.stdin.read().strip()}))' \
  < "$folder/airflow_admin_password" > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
