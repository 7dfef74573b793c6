"""The settings as environment variables, for processes that must use the same settings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from pydantic import SecretStr

from livelihood.setting_sources import PREFIX, variable
from livelihood.settings import Settings

# Settings that only producers read. Other processes get them as None.
PRODUCER_SETTINGS = frozenset({"token_key", "record_key"})


def settings_environment(settings: Settings, *, is_producer: bool) -> dict[str, str]:
    """Return one LIVELIHOOD_ variable per setting, secrets in clear text.

    A setting that is None gets the text that Settings reads as None, so that an .env file cannot
    override it. It is omitted if Settings defines no such text.
    """
    none_text = Settings.model_config.get("env_parse_none_str")
    withheld = frozenset() if is_producer else PRODUCER_SETTINGS
    values = {
        name: None if name in withheld else getattr(settings, name)
        for name in Settings.model_fields
    }
    texts = {name: none_text if value is None else _text(value) for name, value in values.items()}
    return {variable(name): text for name, text in texts.items() if text is not None}


def server_environment() -> dict[str, str]:
    """Return the environment of a server that is configured by files: no setting, no secret."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def process_environment(
    settings: Settings, base: Mapping[str, str] | None = None, *, is_producer: bool = False
) -> dict[str, str]:
    """Return the environment of a process that must run with exactly these settings.

    Only a process that sends records is a producer and gets the token key.
    Other LIVELIHOOD_ variables are removed, and so is PYTHONDONTWRITEBYTECODE: without compiled
    files, the imports of each process take twice as long.
    """
    inherited = {
        name: value
        for name, value in (os.environ if base is None else base).items()
        if not name.startswith(PREFIX) and name != "PYTHONDONTWRITEBYTECODE"
    }
    return inherited | settings_environment(settings, is_producer=is_producer)


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list):
        return json.dumps([_text(item) for item in value])
    return str(value)
