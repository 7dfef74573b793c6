"""How settings are read: secrets from files, unknown variables, and errors without values."""

from __future__ import annotations

import difflib
import json
import os
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings
from pydantic_settings.sources import EnvSettingsSource

from livelihood.errors import SettingInvalid
from livelihood.private_files import is_private

PREFIX = "LIVELIHOOD_"
# Variables that the platform sets for dbt in its own process.
_DERIVED = "LIVELIHOOD_DBT_"
# All accounts of a container can read its secrets, and only they.
CONTAINER_SECRETS = "/run/secrets"
# Also the variables of the containers, which are no settings of the platform.
_SECRET_NAME = re.compile(r"(?:PASSWORD|_KEY|_SECRET|_URLS?|_TRANSPORT)$")


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def secret_names(model: type[BaseSettings]) -> list[str]:
    """Return the settings that are secret; each can also be read from a file."""
    return [name for name, field in model.model_fields.items() if _is_secret(field.annotation)]


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(map(_is_secret, typing.get_args(annotation)))


def secrets_of(settings: BaseSettings) -> list[str]:
    """Return the secret values of these settings."""
    values = [getattr(settings, name) for name in secret_names(type(settings))]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [item.get_secret_value() for item in flat if item]


class SecretFiles:
    """A source of settings: the files named by ``LIVELIHOOD_<SECRET>_FILE`` of another source."""

    def __init__(self, variables: EnvSettingsSource) -> None:
        self._variables = variables

    def __call__(self) -> dict[str, Any]:
        """Return the secrets that are in files; an empty file is no secret.

        Raises SettingInvalid for an unusable file.
        """
        values = {name: value for name, value in self._variables.env_vars.items() if value}
        model = self._variables.settings_cls
        paths = {name: values.get(f"{variable(name)}_FILE".lower()) for name in secret_names(model)}
        both = [name for name, path in paths.items() if path and variable(name).lower() in values]
        if both:
            name = variable(both[0])
            raise SettingInvalid(f"settings {name} and {name}_FILE are both given: remove one")
        contents = {name: _content(name, path) for name, path in paths.items() if path}
        return {name: content for name, content in contents.items() if content}


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingInvalid(
            f"setting {variable(name)}_FILE: the file {path} cannot be read: {reason}"
        ) from None


def parse_list(value: object) -> object:
    """Return the list that JSON text contains. Raises ValueError without the text."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value or "[]")
    except json.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, list):
        raise ValueError('must be a JSON list of texts, such as ["mailto://…"]')
    return parsed


def describe(error: ValidationError) -> str:
    """Return one sentence per wrong setting, without its value, which may be secret."""
    return "; ".join(
        f"setting {variable(str(detail['loc'][0]))}: {re.sub('^Value error, ', '', detail['msg'])}"
        for detail in error.errors(include_input=False, include_url=False, include_context=False)
    )


def unknown_variables(model: type[BaseSettings], names: Iterable[str]) -> Mapping[str, str | None]:
    """Return the variables with our prefix that no setting reads, each with the nearest name."""
    names_read = {variable(name) for name in model.model_fields}
    names_read |= {f"{variable(name)}_FILE" for name in secret_names(model)}
    unknown = sorted(
        name
        for name in {name.upper() for name in names}
        if name.startswith(PREFIX) and not name.startswith(_DERIVED) and name not in names_read
    )
    nearest = {name: difflib.get_close_matches(name, sorted(names_read), 1) for name in unknown}
    return {name: matches[0] if matches else None for name, matches in nearest.items()}


def warnings(model: type[BaseSettings], env_file: Path) -> Iterator[str]:
    """Yield a sentence per variable that no setting reads, and per secret that others can read."""
    written = dotenv_values(env_file) if env_file.exists() else {}
    for name, nearest in unknown_variables(model, [*os.environ, *written]).items():
        hint = f"; did you mean {nearest}?" if nearest else ""
        yield f"there is no setting {name}{hint}"
    variables = {**written, **os.environ}
    paths = [Path(variables.get(f"{variable(name)}_FILE") or "") for name in secret_names(model)]
    secrets = [path for path in paths if not path.is_relative_to(CONTAINER_SECRETS)]
    if any(value and _SECRET_NAME.search(name) for name, value in written.items()):
        secrets.append(env_file)
    for path in secrets:
        if path.is_file() and not is_private(path):
            yield f"others can read the secrets in {path}: run `chmod 600 {path}`"
