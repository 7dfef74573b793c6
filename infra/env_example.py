"""Generator of .env.example from the descriptions of the settings, and of fresh secrets.

``python -m infra.env_example > .env.example`` and ``python -m infra.env_example --secrets >> .env``
"""

from __future__ import annotations

import base64
import secrets
import sys
from collections.abc import Callable
from textwrap import wrap

from livelihood.setting_sources import secret_names, variable
from livelihood.settings import ROOT, Settings

PATH = ROOT / ".env.example"
WIDTH = 98
INTRODUCTION = """\
# Settings of Livelihood. Copy this file with
# `install -m 600 .env.example .env`, and remove the # from each line to change.
# The local stack (`livelihood up`) needs none of them.
"""
# Added to the description of each secret.
FILE_HINT = "Or the same name with _FILE: a file with the value."
CONTAINERS = """\
# Only for docker-compose.yml, which starts when every secret has a value. To generate all secrets:
#   python -m infra.env_example --secrets >> .env
"""


def _hexadecimal() -> str:
    return secrets.token_hex(24)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


# Variables that docker-compose.yml requires in addition to the settings: name → description.
CONTAINER_VARIABLES = {
    "POSTGRES_PASSWORD": "Password of the superuser of PostgreSQL.",
    "WAREHOUSE_PASSWORD": "Password of the warehouse owner (letters and digits).",
    "AIRFLOW_DATABASE_PASSWORD": "Password of the Airflow database owner (letters and digits).",
    "AIRFLOW_ADMIN_PASSWORD": "Password of the user admin of the Airflow web interface.",
    "AIRFLOW_FERNET_KEY": "Key that encrypts Airflow connections: 32 bytes, URL-safe base64.",
    "AIRFLOW_JWT_SECRET": "Secret with which Airflow signs the tokens of its components.",
    "AIRFLOW_SECRET_KEY": "Secret with which Airflow signs sessions of its web interface.",
    "KAFKA_BROKER_PASSWORD": "Password of the Kafka broker itself (letters and digits).",
    "KAFKA_ADMIN_PASSWORD": "Password of the Kafka user that creates topics and grants rights.",
    "KAFKA_LOADER_PASSWORD": "Password of the Kafka user of the platform, which reads.",
    "KAFKA_PRODUCER_PASSWORD": "Password of the Kafka user of producers, which writes.",
    "POSTGRES_PORT": "Port of PostgreSQL on 127.0.0.1; default 15432.",
}
# Secret variables, and the function that generates each.
SECRETS: dict[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": _hexadecimal,
    "WAREHOUSE_PASSWORD": _hexadecimal,
    "AIRFLOW_DATABASE_PASSWORD": _hexadecimal,
    "AIRFLOW_ADMIN_PASSWORD": _hexadecimal,
    "AIRFLOW_FERNET_KEY": _fernet_key,
    "AIRFLOW_JWT_SECRET": _hexadecimal,
    "AIRFLOW_SECRET_KEY": _hexadecimal,
    "KAFKA_BROKER_PASSWORD": _hexadecimal,
    "KAFKA_ADMIN_PASSWORD": _hexadecimal,
    "KAFKA_LOADER_PASSWORD": _hexadecimal,
    "KAFKA_PRODUCER_PASSWORD": _hexadecimal,
    "LIVELIHOOD_TOKEN_KEY": _hexadecimal,
    "LIVELIHOOD_ANALYST_PASSWORD": _hexadecimal,
    "LIVELIHOOD_CASEWORKER_PASSWORD": _hexadecimal,
}


def render() -> str:
    """Return .env.example: every setting with its description and default, all commented out."""
    secret = secret_names(Settings)
    settings = [
        _entry(
            variable(name),
            f"{field.description} {FILE_HINT if name in secret else ''}".strip(),
            _default_text(field.get_default(call_default_factory=True)),
        )
        for name, field in Settings.model_fields.items()
    ]
    containers = [
        _entry(name, description, "") for name, description in CONTAINER_VARIABLES.items()
    ]
    return "\n".join([INTRODUCTION, *settings, CONTAINERS, *containers])


def _entry(name: str, description: str, default: str) -> str:
    comment = "".join(f"# {line}\n" for line in wrap(description, WIDTH))
    return f"{comment}# {name}={default}\n"


def _default_text(default: object) -> str:
    if default is None:
        return ""
    return str(default).replace(f"{ROOT}/", "")


def fresh_secrets() -> str:
    """Return lines for .env with a new value for each secret of the containers."""
    return "".join(f"{name}={generate()}\n" for name, generate in SECRETS.items())


if __name__ == "__main__":
    sys.stdout.write(fresh_secrets() if "--secrets" in sys.argv[1:] else render())
