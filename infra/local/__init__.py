"""The local stack: PostgreSQL, Kafka and Airflow on one machine, from wheels and Maven jars."""
