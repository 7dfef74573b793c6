"""Generator of .env.example from the descriptions of the settings.

``python -m infra.env_example > .env.example``
"""

from __future__ import annotations

import sys
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
# Only for docker-compose.yml. `make secrets` sets the first, and creates the secrets as files.
"""


# Variables of docker-compose.yml in addition to the settings: name → description.
CONTAINER_VARIABLES = {
    "CONTAINER_USER": "User id of all containers, the owner of the files in secrets/.",
    "POSTGRES_PORT": "Port of PostgreSQL on 127.0.0.1; default 15432.",
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


if __name__ == "__main__":
    sys.stdout.write(render())
