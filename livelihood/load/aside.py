"""One message set aside: what precedes it is loaded, and it goes to quarantine as it is."""

from __future__ import annotations

from dataclasses import dataclass

from livelihood.contracts import load_contract
from livelihood.errors import LivelihoodError
from livelihood.kafka import Batch, read_batches
from livelihood.load.batch import reject_all
from livelihood.load.loader import load
from livelihood.load.quarantine import SET_ASIDE
from livelihood.load.recovery import diagnose
from livelihood.load.transaction import Load
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease
from livelihood.warehouse.ledger import offsets


@dataclass(frozen=True)
class Aside:
    """A message that has not been loaded, and the offsets of its partition that precede it."""

    stream: str
    topic_id: str
    partition: int
    offset: int
    next_offset: int
    message: Batch

    @property
    def size(self) -> int:
        """Bytes of the value."""
        return len(self.message.values[0] or b"")


def find_message(settings: Settings, stream: str, partition: int, offset: int) -> Aside:
    """Return the message at an offset. Raises `LivelihoodError` unless it waits to be loaded."""
    diagnosis = diagnose(settings, stream)
    state = diagnosis.state
    where = f"stream {stream}, partition {partition}, offset {offset}: nothing was done, because "
    if diagnosis.kind is not None:
        raise LivelihoodError(
            f"{where}offsets are lost; `livelihood offsets {stream}` shows how to resume first"
        )
    loaded = {position.partition: position.next_offset for position in diagnosis.positions}
    next_offset = loaded.get(partition, state.first.get(partition, 0))
    if not next_offset <= offset < state.end.get(partition, -1):
        raise LivelihoodError(
            f"{where}it does not wait: the partition has been loaded up to {next_offset}, Kafka "
            f"ends at {state.end.get(partition, 'no such partition')}"
        )
    contract = load_contract(stream)
    batches = read_batches(settings, contract, {partition: offset}, {partition: offset + 1})
    for batch in batches:
        if len(batch):
            return Aside(stream, state.topic_id, partition, offset, next_offset, batch)
    raise LivelihoodError(f"{where}it has no record, but a transaction marker or an aborted one")


def set_aside(settings: Settings, aside: Aside) -> int:
    """Load what precedes the message, quarantine it, and return the id of the load.

    Raises `StageBusy` or `LoadFenced` if the stream is being loaded.
    """
    contract = load_contract(aside.stream)
    load(settings, aside.stream, until={aside.partition: aside.offset})
    with connect(settings) as connection, lease(connection, "load", aside.stream):
        quarantined = Load(connection, contract, {aside.partition: aside.offset})
        quarantined.write(reject_all(aside.message, contract, SET_ASIDE))
        quarantined.finish(aside.topic_id)
        offsets.clear_stop(connection, aside.stream)
        return quarantined.load_id
