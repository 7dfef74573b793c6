"""Connection settings of Kafka clients: from the settings, and from the home folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer
from kafka.admin import ACLOperation, ResourceType

from livelihood.errors import BrokerUnavailable, LivelihoodError
from livelihood.kafka.clients import (
    client_settings,
    connection,
    credentials_folder,
    librdkafka_settings,
)
from livelihood.kafka.rights import rights
from livelihood.settings import Settings

SERVERS = "a:9093,b:9093"
LOG_IN = {"kafka_username": "u", "kafka_password": "the password"}
TLS = {"kafka_ca_file": "ca.pem", "kafka_client_certificate": "c.pem", "kafka_client_key": "k.pem"}


def external(protocol: str, **values: Any) -> Settings:
    return Settings(
        _env_file=None,
        kafka_bootstrap_servers=SERVERS,
        kafka_security_protocol=protocol,
        **values,
    )


def test_both_dialects_contain_log_in_and_certificates() -> None:
    settings = external("SASL_SSL", kafka_sasl_mechanism="SCRAM-SHA-512", **LOG_IN, **TLS)
    assert client_settings(settings, "loader") == {
        "bootstrap_servers": ["a:9093", "b:9093"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "the password",
        "ssl_cafile": "ca.pem",
        "ssl_certfile": "c.pem",
        "ssl_keyfile": "k.pem",
    }
    assert librdkafka_settings(settings, "loader") == {
        "bootstrap.servers": SERVERS,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "u",
        "sasl.password": "the password",
        "ssl.ca.location": "ca.pem",
        "ssl.certificate.location": "c.pem",
        "ssl.key.location": "k.pem",
    }


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_librdkafka_has_every_mechanism_and_tls(protocol: str) -> None:
    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"):
        settings = external(protocol, kafka_sasl_mechanism=mechanism, **LOG_IN)
        Consumer({**librdkafka_settings(settings, "loader"), "group.id": "g"}).close()


def test_an_external_kafka_without_security_gets_no_option() -> None:
    assert client_settings(external("PLAINTEXT"), "loader") == {
        "bootstrap_servers": ["a:9093", "b:9093"],
        "security_protocol": "PLAINTEXT",
    }


@pytest.mark.parametrize(
    ("protocol", "values", "reason"),
    [
        ("PLAINTEXT", LOG_IN, "does not use LIVELIHOOD_KAFKA_USERNAME"),
        ("SSL", LOG_IN, "does not use LIVELIHOOD_KAFKA_USERNAME"),
        ("SASL_SSL", {"kafka_username": "u"}, "needs LIVELIHOOD_KAFKA_PASSWORD"),
        ("SASL_SSL", {}, "LIVELIHOOD_KAFKA_USERNAME and LIVELIHOOD_KAFKA_PASSWORD"),
        ("SASL_PLAINTEXT", LOG_IN | TLS, "does not use LIVELIHOOD_KAFKA_CA_FILE"),
    ],
)
def test_contradicting_settings_are_an_error_without_the_password(
    protocol: str, values: dict[str, Any], reason: str
) -> None:
    with pytest.raises(LivelihoodError, match=reason) as error:
        client_settings(external(protocol, **values), "loader")
    assert "the password" not in str(error.value)


def test_the_embedded_kafka_has_a_password_per_role(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, kafka_port=1)
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1 .*livelihood up"):
        client_settings(settings, "loader")
    credentials_folder(tmp_path).mkdir()
    for role in ("loader", "producer"):
        (credentials_folder(tmp_path) / role).write_text(f"password of {role}")
    properties = librdkafka_settings(settings, "producer")
    assert properties["sasl.username"] == "livelihood-producer"
    assert properties["sasl.password"] == "password of producer"
    assert properties["security.protocol"] == "SASL_PLAINTEXT"
    assert "password of" not in repr(connection(settings, "loader"))


def test_only_the_producer_may_write_and_only_the_loader_may_read() -> None:
    granted = {(acl.principal, acl.operation) for acl in rights()}
    assert {user for user, operation in granted if operation == ACLOperation.WRITE} == {
        "User:livelihood-producer"
    }
    assert {user for user, operation in granted if operation == ACLOperation.READ} == {
        "User:livelihood-loader"
    }
    topics = [acl for acl in rights() if acl.resource_pattern.resource_type == ResourceType.TOPIC]
    assert {acl.resource_pattern.resource_name for acl in topics} == {"livelihood."}
