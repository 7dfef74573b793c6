"""Import of a source into a stream, once: rows that Kafka acknowledged are not sent again."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from livelihood.contracts import Contract
from livelihood.contracts.validation import message_schema
from livelihood.errors import LivelihoodError
from livelihood.kafka import topic_states
from livelihood.settings import Settings
from producers.checkpoint import Checkpoint, identity, open_checkpoint
from producers.encoder import EncodedRecords, encode_rows
from producers.masking import mask
from producers.planning import Confirmations, Export, plan
from producers.planning.spool import Spool
from producers.progress import Advance, progress
from producers.rejects import Reject, append_rejects, rejects_path
from producers.sender import Acknowledged, Sender, SendReport
from producers.sent import SentStore, open_store
from producers.sent.landed import recover
from producers.sent.segments import SEGMENT, read_segments
from producers.sources import Source
from producers.sources.mapping import Mapping


@dataclass(frozen=True)
class ImportOptions:
    """How an import is run: the time of the export, confirmations, and a receiver of notes."""

    exported_at: dt.datetime | None = None
    confirmed: Confirmations = field(default_factory=Confirmations)
    is_dry_run: bool = False
    notify: Callable[[str], None] = lambda _: None


def import_source(
    settings: Settings,
    contract: Contract,
    source: Source,
    mapping: Mapping,
    source_system: str | None = None,
    options: ImportOptions | None = None,
) -> SendReport:
    """Send all rows of a source that were not sent before. The report counts all of them.

    The same content with the same mapping and time is one import: if interrupted, it resumes after
    the last acknowledged window. If complete, it sends nothing. Records that it replaces or no
    longer contains are withdrawn. Rejected rows are not tried again: correct them in a new file.
    Raises SourceError, ImportRefused, BrokerUnavailable, SendFailed or CheckpointBusy.
    """
    started = time.monotonic()
    options = options or ImportOptions()
    system = source_system or mapping.source_system
    if system is None and "source_system" not in mapping.columns:
        raise LivelihoodError(
            "the source system is missing: add --source-system NAME, or name it in the mapping"
        )
    _check_system(contract, system)
    key = _identity(source, mapping, system, options)
    topic_id = require_topic(settings, contract)
    with open_checkpoint(settings, contract.name, key, source.name, topic_id) as checkpoint:
        rejects = rejects_path(settings, contract.name, key)
        if checkpoint.is_complete:
            return report(checkpoint, rejects, time.monotonic() - started, is_repeated=True)
        export = _export(contract, source, mapping, system, options, checkpoint)
        with open_store(settings, contract, system) as store:
            running = _Import(settings, export, store, checkpoint, rejects)
            if not running.is_planned:
                running.plan(options)
            if options.is_dry_run:
                running.forget()
            else:
                running.send()
        totals = report(checkpoint, rejects, time.monotonic() - started)
    return replace(totals, notes=tuple(map(mask, source.notes)))


def _check_system(contract: Contract, system: str | None) -> None:
    """Raise LivelihoodError for a name that the contract rejects: it is also that of a folder."""
    pattern = str(contract.column("source_system").pattern)
    if system is not None and not re.fullmatch(pattern, system):
        raise LivelihoodError(f"the source system {mask(system)!r} does not match {pattern}")


def _identity(source: Source, mapping: Mapping, system: str | None, options: ImportOptions) -> str:
    parts = {"content": source.fingerprint, "mapping": mapping.fingerprint, "source_system": system}
    if options.exported_at is not None:
        parts["exported_at"] = options.exported_at.isoformat()
    return identity(**parts)


def _export(
    contract: Contract,
    source: Source,
    mapping: Mapping,
    system: str | None,
    options: ImportOptions,
    checkpoint: Checkpoint,
) -> Export:
    stated, started = options.exported_at, checkpoint.started_at
    if stated is not None and stated > started:
        raise LivelihoodError(
            f"the time of the export, {stated:%Y-%m-%d %H:%M %Z}, is in the future"
        )
    content_at = stated or min(source.written_at or started, started)
    return Export(
        contract, source, mapping, system, stated or started, content_at, stated is not None
    )


def require_topic(settings: Settings, contract: Contract) -> str:
    """Return the id of the stream's topic. Raise LivelihoodError if it does not exist."""
    state = topic_states(settings, [contract], "producer").get(contract.name)
    if state is None:
        raise LivelihoodError(
            f"Kafka at {settings.bootstrap_servers} has no topic {contract.topic}: "
            "run `livelihood migrate`"
        )
    return state.topic_id


