"""Writes .env.example from the settings' own descriptions; --secrets prints fresh secrets.

``python -m infra.env_example > .env.example`` and ``python -m infra.env_example --secrets >> .env``
"""

from __future__ import annotations

import base64
import secrets
import sys
from collections.abc import Callable
from textwrap import wrap

from livelihood.settings import ROOT, Settings

PATH = ROOT / ".env.example"
WIDTH = 98
INTRODUCTION = """\
# Settings of Livelihood. Copy to .env and change what differs; a line without # sets its variable.
# The local stack (`livelihood up`) needs none of them.
"""
CONTAINERS = """\
# Only for docker-compose.yml, which starts nothing until each secret has a value. To make them all:
#   python -m infra.env_example --secrets >> .env
"""


def _hexadecimal() -> str:
    return secrets.token_hex(24)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


# What docker-compose.yml asks for beyond the settings: name → what it is.
CONTAINER_VARIABLES = {
    "POSTGRES_PASSWORD": "Password of PostgreSQL's superuser.",
    "WAREHOUSE_PASSWORD": "Password of the warehouse's owner; letters and digits, it is in a URL.",
    "AIRFLOW_DATABASE_PASSWORD": "Password of the owner of Airflow's database; letters and digits.",
    "AIRFLOW_ADMIN_PASSWORD": "Password of the user admin in Airflow's view.",
    "AIRFLOW_FERNET_KEY": "Key Airflow encrypts its connections with: 32 bytes in URL-safe base64.",
    "AIRFLOW_JWT_SECRET": "Secret Airflow signs the tokens of its components with.",
    "AIRFLOW_SECRET_KEY": "Secret Airflow signs sessions of its view with.",
    "POSTGRES_PORT": "Port of PostgreSQL on 127.0.0.1; 15432 unless set.",
}
# Variables that must not be guessed, with what makes one.
SECRETS: dict[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": _hexadecimal,
    "WAREHOUSE_PASSWORD": _hexadecimal,
    "AIRFLOW_DATABASE_PASSWORD": _hexadecimal,
    "AIRFLOW_ADMIN_PASSWORD": _hexadecimal,
    "AIRFLOW_FERNET_KEY": _fernet_key,
    "AIRFLOW_JWT_SECRET": _hexadecimal,
    "AIRFLOW_SECRET_KEY": _hexadecimal,
    "LIVELIHOOD_TOKEN_KEY": _hexadecimal,
    "LIVELIHOOD_ANALYST_PASSWORD": _hexadecimal,
    "LIVELIHOOD_CASEWORKER_PASSWORD": _hexadecimal,
}


def render() -> str:
    """Text of .env.example: every setting with its description and default, all commented out."""
    settings = [
        _entry(
            f"LIVELIHOOD_{name.upper()}",
            field.description or "",
            _default_text(field.get_default(call_default_factory=True)),
        )
        for name, field in Settings.model_fields.items()
    ]
    containers = [_entry(name, about, "") for name, about in CONTAINER_VARIABLES.items()]
    return "\n".join([INTRODUCTION, *settings, CONTAINERS, *containers])


def _entry(name: str, description: str, default: str) -> str:
    comment = "".join(f"# {line}\n" for line in wrap(description, WIDTH))
    return f"{comment}# {name}={default}\n"


def _default_text(default: object) -> str:
    if default is None:
        return ""
    return str(default).replace(f"{ROOT}/", "")


def fresh_secrets() -> str:
    """Lines for .env with a new value for each secret that the containers ask for."""
    return "".join(f"{name}={make()}\n" for name, make in SECRETS.items())


if __name__ == "__main__":
    sys.stdout.write(fresh_secrets() if "--secrets" in sys.argv[1:] else render())
