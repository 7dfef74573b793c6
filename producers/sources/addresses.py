"""Addresses of databases by name, from a file that only its owner can read.

The file is TOML, a section for each database::

    [payroll]
    url = "postgresql://USER:PASSWORD@db.example/payroll"

An address holds a password, so it is never given on the command line, where every user of the
machine could see it, and no error repeats it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter, ValidationError

from livelihood.private_files import is_private
from livelihood.settings import Settings
from producers.errors import SourceError

SOURCES_FILE = "sources.toml"


class _Address(BaseModel):
    """A section of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr


def database_url(settings: Settings, name: str) -> sa.URL:
    """Return the SQLAlchemy URL of the database of that name.

    Raises SourceError if the file is missing, readable by others or not valid, and for a name that
    is not in it.
    """
    path = (settings.sources_file or settings.home / SOURCES_FILE).expanduser()
    addresses = _read(path)
    if name not in addresses:
        raise SourceError(
            f"{path} names no database {name!r}; it names: {', '.join(addresses) or 'none'}"
        )
    try:
        return sa.make_url(addresses[name].url.get_secret_value())
    except (sa.exc.ArgumentError, ValueError):
        # SQLAlchemy's error may quote the URL: do not chain it.
        raise SourceError(
            f"{path}: the url of {name} is not like postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from None


def _read(path: Path) -> dict[str, _Address]:
    if not path.exists():
        raise SourceError(
            f"there is no file {path} with addresses of databases: create it as the runbook "
            "describes under 'Send from a database'"
        )
    if not is_private(path):
        raise SourceError(f"others can read {path}, which holds passwords: run `chmod 600 {path}`")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, _Address]).validate_python(content)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read: {type(error).__name__}") from error
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        # Pydantic's own text repeats the value.
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise SourceError(f"{path}: {where}: {first['msg']}") from None
