"""Groups of settings, which `livelihood.settings.Settings` combines with all others."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class AlertSettings(BaseSettings):
    """When messages about alerts are sent."""

    alert_timeout_seconds: float = Field(
        30.0,
        gt=0,
        description="Seconds for one delivery of messages; what a receiver has not accepted by "
        "then is tried again later.",
    )
    alert_clear_delay_minutes: int = Field(
        10,
        ge=0,
        description="Minutes for which the message that an alert has cleared is delayed; if the "
        "condition returns by then, no message is sent.",
    )


class ExternalKafkaSettings(BaseSettings):
    """Address and log-in of an external Kafka."""

    kafka_bootstrap_servers: str | None = Field(
        None, description="host:port list of an external Kafka; empty: the embedded Kafka."
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",
        description="Protocol of the external Kafka: use SASL_SSL, or SSL with a client "
        "certificate, beyond a trusted machine.",
    )
    kafka_sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] = Field(
        "SCRAM-SHA-256", description="SASL mechanism of the external Kafka."
    )
    kafka_username: str | None = Field(
        None, description="User of this process on the external Kafka, with SASL."
    )
    kafka_password: SecretStr | None = Field(None, description="Password of that user.")
    kafka_ca_file: Path | None = Field(
        None,
        description="PEM file with the authorities that sign the external Kafka's certificate; "
        "empty: those of the system.",
    )
    kafka_client_certificate: Path | None = Field(
        None, description="PEM file with the client certificate for the external Kafka."
    )
    kafka_client_key: Path | None = Field(
        None, description="PEM file with the key of the client certificate, not encrypted."
    )


class LoadSettings(BaseSettings):
    """Sizes of batches and transactions of the loader."""

    load_batch_records: int = Field(
        20_000,
        gt=0,
        description="Maximum number of records decoded, validated and copied at a time.",
    )
    load_batch_megabytes: int = Field(
        32,
        gt=0,
        description="Size of messages from which on no more are added to a batch of the loader.",
    )
    load_transaction_records: int = Field(
        500_000, gt=0, description="Maximum records committed in one load."
    )


class LogSettings(BaseSettings):
    """What is logged, and in which format."""

    log_format: Literal["text", "json"] = Field(
        "text", description="Format of log lines: text for people, json for machines."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="Lowest level that is logged."
    )


class ReaderSettings(BaseSettings):
    """Passwords and limits of the roles that only read."""

    analyst_password: SecretStr | None = Field(
        None, description="Password of the role analyst on an external PostgreSQL."
    )
    caseworker_password: SecretStr | None = Field(
        None, description="Password of the role caseworker on an external PostgreSQL."
    )
    quarantine_keeper_password: SecretStr | None = Field(
        None,
        description="Password of the role quarantine_keeper on an external PostgreSQL, which "
        "`livelihood quarantine` needs.",
    )
    reader_connections: int = Field(
        20, gt=0, description="Maximum number of connections of each role that reads."
    )
    reader_statement_seconds: int = Field(
        600,
        gt=0,
        description="How long a query of a reader may run, or a reader's transaction be idle.",
    )
    reader_transaction_seconds: int = Field(
        3600, gt=0, description="How long a reader's transaction, or an idle session, may last."
    )
    reader_temp_megabytes: int = Field(
        2048, gt=0, description="Maximum size of the temporary files of a reader's session."
    )


class RetentionSettings(BaseSettings):
    """How long rows are stored, and how many rejects; see docs/decisions/retention.md."""

    retain_superseded_days: int = Field(
        1095,
        ge=730,
        description="How long landed records are stored after a later revision replaced them.",
    )
    retain_quarantine_days: int = Field(
        730, gt=0, description="How long rejected messages are stored."
    )
    quarantine_quota_megabytes: int = Field(
        100,
        gt=0,
        description="Rejected messages stored per stream and day; beyond it, messages that can "
        "never be accepted are only counted, except the first of each kind.",
    )
    quarantine_limit_megabytes: int = Field(
        1_000,
        gt=0,
        description="Rejected messages stored per stream and day, including those that a replay "
        "may accept; beyond it the stream stops.",
    )
    retain_releases_days: int | None = Field(
        None,
        ge=3650,
        description="How long the rows of a release stay readable, ten years or more; empty: "
        "forever.",
    )


class StatusSettings(BaseSettings):
    """When `livelihood status` calls the platform unhealthy."""

    status_behind_minutes: int = Field(
        15,
        gt=0,
        description="How long records may wait, or stay out of the figures, before `livelihood "
        "status` calls the platform unhealthy.",
    )
    status_min_free_megabytes: int = Field(
        1_000,
        ge=0,
        description="Free space on the disk of the home folder below which `livelihood status` "
        "calls the platform unhealthy.",
    )
