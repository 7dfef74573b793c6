"""Drains a stream from Kafka into the warehouse, exactly once.

The offsets in the warehouse say where to begin; rows, rejects and new offsets are committed
together, so a loader killed at any instant leaves either all of a load or nothing of it. Reading
and sifting run in one thread, COPY in another, with room for few batches between them, so memory
does not grow with the backlog.
"""

from __future__ import annotations

import gc
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl
import psycopg

from livelihood.contracts import Contract, load_contract
from livelihood.contracts.references import references
from livelihood.errors import LivelihoodError, OffsetsLost
from livelihood.kafka import TopicState, read_batches, topic_states
from livelihood.load.batch import Sifted, sift
from livelihood.load.offsets import clear_stop, note_gap, note_stop, read_places, refuse_lost
from livelihood.load.transaction import Load, lock_stream
from livelihood.settings import Settings
from livelihood.warehouse import connect, losing

logger = logging.getLogger(__name__)

# Sifted batches that may wait for COPY.
_QUEUE_BATCHES = 2


@dataclass
class LoadReport:
    """What a drain of one stream did: loads committed, records landed, records quarantined."""

    stream: str
    load_ids: list[int] = field(default_factory=list)
    records: int = 0
    rejected: int = 0
    seconds: float = 0.0

    def add(self, load: Load) -> None:
        """Count a committed load."""
        self.load_ids.append(load.load_id)
        self.records += load.records
        self.rejected += load.rejected


def load(
    settings: Settings, stream: str, on_progress: Callable[[LoadReport], None] | None = None
) -> LoadReport:
    """Load all that Kafka held of the stream when the call began.

    Raises `StageBusy` or `LoadFenced` when another loader is at work, `OffsetsLost` when records
    are gone from Kafka, `BrokerUnavailable` or `WarehouseUnavailable` when a server stays away.
    """
    contract = load_contract(stream)
    report = LoadReport(stream)
    began = time.monotonic()
    with losing(f"stream {stream}"), connect(settings) as connection:
        try:
            with _without_cycle_collection():
                for committed in _loads(settings, contract, connection):
                    report.add(committed)
                    report.seconds = time.monotonic() - began
                    if on_progress is not None:
                        on_progress(report)
        except OffsetsLost as error:
            connection.rollback()
            note_stop(connection, stream, str(error))
            connection.commit()
            raise
    report.seconds = time.monotonic() - began
    return report


@contextmanager
def _without_cycle_collection() -> Iterator[None]:
    """Messages make no reference cycles; looking for them takes a third of the reading time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _loads(
    settings: Settings, contract: Contract, connection: psycopg.Connection
) -> Iterator[Load]:
    state = topic_states(settings, [contract]).get(contract.name)
    if state is None:
        raise OffsetsLost(
            f"stream {contract.name}: topic {contract.topic} does not exist; `livelihood migrate` "
            "creates it"
        )
    start = _start_offsets(connection, contract, state)
    if all(start[partition] >= end for partition, end in state.end.items()):
        return
    known = references()
    with _sifted_batches(settings, contract, start, state.end, known) as batches:
        current: Load | None = None
        for sifted in batches:
            current = current or Load(connection, contract, start)
            current.write(sifted)
            if current.records + current.rejected >= settings.load_transaction_records:
                start = _commit(connection, current, state)
                yield current
                current = None
        if current is not None:
            _commit(connection, current, state)
            yield current


def _commit(connection: psycopg.Connection, load: Load, state: TopicState) -> dict[int, int]:
    load.finish(state.topic_id)
    connection.commit()
    logger.info(
        "load %d of %s: %d records, %d rejected",
        load.load_id,
        load.contract.name,
        load.records,
        load.rejected,
        extra={
            "stream": load.contract.name,
            "load_id": load.load_id,
            "records": load.records,
            "rejected": load.rejected,
        },
    )
    return dict(load.position)


def _start_offsets(
    connection: psycopg.Connection, contract: Contract, state: TopicState
) -> dict[int, int]:
    """Where to begin per partition; new partitions begin at the first offset Kafka holds."""
    lock_stream(connection, contract.name)
    places = read_places(connection, contract, state)
    refuse_lost(contract, places)
    clear_stop(connection, contract.name)
    found = {place.partition: place.next_offset for place in places}
    for partition in sorted(set(state.end) - set(found)):
        found[partition] = state.first[partition]
        _begin_partition(connection, contract, state, partition)
    connection.commit()
    return found


def _begin_partition(
    connection: psycopg.Connection, contract: Contract, state: TopicState, partition: int
) -> None:
    first = state.first[partition]
    connection.execute(
        "insert into ops.stream_offset (stream, partition, next_offset, topic_id)"
        " values (%s, %s, %s, %s)",
        (contract.name, partition, first, state.topic_id),
    )
    if first > 0:
        logger.warning(
            "stream %s, partition %d: retention has taken %d records before this first load; see "
            "ops.offset_gap", contract.name, partition, first,
        )  # fmt: skip
        note_gap(
            connection, contract.name, partition, "first_load", (0, first), first, state.topic_id
        )


@contextmanager
def _sifted_batches(
    settings: Settings,
    contract: Contract,
    start: dict[int, int],
    end: dict[int, int],
    known: Mapping[str, pl.Series],
) -> Iterator[Iterator[Sifted]]:
    """Batches read and sifted ahead in a thread; an error there is raised here."""
    ready: queue.Queue[Sifted | BaseException | None] = queue.Queue(_QUEUE_BATCHES)
    stopped = threading.Event()

    def work() -> None:
        try:
            for batch in read_batches(settings, contract, start, end):
                if not _put(ready, sift(batch, contract, known), stopped):
                    return
            _put(ready, None, stopped)
        except BaseException as error:  # handed to the reader of the queue
            _put(ready, error, stopped)

    thread = threading.Thread(target=work, name=f"sift-{contract.name}", daemon=True)
    thread.start()
    try:
        yield _drain(ready)
    finally:
        stopped.set()
        thread.join(timeout=30)


def _put(
    ready: queue.Queue[Sifted | BaseException | None],
    item: Sifted | BaseException | None,
    stopped: threading.Event,
) -> bool:
    while not stopped.is_set():
        try:
            ready.put(item, timeout=0.2)
        except queue.Full:
            continue
        return True
    return False


def _drain(ready: queue.Queue[Sifted | BaseException | None]) -> Iterator[Sifted]:
    while (item := ready.get()) is not None:
        if isinstance(item, LivelihoodError):
            raise item
        if isinstance(item, BaseException):
            raise RuntimeError("reading or sifting failed") from item
        yield item
