"""Comparisons that settled a decision: Kafka clients, and other ways from Kafka to PostgreSQL."""
