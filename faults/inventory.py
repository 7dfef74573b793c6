"""The records that Kafka acknowledged, compared one by one with those in the warehouse."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable

import psycopg
from confluent_kafka import KafkaError, Message, Producer

from faults.outcome import Outcome
from livelihood.contracts import load_contract
from livelihood.kafka.clients import librdkafka_settings
from livelihood.load.backlog import backlog
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.message_factory import message

FLUSH_SECONDS = 60.0


class Inventory:
    """The records of one stream that Kafka has acknowledged, each with a unique name."""

    def __init__(self, settings: Settings, stream: str) -> None:
        self.settings = settings
        self.stream = stream
        self.acknowledged: Counter[str] = Counter()
        # Kafka was killed before it acknowledged these; it may have stored them.
        self.uncertain: Counter[str] = Counter()
        self._bytes: dict[str, bytes] = {}
        self._producer: Producer | None = None
        self._numbers = itertools.count(1)

    def values(self, count: int, bad: Iterable[int] = ()) -> list[bytes]:
        """Return new messages. Those at the positions in `bad` are not valid JSON."""
        bad_positions = set(bad)
        numbers = list(itertools.islice(self._numbers, count))
        return [
            b'{"broken %d' % number if position in bad_positions else message(self.stream, number)
            for position, number in enumerate(numbers)
        ]

    def send(self, values: Iterable[bytes]) -> int:
        """Send messages, record the result of each, and return how many Kafka acknowledged."""
        producer = self._connected()
        before, uncertain = self.acknowledged.total(), self.uncertain.total()
        topic = load_contract(self.stream).topic
        for position, value in enumerate(values):
            self._bytes[name_of(value)] = value
            producer.produce(topic, value, key=str(position), on_delivery=self.record_delivery)
            producer.poll(0)
        producer.flush(FLUSH_SECONDS + 5)
        if self.uncertain.total() > uncertain:
            self.reconnect()
        return self.acknowledged.total() - before

    def reconnect(self) -> None:
        """Use a new producer from now on: Kafka may have lost the state of this one."""
        self._producer = None

    def _connected(self) -> Producer:
        # An idempotent producer waits half a second for its id, so it is reused.
        if self._producer is None:
            self._producer = Producer(
                {
                    **librdkafka_settings(self.settings, "producer"),
                    "linger.ms": 5,
                    "enable.idempotence": True,
                    "message.timeout.ms": int(FLUSH_SECONDS * 1000),
                    "log_level": 0,
                }
            )
        return self._producer

    def missing(self) -> list[bytes]:
        """Return the messages that Kafka acknowledged and that are not in the warehouse."""
        with connect(self.settings) as connection:
            landed, quarantined = self._arrived(connection)
            if _purged(connection, self.stream):
                raise RuntimeError(f"messages of {self.stream} were purged: none can be sent again")
        return [self._bytes[name] for name in self.acknowledged - landed - quarantined]

    def send_again(self, values: list[bytes]) -> None:
        """Send messages a second time. Each still counts once."""
        names = Counter(map(name_of, values))
        self.send(values)
        self.acknowledged -= names

    def record_delivery(self, error: KafkaError | None, sent: Message) -> None:
        """Record whether Kafka acknowledged a message; used as `on_delivery` callback."""
        name = name_of(sent.value() or b"")
        (self.uncertain if error else self.acknowledged)[name] += 1

    def close(self, outcome: Outcome) -> Outcome:
        """Count lost and duplicated records in the outcome. No record may be waiting any more."""
        with connect(self.settings) as connection:
            landed, quarantined = self._arrived(connection)
            # A quarantined record that was replayed successfully counts once.
            positions = connection.execute(_POSITIONS.format(self.stream).encode()).fetchone() or (
                0,
                0,
            )
            counted = connection.execute(_COUNTED, [self.stream] * 2).fetchone() or (0, 0)
            purged = _purged(connection, self.stream)
        arrived = landed + quarantined
        outcome.sent += self.acknowledged.total()
        outcome.landed += landed.total()
        outcome.quarantined += quarantined.total() + purged
        # A purged message has lost its name and kept its position.
        missing = (self.acknowledged - arrived).total()
        outcome.lost += max(missing - purged, 0)
        outcome.twice += max(purged - missing, 0)
        outcome.twice += (arrived - (self.acknowledged | self.uncertain)).total()
        outcome.expect(
            positions[0] == positions[1], "two records have the same partition and offset"
        )
        total = arrived.total() + purged
        outcome.expect(
            counted[0] == total, f"ops.load counts {counted[0]} records, {total} are stored"
        )
        waiting = backlog(self.settings)[self.stream]
        outcome.expect(waiting == 0, f"{waiting} records wait in Kafka and no loader is running")
        return outcome

    def _arrived(self, connection: psycopg.Connection) -> tuple[Counter[str], Counter[str]]:
        landed = connection.execute(f"select record_id from landing.{self.stream}".encode())
        record_ids = Counter(record_id for (record_id,) in landed)
        rejected = connection.execute(
            "select value from ops.quarantine where stream = %s and replayed_load_id is null"
            " and purged_at is null",
            [self.stream],
        )
        return record_ids, Counter(name_of(value) for (value,) in rejected)


def _purged(connection: psycopg.Connection, stream: str) -> int:
    row = connection.execute(
        "select count(*) from ops.quarantine where stream = %s and replayed_load_id is null"
        " and purged_at is not null",
        [stream],
    ).fetchone()
    return int(row[0]) if row else 0


def name_of(value: bytes) -> str:
    """Return the name of a message: its record id, or its bytes if it has none."""
    _, marker, tail = value.partition(b'"record_id":"')
    return (tail.split(b'"', 1)[0] if marker else value).decode(errors="replace")


_POSITIONS = """
    with positions as (
        select _partition, _offset from landing.{0}
        union all
        select partition, "offset" from ops.quarantine
        where stream = '{0}' and replayed_load_id is null
    )
    select count(*), count(distinct (_partition, _offset)) from positions"""

_COUNTED = """
    select coalesce(sum(records + case kind when 'load' then rejected else 0 end), 0)
        - (select count(*) from ops.quarantine where stream = %s and replayed_load_id is not null)
    from ops.load where stream = %s"""
