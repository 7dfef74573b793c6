"""Producers: read records where they are, replace identifiers by tokens, send them to Kafka."""
