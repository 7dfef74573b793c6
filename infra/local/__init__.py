"""The local stack: PostgreSQL, Kafka and Airflow from Python wheels and Maven jars, on one machine."""
