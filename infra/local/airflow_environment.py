"""Environment variables of the local Airflow, and its secrets."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from infra.local.environment import process_environment
from livelihood.private_files import write_private
from livelihood.settings import LINEAGE_NAMESPACE, ROOT, Settings

COMMON_ENVIRONMENT = ROOT / "infra" / "airflow" / "airflow.env"
USER = "admin"
PASSWORDS = "passwords.json"
SECRETS = "secrets.json"


def create_secrets(home: Path) -> None:
    """Generate the password of `admin` and the keys of Airflow once, readable only by the owner."""
    _write_once(home / PASSWORDS, {USER: secrets.token_urlsafe(12)})
    keys = {
        "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "jwt_secret": secrets.token_urlsafe(48),
        "secret_key": secrets.token_urlsafe(32),
    }
    _write_once(home / SECRETS, keys)


def airflow_environment(settings: Settings, home: Path, dags_folder: Path) -> dict[str, str]:
    """Return the environment of the Airflow components; `home` is the folder of Airflow."""
    keys = json.loads((home / SECRETS).read_text())
    url = f"http://127.0.0.1:{settings.airflow_port}"
    return {
        **process_environment(settings),
        **_read_environment(COMMON_ENVIRONMENT),
        "PYTHONPATH": str(COMMON_ENVIRONMENT.parent),
        "NO_PROXY": f"{os.environ.get('NO_PROXY', '')},127.0.0.1,localhost".strip(","),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / PASSWORDS),
        **_folders(home),
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt_secret"],
        "AIRFLOW__API__SECRET_KEY": keys["secret_key"],
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__LOGGING__JSON_LOGS": str(settings.log_format == "json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        **_database_environment(settings),
        **_lineage_environment(settings),
    }


def _folders(home: Path) -> dict[str, str]:
    """Return the folders that Airflow derives from its home. It does not if that contains a %."""
    logs = home / "logs"
    return {
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(logs),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(logs / "dag_processor"),
    }


def _lineage_environment(settings: Settings) -> dict[str, str]:
    """Return settings that send the lineage of runs to the collector of the build's lineage."""
    if settings.lineage_transport is None:
        return {"AIRFLOW__OPENLINEAGE__DISABLED": "True"}
    return {
        "AIRFLOW__OPENLINEAGE__TRANSPORT": settings.lineage_transport.get_secret_value(),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": LINEAGE_NAMESPACE,
    }


def _database_environment(settings: Settings) -> dict[str, str]:
    """Return the database URLs, with psycopg instead of asyncpg, which is not installed."""
    prefix = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    return {
        prefix: settings.database_url("airflow", "postgresql+psycopg2"),
        f"{prefix}_ASYNC": settings.database_url("airflow", "postgresql+psycopg_async"),
    }


def _write_once(path: Path, content: dict[str, str]) -> None:
    """Write a file that only its owner can read, unless it exists."""
    if path.exists():
        return
    write_private(path, json.dumps(content))


def _read_environment(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
