"""Every setting of the platform, read from environment variables prefixed ``LIVELIHOOD_``."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent

# Linux allows 107 bytes for the path of a Unix socket; PostgreSQL adds "/.s.PGSQL.5432".
LONGEST_SOCKET_DIRECTORY = 90
# What collectors of lineage know this platform's jobs by.
LINEAGE_NAMESPACE = "livelihood"
# The one time zone of China: days, deadlines and what readers are shown are in it.
TIME_ZONE = ZoneInfo("Asia/Shanghai")


class Settings(BaseSettings):
    """Where things run and how; an empty server address means the embedded server."""

    model_config = SettingsConfigDict(
        env_prefix="LIVELIHOOD_", env_file=ROOT / ".env", env_parse_none_str="", extra="ignore"
    )

    home: Path = Field(ROOT / ".livelihood", description="Folder for all state of the local stack.")
    warehouse_url: str | None = Field(
        None,
        description="SQLAlchemy-style URL of an external PostgreSQL database, as its owner; "
        "empty: the embedded PostgreSQL.",
    )
    kafka_bootstrap_servers: str | None = Field(
        None, description="host:port list of an external Kafka; empty: the embedded Kafka."
    )
    kafka_port: int = Field(19092, description="Port of the embedded Kafka on 127.0.0.1.")
    kafka_controller_port: int = Field(19093, description="Controller port of the embedded Kafka.")
    kafka_replication_factor: int = Field(1, description="Replication factor of created topics.")
    airflow_port: int = Field(18080, description="Port of the embedded Airflow's API server.")
    as_of_date: dt.date | None = Field(
        None, description="The day figures are computed for; empty: today in Asia/Shanghai."
    )
    token_key: SecretStr | None = Field(
        None,
        description="Key of the identifier tokens (HMAC-SHA-256); empty: made once in the home "
        "folder, readable by its owner alone.",
    )
    token_key_version: int = Field(1, description="Version number of the token key.")
    sources_file: Path | None = Field(
        None,
        description="File with the addresses of databases that `livelihood send --from-database` "
        "reads, readable by its owner alone; empty: sources.toml in the home folder.",
    )
    analyst_password: SecretStr | None = Field(
        None, description="Password of the role analyst on an external PostgreSQL."
    )
    caseworker_password: SecretStr | None = Field(
        None, description="Password of the role caseworker on an external PostgreSQL."
    )
    load_batch_records: int = Field(
        20_000, gt=0, description="Most records decoded, validated and copied at a time."
    )
    load_transaction_records: int = Field(
        500_000, gt=0, description="Most records committed in one load."
    )
    retry_seconds: float = Field(
        60.0, gt=0, description="How long a stage keeps trying to reach a server that is away."
    )
    alert_urls: list[str] = Field(
        default_factory=list, description="apprise addresses that alerts are sent to, as JSON list."
    )
    sweep_minutes: int = Field(
        5, gt=0, description="Interval of the timed sweep behind the trigger."
    )
    backup_days: int = Field(
        30,
        gt=0,
        description="Age of the oldest backup that must still catch up from Kafka, which therefore "
        "keeps records for no less than this.",
    )
    kafka_retention_days: int | None = Field(
        None,
        gt=0,
        description="How long topics keep records, if not as long as their contracts say; "
        "`livelihood migrate` sets it.",
    )
    retain_superseded_days: int = Field(
        1095,
        ge=730,
        description="How long landed records are kept after a later revision replaced them.",
    )
    retain_quarantine_days: int = Field(
        730, gt=0, description="How long rejected messages are kept."
    )
    retain_releases_days: int | None = Field(
        None,
        ge=3650,
        description="How long the rows of a release stay readable, ten years or more; empty: for "
        "ever.",
    )
    status_behind_minutes: int = Field(
        15,
        gt=0,
        description="How long records may wait, or stay out of the figures, before `livelihood "
        "status` calls the platform unhealthy.",
    )
    lineage_transport: SecretStr | None = Field(
        None,
        description="Where OpenLineage events of Airflow and dbt go, as the JSON of an OpenLineage "
        'transport, such as {"type": "http", "url": "http://127.0.0.1:5000"}; empty: nowhere.',
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How log lines are written: text for people, json for machines."
    )
    log_level: str = Field("INFO", description="Least severe level that is logged.")

    @property
    def socket_directory(self) -> Path:
        """Folder of the embedded PostgreSQL's Unix socket, short enough for the kernel."""
        preferred = (self.home / "run").resolve()
        if len(str(preferred)) <= LONGEST_SOCKET_DIRECTORY:
            return preferred
        digest = hashlib.sha256(str(preferred).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"livelihood-{digest}"

    def database_url(self, database: str = "livelihood", driver: str = "postgresql") -> str:
        """URL of a database: `driver` is the SQLAlchemy dialect, plain for libpq and psycopg.

        An external warehouse has one database; the embedded server has one for Airflow as well.
        """
        if self.warehouse_url and database == "livelihood":
            return driver + self.warehouse_url[self.warehouse_url.index("://") :]
        return f"{driver}://postgres@localhost/{database}?host={self.socket_directory}"

    @property
    def dbt_target(self) -> Path:
        """Folder of dbt's manifest and compiled SQL."""
        return self.home.resolve() / "dbt" / "target"

    @property
    def bootstrap_servers(self) -> str:
        """Address of the Kafka in use."""
        return self.kafka_bootstrap_servers or f"127.0.0.1:{self.kafka_port}"

    @property
    def today(self) -> dt.date:
        """The day figures are computed for."""
        return self.as_of_date or dt.datetime.now(TIME_ZONE).date()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
