"""Keyed tokens that stand for identifiers, so that no identifier leaves the producer.

A token is the first 32 hexadecimal digits of HMAC-SHA-256 over the kind of identifier and its
normalised value: equal identifiers of one kind have equal tokens in every stream, equal values of
two kinds do not.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hmac
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Callable
from pathlib import Path

import polars as pl
from stdnum.cn import ric, uscc

from livelihood.settings import Settings
from producers.errors import TokenKeyError
from producers.storage import is_private, write_whole

TOKEN_HEX_DIGITS = 32
INVALID_PREFIX = "invalid-"
KEY_FILE = "token.key"
# Distinct identifiers remembered before the memory is emptied: about 150 MB at most.
REMEMBERED_IDENTIFIERS = 1_000_000

_SPACES = re.compile(r"\s+")


def normalise(identifier: str) -> str:
    """The identifier as it is hashed: no spaces, upper case, full-width characters made plain."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", identifier)).upper()


def is_identity_number(number: str) -> bool:
    """Whether check digit and date of birth of a citizen identity number (GB 11643) are right.

    The place of birth is not looked up: python-stdnum refuses codes that are older than its list.
    """
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    try:
        dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return bool(number[17] == ric.calc_check_digit(number))


def is_employer_code(code: str) -> bool:
    """Whether the check digit of a unified social credit code (GB 32100) is right."""
    return bool(uscc.is_valid(code))


CHECKS: dict[str, Callable[[str], bool]] = {
    "cn.ric": is_identity_number,
    "cn.uscc": is_employer_code,
}


class Tokeniser:
    """Makes tokens with one key; each distinct identifier is hashed and checked once."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, dict[str, str]] = {}

    def token(self, kind: str, identifier: str) -> str:
        """Token of one identifier of a kind such as ``identity_number``."""
        message = f"{kind}\x00{normalise(identifier)}".encode()
        return hmac.digest(self._key, message, "sha256").hex()[:TOKEN_HEX_DIGITS]

    def tokens(self, identifiers: pl.Series, kind: str, check: str | None = None) -> pl.Series:
        """Token of each value, null where it is null.

        Where the `check` (``cn.ric`` or ``cn.uscc``) fails, the token begins with ``invalid-``.
        """
        known = self._known.setdefault(f"{kind} {check}", {})
        if len(known) > REMEMBERED_IDENTIFIERS:
            known.clear()
        distinct = identifiers.drop_nulls().unique().to_list()
        for identifier in distinct:
            if identifier not in known:
                known[identifier] = self._checked_token(kind, identifier, check)
        return identifiers.replace_strict(
            distinct, [known[identifier] for identifier in distinct], return_dtype=pl.String
        )

    def _checked_token(self, kind: str, identifier: str, check: str | None) -> str:
        token = self.token(kind, identifier)
        is_right = check is None or CHECKS[check](normalise(identifier))
        return token if is_right else INVALID_PREFIX + token

    @property
    def fingerprint(self) -> str:
        """Short name of the key that does not reveal it."""
        return hmac.digest(self._key, b"fingerprint", "sha256").hex()[:16]


def tokeniser(settings: Settings) -> Tokeniser:
    """The tokeniser with the key of the settings, or else of the key file, made once.

    Raises `TokenKeyError` when others can read the key file, or when the key is not the one its
    version number stood for before.
    """
    if settings.token_key is not None:
        made = Tokeniser(settings.token_key.get_secret_value().encode())
    else:
        made = Tokeniser(_key_of_file(settings.home / KEY_FILE))
    _check_version(made, settings)
    return made


def _key_of_file(path: Path) -> bytes:
    if not path.exists():
        _make_key_file(path)
    if not is_private(path):
        raise TokenKeyError(f"others can read the token key {path}: run `chmod 600 {path}`")
    key = path.read_bytes().strip()
    if len(key) < TOKEN_HEX_DIGITS:
        raise TokenKeyError(f"the token key {path} is damaged: restore it from its backup")
    return key


def _make_key_file(path: Path) -> None:
    """Write a random key aside and link it into place: whoever comes second takes the first's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(aside)
    aside.unlink()


def _check_version(made: Tokeniser, settings: Settings) -> None:
    """Refuse a new key under an old version: every person would be counted a second time."""
    path = settings.home / "producers" / "token-keys.json"
    versions = json.loads(path.read_text()) if path.exists() else {}
    version = str(settings.token_key_version)
    if version not in versions:
        write_whole(path, json.dumps(versions | {version: made.fingerprint}))
    elif versions[version] != made.fingerprint:
        raise TokenKeyError(
            f"the token key is not the one that version {version} stood for on this machine; "
            "restore the old key, or raise LIVELIHOOD_TOKEN_KEY_VERSION and send all records again"
        )
