"""Secrets of the containers: one file each in the folder secrets/, mounted by docker-compose.yml.

``make secrets`` creates the missing ones. It changes and prints no existing secret.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from dotenv import dotenv_values

from infra.local.errors import LocalServerError
from livelihood.private_files import private_folder, write_private
from livelihood.settings import ROOT

FOLDER = ROOT / "secrets"
ENVIRONMENT = ROOT / ".env"
USER_VARIABLE = "CONTAINER_USER"
# User of the containers if root creates the secrets: that of Airflow's image.
USER_FOR_ROOT = 50_000


def _password(_: Mapping[str, str]) -> str:
    return secrets.token_hex(24)


def _fernet_key(_: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _empty(_: Mapping[str, str]) -> str:
    return ""


def _url(scheme: str, owner: str, password: str) -> Callable[[Mapping[str, str]], str]:
    """Return a function that creates the URL of the database that has the name of its owner."""

    def create(values: Mapping[str, str]) -> str:
        return f"{scheme}://{owner}:{quote(values[password], safe='')}@postgres/{owner}"

    return create


class Secret(NamedTuple):
    """How a secret is created from earlier ones, and its variable in the .env of version 0.1."""

    create: Callable[[Mapping[str, str]], str]
    variable: str | None = None


_AIRFLOW = ("airflow", "airflow_database_password")
# The name of each file, in an order in which a URL follows its password.
SECRETS: dict[str, Secret] = {
    "postgres_password": Secret(_password, "POSTGRES_PASSWORD"),
    "warehouse_password": Secret(_password, "WAREHOUSE_PASSWORD"),
    "warehouse_url": Secret(_url("postgresql", "livelihood", "warehouse_password")),
    "airflow_database_password": Secret(_password, "AIRFLOW_DATABASE_PASSWORD"),
    "airflow_database_url": Secret(_url("postgresql+psycopg2", *_AIRFLOW)),
    "airflow_database_url_async": Secret(_url("postgresql+psycopg_async", *_AIRFLOW)),
    "airflow_admin_password": Secret(_password, "AIRFLOW_ADMIN_PASSWORD"),
    "airflow_fernet_key": Secret(_fernet_key, "AIRFLOW_FERNET_KEY"),
    "airflow_jwt_secret": Secret(_password, "AIRFLOW_JWT_SECRET"),
    "airflow_secret_key": Secret(_password, "AIRFLOW_SECRET_KEY"),
    "kafka_broker_password": Secret(_password, "KAFKA_BROKER_PASSWORD"),
    "kafka_admin_password": Secret(_password, "KAFKA_ADMIN_PASSWORD"),
    "kafka_loader_password": Secret(_password, "KAFKA_LOADER_PASSWORD"),
    "kafka_producer_password": Secret(_password, "KAFKA_PRODUCER_PASSWORD"),
    "token_key": Secret(_password, "LIVELIHOOD_TOKEN_KEY"),
    "analyst_password": Secret(_password, "LIVELIHOOD_ANALYST_PASSWORD"),
    "caseworker_password": Secret(_password, "LIVELIHOOD_CASEWORKER_PASSWORD"),
    "quarantine_keeper_password": Secret(_password),
    # Optional: an empty file means none.
    "alert_urls": Secret(_empty, "LIVELIHOOD_ALERT_URLS"),
    "lineage_transport": Secret(_empty, "LIVELIHOOD_LINEAGE_TRANSPORT"),
}


def create_secrets(folder: Path, environment: Path) -> list[str]:
    """Create the missing secrets, readable by the containers' user only, and return their names.

    A value in the .env file of an earlier version is adopted, because the servers know it. Raises
    LocalServerError if the folder or the files cannot belong to the containers' user.
    """
    former = _variables(environment)
    user = _container_user(former.get(USER_VARIABLE))
    private_folder(folder)
    values: dict[str, str] = {}
    created = []
    for name, secret in SECRETS.items():
        path = folder / name
        if not path.exists():
            write_private(path, former.get(secret.variable or "") or secret.create(values))
            created.append(name)
        values[name] = path.read_text(encoding="utf-8").strip()
        _close(path, user)
    if USER_VARIABLE not in former:
        _append(environment, f"{USER_VARIABLE}={user}\n")
    return created


def former_variables(environment: Path) -> list[str]:
    """Return the variables of the .env file that the containers read from secrets/ instead."""
    variables = _variables(environment)
    return [secret.variable for secret in SECRETS.values() if secret.variable in variables]


def _variables(environment: Path) -> dict[str, str]:
    values = dotenv_values(environment, interpolate=False) if environment.exists() else {}
    return {name: value for name, value in values.items() if value}


def _container_user(number: str | None) -> int:
    """Return the user id of the containers, which must own the files."""
    if number is None:
        return os.geteuid() or USER_FOR_ROOT
    # Root can give the files to any user, others own what they create.
    if number in ("0", "") or not number.isdigit() or os.geteuid() not in (0, int(number)):
        raise LocalServerError(
            f"{USER_VARIABLE} in .env is {number}, but the secrets would belong to user "
            f"{os.geteuid() or USER_FOR_ROOT}: remove the line, or run `make secrets` as that user"
        )
    return int(number)


def _close(path: Path, user: int) -> None:
    path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(path, user, -1)


def _append(environment: Path, line: str) -> None:
    text = environment.read_text(encoding="utf-8") if environment.exists() else ""
    write_private(environment, text + ("\n" if text and not text.endswith("\n") else "") + line)


def main() -> int:
    """Create the missing secrets and report their names. Return 1 if that is impossible."""
    try:
        created = create_secrets(FOLDER, ENVIRONMENT)
    except LocalServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"created in secrets/: {', '.join(created) or 'nothing, all exist'}\n")
    if names := former_variables(ENVIRONMENT):
        sys.stdout.write(
            f"the containers no longer read {', '.join(names)} from .env: delete what the local "
            "stack does not use\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
