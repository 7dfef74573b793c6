"""Record ids by HMAC over what identifies a fact, so that every export of the fact has the same id.

The key is not the token key: that one can be rotated, and a later correction must find its record.
"""

from __future__ import annotations

import json
from enum import Enum

import polars as pl

from livelihood.contracts import Contract
from livelihood.settings import Settings
from producers.errors import MappingError, TokenKeyError
from producers.leaks import GENERATED_ID
from producers.sources import PROBLEMS, Source
from producers.sources.mapping import Mapping, raw_name
from producers.storage import write_atomically
from producers.tokens import Tokeniser, create_key_file, normalise, read_key_file, token_key

RECORD_ID_KIND = "record_id"
RECORD_KEY_FILE = "record.key"
# Id of a row that nothing identifies: part of the content's fingerprint, and the row's number.
ROW_NUMBERED_ID = r"^[0-9a-f]{24}-\d+$"
_SEPARATOR = "\x00"


def record_tokeniser(settings: Settings) -> Tokeniser:
    """Return the generator of record ids, with the key of the settings or of the key file.

    Where records were sent before the file existed, it begins as a copy of the token key, with
    which their ids were generated. Raises TokenKeyError if the key is not the one first used.
    """
    path = settings.home / RECORD_KEY_FILE
    if settings.record_key is not None:
        key = settings.record_key.get_secret_value().encode()
    else:
        if not path.exists() and _has_imports(settings):
            create_key_file(path, _first_token_key(settings))
        key = read_key_file(path, min_bytes=1)
    keyed = Tokeniser(key)
    _check_unchanged(keyed, settings)
    return keyed


def _has_imports(settings: Settings) -> bool:
    return any((settings.home / "producers").glob(f"*-{'[0-9a-f]' * 24}.json"))


def _first_token_key(settings: Settings) -> bytes:
    """Return the token key, unless it was rotated since the imports of this home folder."""
    key = token_key(settings)
    path = settings.home / "producers" / "token-keys.json"
    versions = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if versions and Tokeniser(key).fingerprint not in versions.values():
        raise TokenKeyError(
            "the records that this machine sent have ids of an earlier token key: set "
            "LIVELIHOOD_RECORD_KEY to that key, so that corrections find their records"
        )
    return key


def _check_unchanged(keyed: Tokeniser, settings: Settings) -> None:
    path = settings.home / "producers" / "record-key.json"
    if not path.exists():
        write_atomically(path, json.dumps({"fingerprint": keyed.fingerprint}))
    elif json.loads(path.read_text(encoding="utf-8"))["fingerprint"] != keyed.fingerprint:
        raise TokenKeyError(
            "the record key is not the one that was first used on this machine, so each correction "
            "would count twice: restore it (LIVELIHOOD_RECORD_KEY, or record.key in the home "
            "folder)"
        )


class IdOrigin(Enum):
    """Origin of the record ids of an import."""

    MAPPING_KEY = "the key of the mapping"
    SOURCE = "the source"
    BUSINESS_KEY = "the business key of the contract"
    ROW_NUMBER = "the number of the row"


