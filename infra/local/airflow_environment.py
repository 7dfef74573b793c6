"""What the local Airflow is told by environment variables, and the secrets among them."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from infra.local.environment import process_environment
from livelihood.settings import LINEAGE_NAMESPACE, ROOT, Settings

COMMON_ENVIRONMENT = ROOT / "infra" / "airflow" / "airflow.env"
USER = "admin"
PASSWORDS = "passwords.json"
SECRETS = "secrets.json"


def make_secrets(home: Path) -> None:
    """Make the password of `admin` and the keys of Airflow, once, for their owner alone to read."""
    _write_once(home / PASSWORDS, {USER: secrets.token_urlsafe(12)})
    made = {
        "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "jwt_secret": secrets.token_urlsafe(48),
        "secret_key": secrets.token_urlsafe(32),
    }
    _write_once(home / SECRETS, made)


def airflow_environment(settings: Settings, home: Path, dags_folder: Path) -> dict[str, str]:
    """Environment of every Airflow component of the local stack; `home` is Airflow's own folder."""
    own = json.loads((home / SECRETS).read_text())
    url = f"http://127.0.0.1:{settings.airflow_port}"
    return {
        **process_environment(settings),
        **_read_environment(COMMON_ENVIRONMENT),
        "PYTHONPATH": str(COMMON_ENVIRONMENT.parent),
        "NO_PROXY": f"{os.environ.get('NO_PROXY', '')},127.0.0.1,localhost".strip(","),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / PASSWORDS),
        "AIRFLOW__CORE__FERNET_KEY": own["fernet_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": own["jwt_secret"],
        "AIRFLOW__API__SECRET_KEY": own["secret_key"],
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__LOGGING__JSON_LOGS": str(settings.log_format == "json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        **_database_environment(settings),
        **_lineage_environment(settings),
    }


def _lineage_environment(settings: Settings) -> dict[str, str]:
    """Airflow tells of its runs what the build tells of its tables, to the same collector."""
    if settings.lineage_transport is None:
        return {"AIRFLOW__OPENLINEAGE__DISABLED": "True"}
    return {
        "AIRFLOW__OPENLINEAGE__TRANSPORT": settings.lineage_transport.get_secret_value(),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": LINEAGE_NAMESPACE,
    }


def _database_environment(settings: Settings) -> dict[str, str]:
    """Airflow would look for asyncpg; psycopg does the same and is here already."""
    prefix = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    return {
        prefix: settings.database_url("airflow", "postgresql+psycopg2"),
        f"{prefix}_ASYNC": settings.database_url("airflow", "postgresql+psycopg_async"),
    }


def _write_once(path: Path, content: dict[str, str]) -> None:
    """Write a file that only its owner may read, unless it is there."""
    if path.exists():
        return
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as output:
        json.dump(content, output)
    aside.rename(path)


def _read_environment(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
