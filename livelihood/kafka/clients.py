"""Connection settings of every Kafka client: address, log-in and TLS, by role.

An external Kafka is described by the settings: a process logs in as the one user that they name.
The embedded Kafka generates a password per role in its home folder, readable by the owner only.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from livelihood.errors import BrokerUnavailable, LivelihoodError
from livelihood.settings import Settings

# admin: topics and rights. producer: writes. loader: reads. monitor: compares offsets.
Role = Literal["admin", "producer", "loader", "monitor"]
ROLES: tuple[Role, ...] = get_args(Role)
REFUSAL_SECONDS = 2.0
EMBEDDED_PROTOCOL = "SASL_PLAINTEXT"
EMBEDDED_MECHANISM = "SCRAM-SHA-256"

# Field of Connection → option of kafka-python, property of librdkafka.
_DIALECTS = {
    "security_protocol": ("security_protocol", "security.protocol"),
    "mechanism": ("sasl_mechanism", "sasl.mechanism"),
    "username": ("sasl_plain_username", "sasl.username"),
    "password": ("sasl_plain_password", "sasl.password"),
    "ca_file": ("ssl_cafile", "ssl.ca.location"),
    "client_certificate": ("ssl_certfile", "ssl.certificate.location"),
    "client_key": ("ssl_keyfile", "ssl.key.location"),
}

# kafka-python warns at each connection that a log-in without TLS is in the clear. SCRAM sends no
# password, and SECURITY.md requires TLS beyond this machine.
logging.getLogger("kafka.net.sasl").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Connection:
    """How to reach a Kafka and log in. What does not apply is None."""

    bootstrap_servers: str
    security_protocol: str = "PLAINTEXT"
    mechanism: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None

    def kafka_python(self) -> dict[str, Any]:
        """Return the keyword arguments of a kafka-python client."""
        return {"bootstrap_servers": self.bootstrap_servers.split(",")} | self._options(0)

    def librdkafka(self) -> dict[str, Any]:
        """Return the properties of a confluent-kafka client."""
        return {"bootstrap.servers": self.bootstrap_servers} | self._options(1)

    def _options(self, dialect: int) -> dict[str, Any]:
        options = {names[dialect]: getattr(self, name) for name, names in _DIALECTS.items()}
        return {name: value for name, value in options.items() if value is not None}


def client_settings(settings: Settings, role: Role) -> dict[str, Any]:
    """Return the keyword arguments with which a kafka-python client connects in a role.

    Raises BrokerUnavailable if the embedded Kafka has no credentials yet, and LivelihoodError if
    the settings of an external Kafka contradict each other.
    """
    return connection(settings, role).kafka_python()


def librdkafka_settings(settings: Settings, role: Role) -> dict[str, Any]:
    """Return the properties with which a confluent-kafka client connects. Raises the same."""
    return connection(settings, role).librdkafka()


def connection(settings: Settings, role: Role) -> Connection:
    """Return how to connect in a role. Raises like `client_settings`."""
    if settings.kafka_bootstrap_servers:
        return _external(settings)
    return Connection(
        settings.bootstrap_servers,
        EMBEDDED_PROTOCOL,
        EMBEDDED_MECHANISM,
        user_name(role),
        _embedded_password(settings, role),
    )


def find_refusal(connection: Connection) -> str | None:
    """Return why Kafka refuses the log-in or why its certificate is refused, or None.

    To be called after a timeout: kafka-python discards the broker's answer if the connection closes
    with it, and tries again until its time is over.
    """
    from confluent_kafka import KafkaError, KafkaException
    from confluent_kafka.admin import AdminClient

    reasons: list[str] = []

    def record(error: KafkaError) -> None:
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
            reasons.append(error.str())

    client = AdminClient({**connection.librdkafka(), "log_level": 0, "error_cb": record})
    with contextlib.suppress(KafkaException):
        client.list_topics(timeout=REFUSAL_SECONDS)
    client.poll(0)
    return reasons[0] if reasons else None


def user_name(role: str) -> str:
    """Return the Kafka user of a role. Rights are granted to these names."""
    return f"livelihood-{role}"


def credentials_folder(home: Path) -> Path:
    """Return the folder with the passwords of the embedded Kafka, a file per role."""
    return home / "kafka-credentials"


def _embedded_password(settings: Settings, role: Role) -> str:
    path = credentials_folder(settings.home) / role
    try:
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise BrokerUnavailable(
            f"Kafka at {settings.bootstrap_servers} cannot be used: its password in {path} cannot "
            f"be read ({error.strerror}); start it with `livelihood up`, or set "
            "LIVELIHOOD_KAFKA_BOOTSTRAP_SERVERS to one that runs"
        ) from error


def _external(settings: Settings) -> Connection:
    """Return how to connect to an external Kafka. Raise LivelihoodError for a contradiction.

    Otherwise a forgotten protocol would send everything in the clear, unnoticed.
    """
    protocol, password = settings.kafka_security_protocol, settings.kafka_password
    log_in = {"USERNAME": settings.kafka_username, "PASSWORD": password}
    files = {
        "CA_FILE": settings.kafka_ca_file,
        "CLIENT_CERTIFICATE": settings.kafka_client_certificate,
        "CLIENT_KEY": settings.kafka_client_key,
    }
    has_log_in, has_tls = protocol.startswith("SASL"), protocol.endswith("SSL")
    if has_log_in:
        _require(protocol, "needs", [name for name, value in log_in.items() if not value])
    else:
        _require(protocol, "does not use", [name for name, value in log_in.items() if value])
    if not has_tls:
        _require(protocol, "does not use", [name for name, value in files.items() if value])
    return Connection(
        settings.bootstrap_servers,
        protocol,
        settings.kafka_sasl_mechanism if has_log_in else None,
        settings.kafka_username,
        password.get_secret_value() if password else None,
        ca_file=_text(settings.kafka_ca_file),
        client_certificate=_text(settings.kafka_client_certificate),
        client_key=_text(settings.kafka_client_key),
    )


def _require(protocol: str, what: str, names: list[str]) -> None:
    if names:
        variables = " and ".join(f"LIVELIHOOD_KAFKA_{name}" for name in names)
        raise LivelihoodError(
            f"LIVELIHOOD_KAFKA_SECURITY_PROTOCOL is {protocol}, which {what} {variables}: change "
            "one of them; see the runbook, 'Kafka users and certificates'"
        )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
