"""What was sent and acknowledged, record by record, compared with what the warehouse holds."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable

import psycopg
from confluent_kafka import KafkaError, Message, Producer

from faults.outcome import Outcome
from livelihood.contracts import load_contract
from livelihood.load.backlog import backlog
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.message_factory import message

FLUSH_SECONDS = 60.0


class Inventory:
    """The records of one stream that Kafka has acknowledged, each with a name of its own."""

    def __init__(self, settings: Settings, stream: str) -> None:
        self.settings = settings
        self.stream = stream
        self.acknowledged: Counter[str] = Counter()
        # Kafka may hold these or not: it went away before it said so.
        self.uncertain: Counter[str] = Counter()
        self._bytes: dict[str, bytes] = {}
        self._producer: Producer | None = None
        self._numbers = itertools.count(1)

    def values(self, count: int, bad: Iterable[int] = ()) -> list[bytes]:
        """New messages; those at the places in `bad` cannot be read."""
        spoilt = set(bad)
        numbers = list(itertools.islice(self._numbers, count))
        return [
            b'{"broken %d' % number if place in spoilt else message(self.stream, number)
            for place, number in enumerate(numbers)
        ]

    def send(self, values: Iterable[bytes]) -> int:
        """Send messages and note what became of each; how many Kafka acknowledged."""
        producer = self._connected()
        before, doubts = self.acknowledged.total(), self.uncertain.total()
        topic = load_contract(self.stream).topic
        for place, value in enumerate(values):
            self._bytes[name_of(value)] = value
            producer.produce(topic, value, key=str(place), on_delivery=self.note)
            producer.poll(0)
        producer.flush(FLUSH_SECONDS + 5)
        if self.uncertain.total() > doubts:
            self.reconnect()
        return self.acknowledged.total() - before

    def reconnect(self) -> None:
        """Send with a new producer from here on: Kafka may have forgotten what this one sent."""
        self._producer = None

    def _connected(self) -> Producer:
        # One that sends each message once waits half a second for its number: so it is kept.
        if self._producer is None:
            self._producer = Producer(
                {
                    "bootstrap.servers": self.settings.bootstrap_servers,
                    "linger.ms": 5,
                    "enable.idempotence": True,
                    "message.timeout.ms": int(FLUSH_SECONDS * 1000),
                    "log_level": 0,
                }
            )
        return self._producer

    def missing(self) -> list[bytes]:
        """The messages that Kafka acknowledged and the warehouse does not hold."""
        with connect(self.settings) as connection:
            landed, quarantined = self._arrived(connection)
        return [self._bytes[name] for name in self.acknowledged - landed - quarantined]

    def send_again(self, values: list[bytes]) -> None:
        """Send messages a second time: each still counts as one."""
        names = Counter(map(name_of, values))
        self.send(values)
        self.acknowledged -= names

    def note(self, error: KafkaError | None, sent: Message) -> None:
        """Take down what Kafka says of a message: for `on_delivery`."""
        name = name_of(sent.value() or b"")
        (self.uncertain if error else self.acknowledged)[name] += 1

    def close(self, outcome: Outcome) -> Outcome:
        """Count what was lost, is there twice, or was never sent; nothing may wait any more."""
        with connect(self.settings) as connection:
            landed, quarantined = self._arrived(connection)
            # A quarantined record that came in by a replay is there once.
            places = connection.execute(_PLACES.format(self.stream).encode()).fetchone() or (0, 0)
            counted = connection.execute(_COUNTED, [self.stream] * 2).fetchone() or (0, 0)
        arrived = landed + quarantined
        outcome.sent += self.acknowledged.total()
        outcome.landed += landed.total()
        outcome.quarantined += quarantined.total()
        outcome.lost += (self.acknowledged - arrived).total()
        outcome.twice += (arrived - (self.acknowledged | self.uncertain)).total()
        outcome.expect(places[0] == places[1], "two records have the same place in the topic")
        total = arrived.total()
        outcome.expect(
            counted[0] == total, f"ops.load counts {counted[0]} records, {total} are there"
        )
        waiting = backlog(self.settings)[self.stream]
        outcome.expect(waiting == 0, f"{waiting} records wait in Kafka and nobody is loading")
        return outcome

    def _arrived(self, connection: psycopg.Connection) -> tuple[Counter[str], Counter[str]]:
        landed = connection.execute(f"select record_id from landing.{self.stream}".encode())
        found = Counter(record_id for (record_id,) in landed)
        rejected = connection.execute(
            "select value from ops.quarantine where stream = %s and replayed_load_id is null",
            [self.stream],
        )
        return found, Counter(name_of(value) for (value,) in rejected)


def name_of(value: bytes) -> str:
    """What a message is known by: its record id, or its bytes when it has none."""
    _, found, rest = value.partition(b'"record_id":"')
    return (rest.split(b'"', 1)[0] if found else value).decode(errors="replace")


_PLACES = """
    with places as (
        select _partition, _offset from landing.{0}
        union all
        select partition, "offset" from ops.quarantine
        where stream = '{0}' and replayed_load_id is null
    )
    select count(*), count(distinct (_partition, _offset)) from places"""

_COUNTED = """
    select coalesce(sum(records + case kind when 'load' then rejected else 0 end), 0)
        - (select count(*) from ops.quarantine where stream = %s and replayed_load_id is not null)
    from ops.load where stream = %s"""
