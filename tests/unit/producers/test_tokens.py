"""Tokens: equal for equal identifiers, different by kind and key, never the identifier itself."""

from __future__ import annotations

import multiprocessing
import re
from pathlib import Path

import polars as pl
import pytest

from livelihood.settings import Settings
from producers.errors import TokenKeyError
from producers.tokens import (
    INVALID_PREFIX,
    Tokeniser,
    is_employer_code,
    is_identity_number,
    tokeniser,
)
from testkit.raw_rows import EMPLOYER_CODE, IDENTITY_NUMBERS

KEY = b"a key for tests"
NUMBER = "52232719850101909X"
FULL_WIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789X"}


def test_a_token_is_32_hexadecimal_digits_of_a_keyed_hash() -> None:
    # Computed with `openssl dgst -sha256 -hmac`, to pin the tokens across versions.
    assert Tokeniser(b"key").token("identity_number", NUMBER) == "d6ea8686921445b737dea035e411a97a"
    assert re.fullmatch("[0-9a-f]{32}", Tokeniser(KEY).token("identity_number", NUMBER))


def test_tokens_differ_by_kind_and_key() -> None:
    tokens = {
        Tokeniser(key).token(kind, NUMBER)
        for key in (KEY, b"another")
        for kind in ("identity_number", "household_number")
    }
    assert len(tokens) == 4


@pytest.mark.parametrize(
    "written", [" 52232719850101909x ", "５２２３２７１９８５０１０１９０９Ｘ"]
)
def test_spellings_of_an_identifier_have_one_token(written: str) -> None:
    keyed = Tokeniser(KEY)
    assert keyed.token("identity_number", written) == keyed.token("identity_number", NUMBER)


def test_a_column_is_tokenised_with_its_nulls_and_wrong_check_digits_marked() -> None:
    keyed = Tokeniser(KEY)
    column = pl.Series([NUMBER, None, "522327198501010011", NUMBER.lower()])
    right, none, wrong, lower = keyed.tokens(column, "identity_number", "cn.ric")
    assert right == lower == keyed.token("identity_number", NUMBER)
    assert none is None
    assert wrong == INVALID_PREFIX + keyed.token("identity_number", "522327198501010011")


def test_each_distinct_identifier_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    keyed = Tokeniser(KEY)
    hashed: list[str] = []
    original = keyed.token

    def record(kind: str, text: str) -> str:
        hashed.append(text)
        return original(kind, text)

    monkeypatch.setattr(keyed, "token", record)
    for _ in range(2):
        keyed.tokens(pl.Series(["a", "b", "a"]), "household_number")
    assert sorted(hashed) == ["a", "b"]


def test_an_empty_column_has_no_tokens() -> None:
    tokens = Tokeniser(KEY).tokens(pl.Series([], dtype=pl.String), "household_number")
    assert tokens.dtype == pl.String
    assert tokens.is_empty()


def test_check_digits() -> None:
    assert is_identity_number(NUMBER)
    assert all(map(is_identity_number, IDENTITY_NUMBERS))
    assert is_employer_code(EMPLOYER_CODE)
    assert not is_employer_code(EMPLOYER_CODE[:-1] + ("1" if EMPLOYER_CODE[-1] == "0" else "0"))


@pytest.mark.parametrize(
    "wrong",
    [
        "522327198501010011",
        "52232719850101001",
        "",
        "52232719850230001X",
        "５２２３２７１９８５０１０１００１X",
    ],
)
def test_wrong_identity_numbers(wrong: str) -> None:
    assert not is_identity_number(wrong)


def test_a_code_of_a_county_older_than_the_list_is_valid() -> None:
    """310230 was assigned before the county is in the list of python-stdnum."""
    assert is_identity_number("310230193001010012")


def test_the_key_file_is_created_once_and_private(settings: Settings) -> None:
    first = tokeniser(settings).token("identity_number", NUMBER)
    assert tokeniser(settings).token("identity_number", NUMBER) == first
    assert (settings.home / "token.key").stat().st_mode & 0o777 == 0o600


def _token_of(home: Path) -> str:
    settings = Settings(_env_file=None, home=home, token_key=None)
    return tokeniser(settings).token("identity_number", NUMBER)


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert len(set(pool.map(_token_of, [tmp_path] * 16))) == 1


def test_a_key_file_that_others_can_read_is_refused(settings: Settings) -> None:
    tokeniser(settings)
    (settings.home / "token.key").chmod(0o644)
    with pytest.raises(TokenKeyError, match="chmod 600"):
        tokeniser(settings)


def test_a_new_key_needs_a_new_version(settings: Settings) -> None:
    tokeniser(settings.model_copy(update={"token_key": _secret("one" * 11)}))
    other = settings.model_copy(update={"token_key": _secret("two" * 11)})
    with pytest.raises(TokenKeyError, match="LIVELIHOOD_TOKEN_KEY_VERSION"):
        tokeniser(other)
    tokeniser(other.model_copy(update={"token_key_version": 2}))


def test_a_short_key_is_refused_with_the_way_out(settings: Settings) -> None:
    short = settings.model_copy(update={"token_key": _secret("x" * 31)})
    with pytest.raises(TokenKeyError, match=r"at least 32 .*Token key rotation") as error:
        tokeniser(short)
    assert "xx" not in str(error.value)
    tokeniser(settings.model_copy(update={"token_key": _secret("x" * 32)}))


def test_a_key_that_an_earlier_version_generated_stays_valid(settings: Settings) -> None:
    """Version 0.1.0 stored this fingerprint of the key in the home folder."""
    path = settings.home / "producers" / "token-keys.json"
    path.parent.mkdir(parents=True)
    # Computed with `openssl dgst -sha256 -hmac`.
    path.write_text('{"1": "02dfb8e603ed9554"}')
    key_path = settings.home / "token.key"
    key_path.touch(0o600)
    key_path.write_text("0123456789abcdef" * 4)
    assert tokeniser(settings).fingerprint == "02dfb8e603ed9554"


def _secret(text: str) -> object:
    return Settings(_env_file=None, token_key=text).token_key
