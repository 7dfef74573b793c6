"""Keyed tokens that replace identifiers, so that no identifier leaves the producer.

A token is the first 32 hexadecimal digits of HMAC-SHA-256 (RFC 2104) over the kind of identifier
and its normalised value: equal identifiers of one kind have equal tokens in every stream, equal
values of two kinds do not.
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

from livelihood.private_files import is_private
from livelihood.settings import Settings
from producers.errors import TokenKeyError
from producers.storage import write_atomically

TOKEN_HEX_DIGITS = 32
INVALID_PREFIX = "invalid-"
MIN_KEY_BYTES = 32
KEY_FILE = "token.key"
# Distinct identifiers in the cache before it is cleared: about 150 MB.
MAX_CACHED_IDENTIFIERS = 1_000_000

_SPACES = re.compile(r"\s+")


def normalise(identifier: str) -> str:
    """Return the identifier as it is hashed: upper case, NFKC (half-width), without spaces.

    Characters of category Cf, such as zero-width spaces, are removed as well.
    """
    plain = _SPACES.sub("", unicodedata.normalize("NFKC", identifier)).upper()
    if plain.isascii():
        return plain
    return "".join(character for character in plain if unicodedata.category(character) != "Cf")


def is_identity_number(number: str) -> bool:
    """Return whether check digit and date of birth of an identity number (GB 11643) are valid.

    The check digit is ISO 7064 MOD 11-2. The region code is not checked, because python-stdnum
    rejects codes that are older than its list.
    """
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return False
    try:
        dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return bool(number[17] == ric.calc_check_digit(number))


def is_employer_code(code: str) -> bool:
    """Return whether the check digit of a unified social credit code (GB 32100) is valid."""
    return bool(uscc.is_valid(code))


CHECKS: dict[str, Callable[[str], bool]] = {
    "cn.ric": is_identity_number,
    "cn.uscc": is_employer_code,
}


class Tokeniser:
    """Generator of tokens with one key. Each distinct identifier is hashed and checked once."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cache: dict[str, dict[str, str]] = {}

    def token(self, kind: str, identifier: str) -> str:
        """Return the token of one identifier of a kind such as ``identity_number``."""
        return self.digest(kind, normalise(identifier))

    def digest(self, kind: str, text: str) -> str:
        """Return the token of a text that is already normalised."""
        message = f"{kind}\x00{text}".encode()
        return hmac.digest(self._key, message, "sha256").hex()[:TOKEN_HEX_DIGITS]

    def tokens(self, identifiers: pl.Series, kind: str, check: str | None = None) -> pl.Series:
        """Return the token of each value, null for null.

        Where the `check` (``cn.ric`` or ``cn.uscc``) fails, the token begins with ``invalid-``.
        """
        cache = self._cache.setdefault(f"{kind} {check}", {})
        if len(cache) > MAX_CACHED_IDENTIFIERS:
            cache.clear()
        distinct = identifiers.drop_nulls().unique().to_list()
        for identifier in distinct:
            if identifier not in cache:
                cache[identifier] = self._checked_token(kind, identifier, check)
        return identifiers.replace_strict(
            distinct, [cache[identifier] for identifier in distinct], return_dtype=pl.String
        )

    def _checked_token(self, kind: str, identifier: str, check: str | None) -> str:
        token = self.token(kind, identifier)
        is_valid = check is None or CHECKS[check](normalise(identifier))
        return token if is_valid else INVALID_PREFIX + token

    @property
    def fingerprint(self) -> str:
        """Digest of the key that does not reveal it, sent with each record."""
        return hmac.digest(self._key, b"fingerprint", "sha256").hex()[:16]


def tokeniser(settings: Settings) -> Tokeniser:
    """Return the tokeniser with the key of the settings, or of the key file, created if missing.

    Raises TokenKeyError if the key is short, if others can read the key file, or if the key differs
    from the one first used under its version number.
    """
    keyed = Tokeniser(token_key(settings))
    _check_version(keyed, settings)
    return keyed


def token_key(settings: Settings) -> bytes:
    """Return the token key of the settings, or of the key file, created if missing."""
    if settings.token_key is not None:
        key = settings.token_key.get_secret_value().encode()
        _ensure_long(key)
        return key
    return read_key_file(settings.home / KEY_FILE)


def read_key_file(path: Path, min_bytes: int = MIN_KEY_BYTES) -> bytes:
    """Return the key in a file, which is created with a random one if it is missing.

    Raises TokenKeyError if others can read the file or the key is shorter than `min_bytes`.
    """
    if not path.exists():
        create_key_file(path, secrets.token_hex(32).encode())
    if not is_private(path):
        raise TokenKeyError(f"others can read the key {path}: run `chmod 600 {path}`")
    key = path.read_bytes().strip()
    if len(key) < min_bytes:
        raise TokenKeyError(f"the key {path} is damaged: restore it from its backup")
    return key


def _ensure_long(key: bytes) -> None:
    """Raise TokenKeyError for a key that could be found by trial with a token of a known person."""
    if len(key) < MIN_KEY_BYTES:
        raise TokenKeyError(
            f"LIVELIHOOD_TOKEN_KEY has {len(key)} bytes, at least {MIN_KEY_BYTES} are needed: "
            "`openssl rand -hex 32` generates one; if records were sent with the "
            "short key, change it as described in docs/runbook.md, 'Token key rotation'"
        )


def create_key_file(path: Path, key: bytes) -> None:
    """Write a key to a temporary file and link it to `path`, unless a key exists by then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(aside)
    aside.unlink()


def _check_version(keyed: Tokeniser, settings: Settings) -> None:
    """Raise TokenKeyError for a new key under an old version: it would count each person again."""
    path = settings.home / "producers" / "token-keys.json"
    versions = json.loads(path.read_text()) if path.exists() else {}
    version = str(settings.token_key_version)
    if version not in versions:
        write_atomically(path, json.dumps(versions | {version: keyed.fingerprint}))
    elif versions[version] != keyed.fingerprint:
        raise TokenKeyError(
            f"the token key is not the one that was used as version {version} on this machine: "
            "restore the old key, or raise LIVELIHOOD_TOKEN_KEY_VERSION and send all records again"
        )
