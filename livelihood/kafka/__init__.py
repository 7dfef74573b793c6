"""Kafka: topics and their offsets, and the reader of the loader."""

from livelihood.kafka.admin import Problem, TopicState, create_topics, topic_states
from livelihood.kafka.reader import Batch, read_batches

__all__ = ["Batch", "Problem", "TopicState", "create_topics", "read_batches", "topic_states"]
