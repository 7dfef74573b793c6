#!/bin/sh
# Makes the databases of Livelihood and Airflow with their owners. The postgres image runs this once,
# when it makes a new data folder. The owner of the warehouse makes the role analyst itself.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set warehouse_password="$WAREHOUSE_PASSWORD" \
  --set airflow_password="$AIRFLOW_DATABASE_PASSWORD" <<'SQL'
create role livelihood login createrole password :'warehouse_password';
create database livelihood owner livelihood;
create role airflow login password :'airflow_password';
create database airflow owner airflow;
revoke connect on database airflow from public;
SQL
