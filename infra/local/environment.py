"""The settings as environment variables, for processes that must see the same ones."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from pydantic import SecretStr

from livelihood.settings import Settings

PREFIX = "LIVELIHOOD_"


def settings_environment(settings: Settings) -> dict[str, str]:
    """One LIVELIHOOD_ variable per setting that is not empty; secrets in the clear."""
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    return {
        PREFIX + name.upper(): _text(value) for name, value in values.items() if value is not None
    }


def process_environment(
    settings: Settings, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment of a process that shall run with exactly these settings.

    Other LIVELIHOOD_ variables are dropped, and so is PYTHONDONTWRITEBYTECODE: without compiled
    files the imports of each process take twice as long.
    """
    inherited = {
        name: value
        for name, value in (os.environ if base is None else base).items()
        if not name.startswith(PREFIX) and name != "PYTHONDONTWRITEBYTECODE"
    }
    return inherited | settings_environment(settings)


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list):
        return json.dumps(value)
    return str(value)
