"""Services of docker-compose.yml, with the variables that Compose would insert."""

from __future__ import annotations

import re
from typing import Any

import yaml

from livelihood.settings import ROOT

PATH = ROOT / "docker-compose.yml"
SECRETS_FOLDER = "/run/secrets"


def load_compose() -> dict[str, Any]:
    """Return the content of the file, with its variables as they are written."""
    content: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return content


def service_environment(name: str, secrets_folder: str) -> dict[str, str]:
    """Return the environment of a service, with the default of each variable.

    Its secrets are in `secrets_folder`. Variables that .env may set are omitted.
    """
    environment = load_compose()["services"][name]["environment"]
    return {
        key: _insert(str(value)).replace(SECRETS_FOLDER, secrets_folder)
        for key, value in environment.items()
        if value is not None
    }


def _insert(text: str) -> str:
    return re.sub(r"(?<!\$)\$\{\w+:-([^}]*)\}", r"\1", text).replace("$$", "$")