class RecordIds:
    """Record ids of the rows of one source. Equal facts have equal ids each time it is read."""

    def __init__(
        self,
        contract: Contract,
        mapping: Mapping,
        source: Source,
        source_system: str | None,
        keyed: Tokeniser,
    ) -> None:
        self._source = source
        self._key = mapping.key
        self._optional = {raw_name(c) for c in contract.columns if not c.required}
        self._mapped_kind = f"{RECORD_ID_KIND} {contract.name} {source_system}"
        self._kind = f"{RECORD_ID_KIND} {contract.name} by business key"
        self._business_key = tuple(raw_name(contract.column(n)) for n in contract.business_key)
        self._keyed = keyed
        self._origins: set[IdOrigin] = set()

    @property
    def origin(self) -> IdOrigin:
        """Origin of the ids of all frames so far; of several, the least certain."""
        for origin in (IdOrigin.ROW_NUMBER, IdOrigin.SOURCE, IdOrigin.MAPPING_KEY):
            if origin in self._origins:
                return origin
        return IdOrigin.BUSINESS_KEY

    def _origin_of(self, frame: pl.DataFrame) -> IdOrigin:
        if self._key:
            return IdOrigin.MAPPING_KEY
        if "record_id" in frame.columns:
            return IdOrigin.SOURCE
        if self._business_key:
            return IdOrigin.BUSINESS_KEY
        return IdOrigin.ROW_NUMBER

    def add(self, frame: pl.DataFrame, first_row: int) -> pl.DataFrame:
        """Return a mapped frame with record ids; `first_row` is the number of its first row.

        Raises MappingError if nothing identifies the rows and their order may change.
        """
        origin = self._origin_of(frame)
        self._origins.add(origin)
        match origin:
            case IdOrigin.MAPPING_KEY:
                return self._with_mapped_key(frame)
            case IdOrigin.SOURCE if (
                self._source.needs_record_ids or not frame["record_id"].null_count()
            ):
                # A row of a query without its id is rejected.
                return frame
            case IdOrigin.SOURCE | IdOrigin.BUSINESS_KEY if self._business_key:
                ids = self._business_ids(frame)
            case _:
                self._origins.add(IdOrigin.ROW_NUMBER)
                ids = self._row_numbers(frame, first_row)
        source_ids = (
            pl.col("record_id") if "record_id" in frame.columns else pl.lit(None, pl.String)
        )
        return frame.with_columns(
            pl.coalesce(source_ids, ids).alias("record_id"),
            source_ids.is_null().alias(GENERATED_ID),
        )

    def _row_numbers(self, frame: pl.DataFrame, first_row: int) -> pl.Series:
        if self._source.needs_record_ids:
            raise MappingError(
                f"the rows of {self._source.name} have no record_id, so each send would count them "
                "again: name the columns of their key in a mapping (`key`), or return a record_id"
            )
        name = f"{self._source.fingerprint[:24]}-"
        numbers = range(first_row, first_row + frame.height)
        return pl.Series([f"{name}{number}" for number in numbers], dtype=pl.String)

    def _business_ids(self, frame: pl.DataFrame) -> pl.Series:
        names = ("source_system", *self._business_key)
        parts = [
            _normalised(frame[name]) if name in frame.columns else pl.lit("") for name in names
        ]
        keys = frame.select(pl.concat_str(parts, separator=_SEPARATOR, ignore_nulls=False))
        digest, kind = self._keyed.digest, self._kind
        return pl.Series([digest(kind, key) for key in keys.to_series()], dtype=pl.String)

    def _with_mapped_key(self, frame: pl.DataFrame) -> pl.DataFrame:
        texts = {name: pl.col(name).cast(pl.String).str.strip_chars() for name in self._key}
        parts = [
            text.fill_null("") if name in self._optional else text for name, text in texts.items()
        ]
        keys = frame.select(pl.concat_str(parts, separator="\x1f")).to_series()
        token, kind = self._keyed.token, self._mapped_kind
        ids = [None if key is None else token(kind, key) for key in keys]
        problem = pl.lit([f"key: record_id: one of {', '.join(self._key)} is empty"])
        return frame.with_columns(
            pl.Series("record_id", ids, dtype=pl.String),
            pl.lit(value=True).alias(GENERATED_ID),
            pl.when(keys.is_null() & (pl.col(PROBLEMS).list.len() == 0))
            .then(pl.col(PROBLEMS).list.concat(problem))
            .otherwise(PROBLEMS)
            .alias(PROBLEMS),
        )


def _normalised(values: pl.Series) -> pl.Series:
    """Return values as text as it is hashed, empty for null."""
    texts = values.cast(pl.String)
    if values.dtype == pl.String:
        distinct = texts.drop_nulls().unique().to_list()
        texts = texts.replace_strict(
            distinct, [normalise(text) for text in distinct], return_dtype=pl.String
        )
    return texts.fill_null("")
