"""Rights of the Kafka users: each role may do its work on the platform's topics, and no more."""

from __future__ import annotations

import logging
import time

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import SecurityDisabledError, UnsupportedVersionError

from livelihood.kafka.clients import Role, user_name

logger = logging.getLogger(__name__)

TOPIC_PREFIX = "livelihood."
# librdkafka asks for the coordinator of its group, although offsets are stored in the warehouse.
GROUP_PREFIX = "livelihood-"
MAX_DELAY_SECONDS = 10.0
_ANY_RIGHT = ACLFilter(
    principal=None,
    host=None,
    operation=ACLOperation.ANY,
    permission_type=ACLPermissionType.ANY,
    resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
)
# The right to write includes idempotent producers. The admin is a superuser, or has the rights that
# the owner of an external Kafka grants.
TOPIC_RIGHTS: dict[Role, tuple[ACLOperation, ...]] = {
    "producer": (ACLOperation.WRITE, ACLOperation.DESCRIBE),
    "loader": (ACLOperation.READ, ACLOperation.DESCRIBE),
    "monitor": (ACLOperation.DESCRIBE,),
}


def rights() -> list[ACL]:
    """Return the rights of all roles."""
    topics = [
        _right(role, operation, ResourceType.TOPIC, TOPIC_PREFIX)
        for role, operations in TOPIC_RIGHTS.items()
        for operation in operations
    ]
    return [*topics, _right("loader", ACLOperation.READ, ResourceType.GROUP, GROUP_PREFIX)]


def grant_rights(client: KafkaAdminClient) -> None:
    """Grant the rights of all roles; safe to repeat.

    Log it if this Kafka checks no rights, or if they are granted elsewhere.
    """
    try:
        failures = {failure.__name__ for failure in client.create_acls(rights())["failed"]}
    except UnsupportedVersionError as error:
        failures = {type(error).__name__}
    if SecurityDisabledError.__name__ in failures:
        logger.info("Kafka has no authorizer: every client may read, write and delete all topics")
    elif failures:
        logger.warning(
            "Kafka did not grant the rights of producer, loader and monitor (%s): grant them as "
            "its administrator; see the runbook, 'Kafka users and certificates'",
            ", ".join(sorted(failures)),
        )
    else:
        _wait_until_granted(client)


def _wait_until_granted(client: KafkaAdminClient) -> None:
    """Wait until the broker applies the rights: it learns of them after they were created."""
    deadline = time.monotonic() + MAX_DELAY_SECONDS
    while time.monotonic() < deadline:
        described, _ = client.describe_acls(_ANY_RIGHT)
        if set(map(_key, rights())) <= set(map(_key, described)):
            return
        time.sleep(0.05)
    logger.warning("Kafka has not yet applied the rights of producer, loader and monitor")


def _key(right: ACL) -> tuple[str, ACLOperation, ResourceType, str]:
    pattern = right.resource_pattern
    return right.principal, right.operation, pattern.resource_type, pattern.resource_name


def _right(role: Role, operation: ACLOperation, kind: ResourceType, prefix: str) -> ACL:
    return ACL(
        principal=f"User:{user_name(role)}",
        host="*",
        operation=operation,
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(kind, prefix, ACLResourcePatternType.PREFIXED),
    )
