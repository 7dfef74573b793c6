"""An external Kafka with log-in and TLS, as the settings describe it; both client libraries."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from infra.local.kafka import KafkaServer
from infra.local.kafka_users import read_password
from livelihood.contracts import load_contract
from livelihood.errors import BrokerUnavailable
from livelihood.kafka import create_topics, read_batches, topic_states
from livelihood.kafka.clients import user_name
from livelihood.settings import Settings
from producers.writer import open_writer
from testkit.message_factory import message
from testkit.servers import free_ports

CONTRACT = load_contract("training")
DAY = dt.timedelta(days=1)
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


def certificate(folder: Path, name: str) -> Path:
    """Write a self-signed certificate for 127.0.0.1 with its key, and return the path."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + signed.public_bytes(pem))
    return path


class TlsKafka(KafkaServer):
    """A Kafka with a further listener, for clients with TLS."""

    def __init__(self, settings: Settings, certificate_path: Path) -> None:
        super().__init__(settings)
        self.certificate_path = certificate_path
        (self.tls_port,) = free_ports(1)

    def prepare(self) -> None:
        """Add the listener to the configuration; the last line of a name counts."""
        super().prepare()
        tls = f"TLS://127.0.0.1:{self.tls_port}"
        with self.properties_path.open("a") as properties:
            properties.write(
                f"listeners=CLIENT://{self.address},{tls},"
                f"CONTROLLER://127.0.0.1:{self.settings.kafka_controller_port}\n"
                f"advertised.listeners=CLIENT://{self.address},{tls}\n"
                "listener.security.protocol.map="
                "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,TLS:SASL_SSL\n"
                "listener.name.tls.sasl.enabled.mechanisms=SCRAM-SHA-256\n"
                f"listener.name.tls.scram-sha-256.sasl.jaas.config={SCRAM} required;\n"
                "listener.name.tls.ssl.keystore.type=PEM\n"
                f"listener.name.tls.ssl.keystore.location={self.certificate_path}\n"
            )


@pytest.fixture
def external(new_settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings of the admin of an external Kafka with TLS."""
    path = certificate(tmp_path, "server")
    with TlsKafka(new_settings, path) as server:
        yield new_settings.model_copy(
            update={
                "kafka_bootstrap_servers": f"127.0.0.1:{server.tls_port}",
                "kafka_security_protocol": "SASL_SSL",
                "kafka_username": user_name("admin"),
                "kafka_password": SecretStr(read_password(new_settings.home, "admin")),
                "kafka_ca_file": path,
                "retry_seconds": 20.0,
            }
        )


def test_records_pass_an_external_kafka_with_tls(external: Settings, tmp_path: Path) -> None:
    assert CONTRACT.topic in create_topics(external)
    value = message(CONTRACT.name)
    with open_writer(external, CONTRACT) as writer:
        writer.write([(b"key", value)], lambda: None)
        writer.finish()
    state = topic_states(external, [CONTRACT])[CONTRACT.name]
    batches = read_batches(external, CONTRACT, state.first, state.end)
    assert [read for batch in batches for read in batch.values] == [value]

    stranger = external.model_copy(update={"kafka_ca_file": certificate(tmp_path, "stranger")})
    with pytest.raises(BrokerUnavailable, match="certificate verify failed"):
        topic_states(stranger, [CONTRACT])
