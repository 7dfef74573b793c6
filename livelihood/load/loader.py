"""The loader: drains a stream from Kafka into the warehouse, exactly once.

It begins at the offsets in the warehouse and commits rows, rejects and new offsets together, so a
loader killed at any instant leaves either a complete load or nothing. Reading and validation run
in one thread, COPY in another, with a short queue in between: memory does not grow with the
backlog.
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
from livelihood.errors import LivelihoodError, OffsetsLost, StreamStopped
from livelihood.kafka import TopicState, read_batches, topic_states
from livelihood.load.batch import ValidatedBatch, validate_batch
from livelihood.load.failure import record_failure
from livelihood.load.offsets import ensure_offsets_available, read_positions
from livelihood.load.quota import Quota
from livelihood.load.sources import SourceCheck
from livelihood.load.transaction import Load
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease, raise_if_disconnected
from livelihood.warehouse.ledger import offsets

logger = logging.getLogger(__name__)

# Validated batches that may wait for COPY.
_QUEUE_BATCHES = 2


@dataclass
class LoadReport:
    """The result of draining one stream: loads committed, records landed and quarantined.

    `overflowed` rejects are beyond the quota and were only counted.
    """

    stream: str
    load_ids: list[int] = field(default_factory=list)
    records: int = 0
    rejected: int = 0
    seconds: float = 0.0
    overflowed: int = 0

    def add(self, load: Load) -> None:
        """Count a committed load."""
        self.load_ids.append(load.load_id)
        self.records += load.records
        self.rejected += load.rejected
        self.overflowed += load.overflowed


def load(
    settings: Settings,
    stream: str,
    on_progress: Callable[[LoadReport], None] | None = None,
    *,
    until: Mapping[int, int] | None = None,
) -> LoadReport:
    """Load all records of a stream that Kafka has when the call begins.

    With `until`, only the partitions in it are loaded, up to these next offsets. Raises `StageBusy`
    or `LoadFenced` if another loader is running, `StreamStopped` if the stream cannot be loaded
    (`OffsetsLost`, `QuarantineFull`), `BrokerUnavailable` or `WarehouseUnavailable` if a server
    does not answer, and `LoadFailed` after any other error.
    """
    contract = load_contract(stream)
    report = LoadReport(stream)
    began = time.monotonic()
    with (
        raise_if_disconnected(f"stream {stream}"),
        connect(settings) as connection,
        lease(connection, "load", stream),
    ):
        try:
            with _without_cycle_collection():
                for committed_load in _loads(settings, contract, connection, until):
                    report.add(committed_load)
                    report.seconds = time.monotonic() - began
                    if on_progress is not None:
                        on_progress(report)
            offsets.clear_stop(connection, stream)
            connection.commit()
        except StreamStopped as error:
            connection.rollback()
            offsets.record_stop(connection, stream, str(error))
            connection.commit()
            raise
        except (LivelihoodError, psycopg.OperationalError):
            raise
        except Exception as error:
            raise record_failure(connection, stream, error) from error
    report.seconds = time.monotonic() - began
    return report


@contextmanager
def _without_cycle_collection() -> Iterator[None]:
    """Disable the cycle collector: messages form no cycles, and it takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _loads(
    settings: Settings,
    contract: Contract,
    connection: psycopg.Connection,
    until: Mapping[int, int] | None,
) -> Iterator[Load]:
    state = topic_states(settings, [contract]).get(contract.name)
    if state is None:
        raise OffsetsLost(
            f"stream {contract.name}: topic {contract.topic} does not exist; `livelihood migrate` "
            "creates it"
        )
    sources = SourceCheck(settings, contract, connection)
    start = _start_offsets(connection, contract, state)
    for partition, offset in state.open_transactions.items():
        logger.info(
            "stream %s, partition %d: a producer's transaction is open since offset %d; later "
            "records wait until it ends", contract.name, partition, offset,
        )  # fmt: skip
    end = dict(state.end if until is None else until)
    if all(start[partition] >= offset for partition, offset in end.items()):
        return
    reading = _validated_batches(settings, contract, start, end, references(), sources)
    with reading as batches:
        current: Load | None = None
        for batch in batches:
            if current is None:
                quota = Quota(connection, contract.name, settings)
                current = Load(connection, contract, start, quota=quota)
            current.write(batch)
            if current.messages >= settings.load_transaction_records:
                start = _commit(connection, current, state)
                yield current
                current = None
        if current is not None:
            _commit(connection, current, state)
            yield current


def _commit(connection: psycopg.Connection, load: Load, state: TopicState) -> dict[int, int]:
    load.finish(state.topic_id)
    connection.commit()
    if load.overflowed:
        logger.warning(
            "load %d of %s: %d more rejects exceed the quota and were only counted; see "
            "ops.quarantine_overflow", load.load_id, load.contract.name, load.overflowed,
        )  # fmt: skip
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
    """Return where to begin per partition: new ones at the first offset that Kafka has."""
    positions = read_positions(connection, contract, state)
    ensure_offsets_available(contract, positions)
    start = {position.partition: position.next_offset for position in positions}
    for partition in sorted(set(state.end) - set(start)):
        start[partition] = state.first[partition]
        _begin_partition(connection, contract, state, partition)
    connection.commit()
    return start


def _begin_partition(
    connection: psycopg.Connection, contract: Contract, state: TopicState, partition: int
) -> None:
    first = state.first[partition]
    offsets.reset(connection, contract.name, {partition: first}, state.topic_id)
    if first > 0:
        logger.warning(
            "stream %s, partition %d: retention has removed %d records before this first load; see "
            "ops.offset_gap", contract.name, partition, first,
        )  # fmt: skip
        offsets.record_gap(
            connection,
            contract.name,
            partition,
            "first_load",
            from_offset=0,
            to_offset=first,
            missing_records=first,
            topic_id=state.topic_id,
        )


@contextmanager
def _validated_batches(
    settings: Settings,
    contract: Contract,
    start: dict[int, int],
    end: dict[int, int],
    reference_values: Mapping[str, pl.Series],
    sources: SourceCheck,
) -> Iterator[Iterator[ValidatedBatch]]:
    """Yield batches that a thread reads and validates ahead. Its errors are raised here."""
    ready: queue.Queue[ValidatedBatch | BaseException | None] = queue.Queue(_QUEUE_BATCHES)
    stopped = threading.Event()

    def work() -> None:
        try:
            for batch in read_batches(settings, contract, start, end):
                validated = validate_batch(batch, contract, reference_values, sources)
                if not _put(ready, validated, stopped):
                    return
            _put(ready, None, stopped)
        except BaseException as error:  # raised again by the reader of the queue
            _put(ready, error, stopped)

    thread = threading.Thread(target=work, name=f"validate-{contract.name}", daemon=True)
    thread.start()
    try:
        yield _drain(ready)
    finally:
        stopped.set()
        thread.join(timeout=30)


def _put(
    ready: queue.Queue[ValidatedBatch | BaseException | None],
    item: ValidatedBatch | BaseException | None,
    stopped: threading.Event,
) -> bool:
    while not stopped.is_set():
        try:
            ready.put(item, timeout=0.2)
        except queue.Full:
            continue
        return True
    return False


def _drain(ready: queue.Queue[ValidatedBatch | BaseException | None]) -> Iterator[ValidatedBatch]:
    while (item := ready.get()) is not None:
        if isinstance(item, Exception):
            raise item
        if isinstance(item, BaseException):
            raise RuntimeError("reading or validating failed") from item
        yield item
