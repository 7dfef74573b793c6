"""Administration of topics: creation from the contracts, identity and offsets."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic, OffsetSpec
from kafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    KafkaTimeoutError,
    SaslAuthenticationFailedError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
    for_code,
)
from kafka.structs import OffsetAndTimestamp

from livelihood.contracts import Contract, load_contracts
from livelihood.errors import BrokerUnavailable
from livelihood.kafka.clients import Role, client_settings, connection, find_refusal
from livelihood.kafka.rights import grant_rights
from livelihood.settings import Settings

logger = logging.getLogger(__name__)

_DAY_MILLISECONDS = 86_400_000
# Of a record batch as stored, compressed: a record of 1 MiB with its key and headers. The loader
# expands a batch in memory, with lz4 to up to 255 times its size.
_MAX_BATCH_BYTES = 1_048_576 + 65_536
REQUEST_MILLISECONDS = 10_000
_REFUSALS = (
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)

Problem = Literal["retention", "new_topic", "shorter_topic"]


@dataclass(frozen=True)
class TopicState:
    """Identity of a topic and, per partition, its first stored offset and its end offset.

    `end` is the last stable offset: what consumers of committed records can read. `high_watermark`
    is larger where a transaction is open.
    """

    topic_id: str
    first: dict[int, int]
    end: dict[int, int]
    high_watermark: dict[int, int] = field(default_factory=dict)

    @property
    def open_transactions(self) -> dict[int, int]:
        """The first offset of the oldest open transaction, by partition that has one."""
        return {
            partition: end
            for partition, end in self.end.items()
            if self.high_watermark.get(partition, end) > end
        }

    def problem(self, topic_id: str, partition: int, next_offset: int) -> Problem | None:
        """Return why loading cannot continue at this offset, or None if it can."""
        if topic_id != self.topic_id:
            return "new_topic"
        end = self.end.get(partition, -1)
        if next_offset > self.high_watermark.get(partition, end):
            return "shorter_topic"
        return "retention" if next_offset < self.first[partition] else None


@contextmanager
def admin_client(settings: Settings, role: Role = "admin") -> Iterator[KafkaAdminClient]:
    """Open an administration client. Raise BrokerUnavailable for any Kafka error within."""
    client = None
    try:
        client = KafkaAdminClient(
            **client_settings(settings, role),
            client_id="livelihood-admin",
            request_timeout_ms=REQUEST_MILLISECONDS,
            bootstrap_timeout_ms=REQUEST_MILLISECONDS,
        )
        yield client
    except KafkaError as error:
        raise _unavailable(settings, role, error) from error
    finally:
        if client is not None:
            client.close()


def _unavailable(settings: Settings, role: Role, error: KafkaError) -> BrokerUnavailable:
    reason: object = error if isinstance(error, _REFUSALS) else None
    if isinstance(error, KafkaTimeoutError):
        reason = find_refusal(connection(settings, role))
    if reason:
        return BrokerUnavailable(
            f"Kafka at {settings.bootstrap_servers} refused the {role} ({reason}); see the "
            "runbook, 'Kafka users and certificates'"
        )
    return BrokerUnavailable(
        f"Kafka at {settings.bootstrap_servers} did not answer ({error}); start it with "
        "`livelihood up`, or set LIVELIHOOD_KAFKA_BOOTSTRAP_SERVERS to one that runs"
    )


def create_topics(settings: Settings) -> list[str]:
    """Create missing topics, configure all by their contracts, and grant each role its rights.

    Return the new topics.
    """
    created = []
    contracts = load_contracts().values()
    with admin_client(settings) as client:
        for contract in contracts:
            try:
                client.create_topics([_new_topic(contract, settings)], wait_for_metadata=True)
                created.append(contract.topic)
            except TopicAlreadyExistsError:
                _align(client, contract, settings)
        grant_rights(client)
    return created


def retention_days(contract: Contract, settings: Settings) -> int:
    """Return the retention of the topic, at least as long as a restored backup needs it."""
    configured = settings.kafka_retention_days or contract.retention_days
    if configured < settings.backup_days:
        logger.warning(
            "%s keeps records for %d days, not %d: LIVELIHOOD_BACKUP_DAYS is longer",
            contract.topic,
            settings.backup_days,
            configured,
        )
    return max(configured, settings.backup_days)


def _configuration(contract: Contract, settings: Settings) -> dict[str, str]:
    return {
        "retention.ms": str(retention_days(contract, settings) * _DAY_MILLISECONDS),
        # The producer compresses by the contract. A broker that compresses again would have to
        # expand each record in memory first, however large it is.
        "compression.type": "producer",
        "max.message.bytes": str(_MAX_BATCH_BYTES),
        # Retention counts from arrival, so that records with old timestamps are not deleted early.
        "message.timestamp.type": "LogAppendTime",
    }


def _new_topic(contract: Contract, settings: Settings) -> NewTopic:
    return NewTopic(
        contract.topic,
        num_partitions=contract.partitions,
        replication_factor=settings.kafka_replication_factor,
        topic_configs=_configuration(contract, settings),
    )


def _align(client: KafkaAdminClient, contract: Contract, settings: Settings) -> None:
    resource = ConfigResource(
        ConfigResourceType.TOPIC, contract.topic, configs=_configuration(contract, settings)
    )
    client.alter_configs([resource])


def topic_states(
    settings: Settings, contracts: Iterable[Contract], role: Role = "loader"
) -> dict[str, TopicState]:
    """Return the state of each stream's topic; omit streams whose topic does not exist."""
    with admin_client(settings, role) as client:
        return read_states(client, contracts)


def _exists(error_code: int) -> bool:
    """Return whether a topic exists. Raise the error if this client may not know, or Kafka not."""
    if error_code not in (0, UnknownTopicOrPartitionError.errno):
        raise for_code(error_code)()
    return error_code == 0


def read_states(client: KafkaAdminClient, contracts: Iterable[Contract]) -> dict[str, TopicState]:
    """Return the same as `topic_states`, with an open client."""
    by_topic = {contract.topic: contract.name for contract in contracts}
    described = [
        topic for topic in client.describe_topics(sorted(by_topic)) if _exists(topic["error_code"])
    ]
    partitions = [
        TopicPartition(topic["name"], part["partition_index"])
        for topic in described
        for part in topic["partitions"]
    ]
    first = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    latest = dict.fromkeys(partitions, OffsetSpec.LATEST)
    # The stable offsets last: what is written in between must not look like an open transaction.
    high = client.list_partition_offsets(latest)
    end = client.list_partition_offsets(latest, isolation_level="read_committed")

    def of_topic(name: str, offsets: Mapping[TopicPartition, OffsetAndTimestamp]) -> dict[int, int]:
        return {p.partition: offsets[p].offset for p in partitions if p.topic == name}

    return {
        by_topic[topic["name"]]: TopicState(
            str(topic["topic_id"]),
            *(of_topic(topic["name"], offsets) for offsets in (first, end, high)),
        )
        for topic in described
    }