def report(
    checkpoint: Checkpoint, rejects: Path, seconds: float, *, is_repeated: bool = False
) -> SendReport:
    """Return the totals of an import, including those of earlier runs."""
    path = rejects if checkpoint.rejected else None
    return SendReport(
        checkpoint.sent,
        checkpoint.rejected,
        path,
        seconds,
        withdrawn=checkpoint.withdrawn,
        is_repeated=is_repeated,
    )


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


class _Import:
    """One import: planned into a spool, whose windows move to the store once acknowledged."""

    def __init__(
        self,
        settings: Settings,
        export: Export,
        store: SentStore,
        checkpoint: Checkpoint,
        rejects: Path,
    ) -> None:
        self._settings = settings
        self._export = export
        self._store = store
        self._checkpoint = checkpoint
        self._rejects = rejects
        pending = settings.home / "producers" / "pending"
        self._spool = Spool(pending / checkpoint.path.stem)

    @property
    def is_planned(self) -> bool:
        """Whether the plan of an interrupted run can be sent."""
        return self._checkpoint.is_planned and self._spool.exists

    def plan(self, options: ImportOptions) -> None:
        """Plan the import from the beginning: a spool without a planned checkpoint is partial."""
        export, state = self._export, self._checkpoint
        self._spool.clear()
        state.rows = state.rejected = state.rejects_bytes = 0
        note = recover(self._store, self._settings, export.contract, export.source_system)
        if note is not None:
            options.notify(mask(note))
        try:
            planned = plan(
                self._settings, export, self._store, self._spool, self._reject, options.confirmed
            )
        except BaseException:
            self._spool.clear()
            raise
        state.sent, state.withdrawn = planned.rows, planned.withdrawn
        for note in planned.notes:
            options.notify(mask(note))
        if not options.is_dry_run:
            state.is_planned = True
            state.save()

    def forget(self) -> None:
        """Delete the spool of a plan that is not to be sent."""
        self._spool.clear()

    def send(self) -> None:
        """Send the windows of the spool, each of which then becomes a part of the store."""
        state, export = self._checkpoint, self._export
        in_flight: deque[Path] = deque()
        total = state.sent + state.withdrawn
        title = f"{export.contract.name} from {export.source.name}"
        with progress(title, total, acknowledged_rows=state.rows) as advance:

            def acknowledged(window: Acknowledged) -> None:
                path = in_flight.popleft()
                self._store.take(path, f"{state.started_at:%Y%m%dT%H%M%S%f}-{_segment_name(path)}")
                state.rows += window.rows
                state.save()
                advance(window.rows)

            windows = self._encoded(in_flight)
            Sender(self._settings, export.contract.name).send_encoded(windows, acknowledged)
        state.is_complete = True
        state.save()
        self._spool.clear()
        self._store.prune()

    def _encoded(self, in_flight: deque[Path]) -> Iterator[EncodedRecords]:
        contract = self._export.contract
        for path in self._spool.windows:
            rows = read_segments([path], message_schema(contract)).drop(SEGMENT)
            in_flight.append(path)
            yield EncodedRecords(*encode_rows(rows, contract), [])

    def _reject(self, rejects: list[Reject]) -> None:
        state = self._checkpoint
        state.rejects_bytes = append_rejects(self._rejects, rejects, state.rejects_bytes)
        state.rejected += len(rejects)


def _segment_name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"
