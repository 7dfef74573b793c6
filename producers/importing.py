"""Import of a source into a stream, once: rows that Kafka acknowledged are not sent again."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from livelihood.contracts import Contract
from livelihood.errors import LivelihoodError
from livelihood.kafka import topic_states
from livelihood.settings import Settings
from producers.checkpoint import Checkpoint, identity, open_checkpoint
from producers.errors import MappingError
from producers.progress import Advance, progress
from producers.rejects import append_rejects, rejects_path
from producers.sender import Acknowledged, Sender, SendReport
from producers.sources import PROBLEMS, Source
from producers.sources.mapper import Mapper
from producers.sources.mapping import Mapping
from producers.tokens import Tokeniser, tokeniser

RECORD_ID_KIND = "record_id"


def import_source(
    settings: Settings,
    contract: Contract,
    source: Source,
    mapping: Mapping,
    source_system: str | None = None,
) -> SendReport:
    """Send all rows of a source that were not sent before. The report counts all of them.

    The same content with the same mapping is one import: if interrupted, it resumes after the last
    acknowledged row. If complete, it sends nothing. Rejected rows are not tried again: correct them
    in a new file. Raises SourceError, BrokerUnavailable, SendFailed or CheckpointBusy.
    """
    system = source_system or mapping.source_system
    if system is None and "source_system" not in mapping.columns:
        raise LivelihoodError(
            "the source system is missing: add --source-system NAME, or name it in the mapping"
        )
    started = time.monotonic()
    key = identity(content=source.fingerprint, mapping=mapping.fingerprint, source_system=system)
    topic_id = require_topic(settings, contract)
    with open_checkpoint(settings, contract.name, key, source.name, topic_id) as checkpoint:
        rejects = rejects_path(settings, contract.name, key)
        if not checkpoint.is_complete:
            rows = _Rows(source, mapping, contract, system, checkpoint, tokeniser(settings))
            title = f"{contract.name} from {source.name}"
            with progress(title, acknowledged_rows=checkpoint.rows) as advance:
                acknowledge = Acknowledger(checkpoint, rejects, advance)
                Sender(settings, contract.name).send(rows.frames(), acknowledge)
            checkpoint.is_complete = True
            checkpoint.save()
        totals = report(checkpoint, rejects, time.monotonic() - started)
    return replace(totals, notes=tuple(source.notes))


def require_topic(settings: Settings, contract: Contract) -> str:
    """Return the id of the stream's topic. Raise LivelihoodError if it does not exist."""
    state = topic_states(settings, [contract], "producer").get(contract.name)
    if state is None:
        raise LivelihoodError(
            f"Kafka at {settings.bootstrap_servers} has no topic {contract.topic}: "
            "run `livelihood migrate`"
        )
    return state.topic_id


def report(checkpoint: Checkpoint, rejects: Path, seconds: float) -> SendReport:
    """Return the totals of an import, including those of earlier runs."""
    path = rejects if checkpoint.rejected else None
    return SendReport(checkpoint.sent, checkpoint.rejected, path, seconds)


class Acknowledger:
    """Callback that advances a checkpoint for each window that Kafka has acknowledged."""

    def __init__(self, checkpoint: Checkpoint, rejects: Path, advance: Advance) -> None:
        self._checkpoint = checkpoint
        self._rejects = rejects
        self._advance = advance

    def __call__(self, window: Acknowledged) -> None:
        """Write the rejects, then the checkpoint: in the other order a crash could lose rejects."""
        state = self._checkpoint
        state.rejects_bytes = append_rejects(self._rejects, window.rejects, state.rejects_bytes)
        state.rows += window.rows
        state.sent += window.sent
        state.rejected += len(window.rejects)
        state.save()
        self._advance(window.rows)


class _Rows:
    """The rows of a source as raw rows of the stream, each with a record id."""

    def __init__(
        self,
        source: Source,
        mapping: Mapping,
        contract: Contract,
        source_system: str | None,
        checkpoint: Checkpoint,
        tokens: Tokeniser,
    ) -> None:
        self._source = source
        self._mapping = mapping
        self._mapper = Mapper(mapping, contract, is_sparse=source.is_sparse)
        self._stream = contract.name
        self._system = source_system
        self._first_row = checkpoint.rows
        self._written_at: dt.datetime = source.written_at or checkpoint.started_at
        self._tokens = tokens

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield frames from the first row that was neither sent nor rejected."""
        row = self._first_row
        for frame in self._source.frames(row):
            mapped = self._mapper.apply(frame)
            yield self._with_record_ids(self._with_origin(mapped), row)
            row += frame.height

    def _with_origin(self, frame: pl.DataFrame) -> pl.DataFrame:
        system = pl.lit(self._system, dtype=pl.String)
        moment = pl.lit(self._written_at, dtype=pl.Datetime("us", "UTC"))
        return frame.with_columns(
            _filled(frame, "source_system", system), _filled(frame, "recorded_at", moment)
        )

    def _with_record_ids(self, frame: pl.DataFrame, first_row: int) -> pl.DataFrame:
        """Add record ids from the key columns, or from the content's hash and the row number.

        Both are equal each time the file is read, so a record that is sent twice is one record.
        """
        if self._mapping.key:
            return self._with_keyed_ids(frame)
        if self._source.needs_record_ids:
            return self._with_own_ids(frame)
        name = f"{self._source.fingerprint[:24]}-"
        numbers = pl.int_range(first_row, first_row + pl.len()).cast(pl.String)
        return frame.with_columns(_filled(frame, "record_id", pl.lit(name) + numbers))

    def _with_own_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        if "record_id" not in frame.columns:
            raise MappingError(
                f"the rows of {self._source.name} have no record_id, so each send would count them "
                "again: name the columns of their key in a mapping (`key`), or return a record_id"
            )
        return frame

    def _with_keyed_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add ids by HMAC: a plain hash of an identity number could be reversed by trial."""
        parts = [pl.col(name).cast(pl.String).str.strip_chars() for name in self._mapping.key]
        keys = frame.select(pl.concat_str(parts, separator="\x1f")).to_series()
        kind = f"{RECORD_ID_KIND} {self._stream} {self._system}"
        ids = [None if key is None else self._tokens.token(kind, key) for key in keys]
        problem = pl.lit([f"key: record_id: one of {', '.join(self._mapping.key)} is empty"])
        return frame.with_columns(
            pl.Series("record_id", ids, dtype=pl.String),
            pl.when(keys.is_null() & (pl.col(PROBLEMS).list.len() == 0))
            .then(pl.col(PROBLEMS).list.concat(problem))
            .otherwise(PROBLEMS)
            .alias(PROBLEMS),
        )


def _filled(frame: pl.DataFrame, name: str, value: pl.Expr) -> pl.Expr:
    return (pl.col(name).fill_null(value) if name in frame.columns else value).alias(name)
