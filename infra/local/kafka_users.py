"""Users of the embedded Kafka: their passwords in the home folder, and how Kafka learns them.

``python -m infra.local.kafka_users`` sets those of the container's Kafka, from its environment.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import replace
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from infra.local.errors import LocalServerError
from livelihood.kafka.clients import (
    EMBEDDED_MECHANISM,
    EMBEDDED_PROTOCOL,
    ROLES,
    Connection,
    Role,
    credentials_folder,
    user_name,
)
from livelihood.private_files import private_folder, write_private
from livelihood.settings import get_settings

# The broker itself, a superuser. It uses PLAIN, because Kafka stores the SCRAM passwords of the
# others in a log that it can read only after it has logged in.
BROKER = "broker"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
ITERATIONS = 4096
LOGIN_SECONDS = 60.0
REQUEST_SECONDS = 10.0
METADATA_SECONDS = 5.0


def create_passwords(home: Path) -> None:
    """Generate the missing passwords, each in a file that only its owner can read."""
    folder = credentials_folder(home)
    private_folder(folder)
    for role in (BROKER, *ROLES):
        if not (folder / role).exists():
            write_private(folder / role, secrets.token_hex(24))


def read_password(home: Path, role: str) -> str:
    """Return the password of a role. Raises LocalServerError if Kafka has none yet."""
    path = credentials_folder(home) / role
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise LocalServerError(
            f"Kafka runs without the password in {path}, as started by an earlier version: run "
            "`livelihood down`, then `livelihood up`"
        ) from None


def broker_properties(home: Path) -> str:
    """Return the lines of the server's configuration with the broker's password."""
    name, password = user_name(BROKER), read_password(home, BROKER)
    log_in = f'{_PLAIN} required username="{name}" password="{password}" user_{name}="{password}";'
    return "".join(
        f"listener.name.{listener}.plain.sasl.jaas.config={log_in}\n"
        for listener in ("client", "controller")
    )


def broker_connection(address: str, password: str) -> Connection:
    """Return how the broker's own user connects."""
    return Connection(address, EMBEDDED_PROTOCOL, "PLAIN", user_name(BROKER), password)


def answers(connection: Connection) -> bool:
    """Return whether Kafka accepts the log-in and returns its metadata."""
    try:
        return bool(_admin(connection).list_topics(timeout=METADATA_SECONDS).brokers)
    except KafkaException:
        return False


def read_passwords(home: Path) -> dict[Role, str]:
    """Return the password of each role. Raises LocalServerError if one is missing."""
    return {role: read_password(home, role) for role in ROLES}


def set_passwords(broker: Connection, passwords: dict[Role, str]) -> None:
    """Set the password of each role, and wait until Kafka accepts it.

    Raises LocalServerError if it does not.
    """
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, ITERATIONS)
    upserts = [
        UserScramCredentialUpsertion(user_name(role), info, password.encode())
        for role, password in passwords.items()
    ]
    # A client that is not referred to is destroyed, and its requests are cancelled.
    admin = _admin(broker)
    try:
        for future in admin.alter_user_scram_credentials(upserts).values():
            future.result(REQUEST_SECONDS)
    except KafkaException as error:
        raise LocalServerError(
            f"Kafka did not store the passwords of its users: {error}"
        ) from error
    role, password = list(passwords.items())[-1]
    log_in = replace(
        broker, mechanism=EMBEDDED_MECHANISM, username=user_name(role), password=password
    )
    # They were stored together; the broker applies them a moment after its answer.
    deadline = time.monotonic() + LOGIN_SECONDS
    while not answers(log_in):
        if time.monotonic() > deadline:
            raise LocalServerError(f"Kafka does not accept the password of {user_name(role)}")


def _admin(connection: Connection) -> AdminClient:
    return AdminClient({**connection.librdkafka(), "log_level": 0, "error_cb": _ignore})


def _ignore(error: KafkaError) -> None:
    """Ignore an error of the connection: librdkafka retries, and would print it."""


def main() -> None:
    """Set the passwords in KAFKA_<ROLE>_PASSWORD, for each role that has such a variable."""
    variables = {role: os.environ.get(f"KAFKA_{role.upper()}_PASSWORD") for role in ROLES}
    passwords = {role: password for role, password in variables.items() if password}
    address = get_settings().bootstrap_servers
    set_passwords(broker_connection(address, os.environ["KAFKA_BROKER_PASSWORD"]), passwords)


if __name__ == "__main__":
    main()
