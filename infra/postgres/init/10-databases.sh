#!/bin/sh
# Creates the databases of Livelihood and Airflow with their owners. The postgres image runs this
# script once, for a new data folder. `livelihood migrate` creates the roles of readers.
set -eu

for file in "$WAREHOUSE_PASSWORD_FILE" "$AIRFLOW_DATABASE_PASSWORD_FILE"; do
  test -s "$file" || { echo "the password file $file is missing or empty" >&2; exit 1; }
done

# psql reads the files itself, because other processes can see its arguments.
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set warehouse_password `cat "$WAREHOUSE_PASSWORD_FILE"`
\set airflow_password `cat "$AIRFLOW_DATABASE_PASSWORD_FILE"`
create role livelihood login createrole password :'warehouse_password';
create database livelihood owner livelihood;
create role airflow login password :'airflow_password';
create database airflow owner airflow;
revoke connect on database airflow, postgres, template1 from public;

-- What `livelihood migrate` may not do, because the owner is no superuser.
\connect livelihood
select format('revoke execute on function %s from public', oid::regprocedure)
from pg_proc
where pronamespace = 'pg_catalog'::regnamespace
    and proname ~ '^(pg_(try_)?advisory|lo_|loread$|lowrite$|pg_logical_emit_message$|pg_notify$)'
\gexec
grant set on parameter temp_file_limit to livelihood;
SQL
