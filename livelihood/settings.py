"""The settings of the platform, read from environment variables prefixed ``LIVELIHOOD_``."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from livelihood.errors import SettingInvalid
from livelihood.setting_groups import (
    AlertSettings,
    ExternalKafkaSettings,
    LoadSettings,
    LogSettings,
    ReaderSettings,
    RetentionSettings,
    StatusSettings,
)
from livelihood.setting_sources import (
    PREFIX,
    SecretFiles,
    describe,
    parse_list,
    warnings,
)

ROOT = Path(__file__).resolve().parent.parent

# Linux allows 107 bytes for the path of a Unix socket; PostgreSQL adds "/.s.PGSQL.5432".
MAX_SOCKET_DIRECTORY_BYTES = 90
# Where the socket is if the path of the home folder is longer. The same in every process: the
# folder for temporary files depends on a variable.
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - a folder in it is created for one account
# Namespace of this platform's jobs in OpenLineage events.
LINEAGE_NAMESPACE = "livelihood"
# The time zone of China, for days, deadlines and displayed times.
TIME_ZONE = ZoneInfo("Asia/Shanghai")

Port = Annotated[int, Field(ge=1, le=65_535)]


class Settings(
    AlertSettings,
    ExternalKafkaSettings,
    LoadSettings,
    LogSettings,
    ReaderSettings,
    RetentionSettings,
    StatusSettings,
):
    """The settings of the platform. An empty server address selects the embedded server.

    A secret can also be read from a file, `LIVELIHOOD_<SECRET>_FILE`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ROOT / ".env",
        env_parse_none_str="",
        extra="ignore",
        hide_input_in_errors=True,
    )

    home: Path = Field(
        ROOT / ".livelihood",
        description="Folder for all state of the local stack; a relative path is one in the "
        "project folder.",
    )
    warehouse_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy-style URL of an external PostgreSQL database, as its owner; "
        "empty: the embedded PostgreSQL.",
    )
    kafka_port: Port = Field(19092, description="Port of the embedded Kafka on 127.0.0.1.")
    kafka_controller_port: Port = Field(19093, description="Controller port of the embedded Kafka.")
    kafka_replication_factor: int = Field(
        1, gt=0, description="Replication factor of created topics."
    )
    airflow_port: Port = Field(18080, description="Port of the embedded Airflow's API server.")
    as_of_date: dt.date | None = Field(
        None, description="The date for which figures are computed; empty: today in Asia/Shanghai."
    )
    token_key: SecretStr | None = Field(
        None,
        description="Key of the identifier tokens (HMAC-SHA-256); empty: generated once in "
        "the home folder, readable by its owner only.",
    )
    token_key_version: int = Field(1, gt=0, description="Version number of the token key.")
    record_key: SecretStr | None = Field(
        None,
        description="Key of the record ids that producers derive from business keys "
        "(HMAC-SHA-256), never rotated; empty: generated once in the home folder, readable by its "
        "owner only.",
    )
    register_sources: Literal["first_use", "explicit"] | None = Field(
        None,
        description="How a source system is registered: by its first record (first_use), or only "
        "by `livelihood source add` (explicit); empty: first_use with the embedded PostgreSQL, "
        "explicit with an external one.",
    )
    future_tolerance_hours: float = Field(
        24.0,
        gt=0,
        description="Hours by which the time of a record may be ahead of the platform's clock.",
    )
    sources_file: Path | None = Field(
        None,
        description="File with the addresses of databases that `livelihood send --from-database` "
        "reads, readable by its owner only; empty: sources.toml in the home folder.",
    )
    retry_seconds: float = Field(
        60.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds for which a stage retries a server that does not answer.",
    )
    alert_urls: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list, description="apprise addresses that alerts are sent to, as JSON list."
    )
    sweep_minutes: int = Field(
        5, gt=0, description="Interval of the timed sweep behind the trigger."
    )
    backup_days: int = Field(
        30,
        gt=0,
        description="Age of the oldest backup that must still catch up from Kafka; topics retain "
        "records at least as long.",
    )
    kafka_retention_days: int | None = Field(
        None,
        gt=0,
        description="How long topics retain records, if not as long as their contracts state; "
        "`livelihood migrate` sets it.",
    )
    lineage_transport: SecretStr | None = Field(
        None,
        description="Destination of OpenLineage events of Airflow and dbt, as the JSON of a "
        'transport, such as {"type": "http", "url": "http://127.0.0.1:5000"}; empty: none.',
    )

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - as in the base class
        """Read the settings. Raises SettingInvalid without the value of a wrong one."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingInvalid(describe(error)) from None
        except (UnicodeDecodeError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SettingInvalid(f"the file .env cannot be read: {reason}") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[Any, ...]:
        """Return the sources, highest priority first: arguments, environment, .env file."""
        sources: list[Any] = [init_settings]
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):
                sources += [source, SecretFiles(source)]
        return tuple(sources)

    @field_validator("home")
    @classmethod
    def _complete_home(cls, value: Path) -> Path:
        # Otherwise the home would depend on the folder in which a command is called.
        return ROOT / value.expanduser()

    @field_validator("alert_urls", mode="before")
    @classmethod
    def _parse_list(cls, value: object) -> object:
        return parse_list(value)

    @field_validator("warehouse_url")
    @classmethod
    def _check_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            from psycopg import Error
            from psycopg.conninfo import conninfo_to_dict

            scheme, _, address = value.get_secret_value().partition("://")
            try:
                port = conninfo_to_dict(f"postgresql://{address}").get("port", 5432)
            except Error:
                port = None
            is_postgres = scheme.split("+")[0] in ("postgresql", "postgres") and address
            if not is_postgres or not str(port).isdigit():
                raise ValueError(
                    "must be a URL, such as postgresql://USER:PASSWORD@HOST:5432/DATABASE; special "
                    "characters of the password are percent-encoded"
                ) from None
        return value

    @field_validator("kafka_bootstrap_servers")
    @classmethod
    def _check_servers(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"[^\s,]+:\d+(,[^\s,]+:\d+)*", value):
            raise ValueError("must be a list host:port,host:port without blanks")
        return value

    @field_validator("lineage_transport")
    @classmethod
    def _check_transport(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            try:
                transport = json.loads(value.get_secret_value())
            except json.JSONDecodeError:
                transport = None
            if not isinstance(transport, dict) or "type" not in transport:
                raise ValueError('must be a JSON object with a "type"') from None
        return value

    @property
    def socket_directory(self) -> Path:
        """Return the folder of the embedded PostgreSQL's Unix socket, of a permitted length."""
        preferred = (self.home / "run").resolve()
        if len(os.fsencode(preferred)) <= MAX_SOCKET_DIRECTORY_BYTES:
            return preferred
        digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:12]
        return SHORT_FOLDER / f"livelihood-{digest}"

    def database_url(self, database: str = "livelihood", driver: str = "postgresql") -> str:
        """Return the URL of a database; `driver` is a SQLAlchemy dialect, or plain for libpq.

        An external warehouse is one database. The embedded server also has one for Airflow.
        """
        if self.warehouse_url and database == "livelihood":
            url = self.warehouse_url.get_secret_value()
            return driver + url[url.index("://") :]
        return self.embedded_url(database, driver)

    def embedded_url(self, database: str, driver: str = "postgresql") -> str:
        """Return the URL of a database of the embedded server, also with an external warehouse."""
        host = quote(os.fsencode(self.socket_directory))
        return f"{driver}://postgres@localhost/{database}?host={host}"

    @property
    def registers_first_use(self) -> bool:
        """Return whether a source system is registered by its first record."""
        if self.register_sources is None:
            return self.warehouse_url is None
        return self.register_sources == "first_use"

    @property
    def future_tolerance(self) -> dt.timedelta:
        """Return by how much the time of a record may be ahead of the clock."""
        return dt.timedelta(hours=self.future_tolerance_hours)

    @property
    def dbt_target(self) -> Path:
        """Return the folder of dbt's manifest and compiled SQL."""
        return self.home.resolve() / "dbt" / "target"

    @property
    def bootstrap_servers(self) -> str:
        """Return the address of the Kafka in use."""
        return self.kafka_bootstrap_servers or f"127.0.0.1:{self.kafka_port}"

    @property
    def today(self) -> dt.date:
        """Return the as-of date, for which figures are computed."""
        return self.as_of_date or dt.datetime.now(TIME_ZONE).date()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read once.

    Warns on stderr of variables that no setting reads, and of secrets that other accounts of the
    machine can read. Raises SettingInvalid.
    """
    settings = Settings()
    for warning in warnings(Settings, ROOT / ".env"):
        sys.stderr.write(f"livelihood: {warning}\n")
    return settings
