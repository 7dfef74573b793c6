"""Writes encoded messages to a topic and says of each window when Kafka has acknowledged it all."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.partitioner.default import murmur2

from livelihood.contracts import Contract
from livelihood.errors import BrokerUnavailable
from livelihood.settings import Settings
from producers.errors import SendFailed

# Under the broker's limit for a record, and above the largest the loader accepts.
LARGEST_REQUEST_BYTES = 4_000_000
BATCH_BYTES = 256 * 1024
LINGER_MILLISECONDS = 20
LONGEST_REQUEST_MILLISECONDS = 30_000
CLOSE_SECONDS = 5.0
# One window is being acknowledged while the next is handed over.
WINDOWS_IN_FLIGHT = 2
REMEMBERED_KEYS = 1_000_000


@dataclass(frozen=True)
class _Window:
    futures: list[Any]
    acknowledged: Callable[[], None]


class Writer:
    """An idempotent producer for one topic; use `open_writer`."""

    def __init__(self, producer: KafkaProducer, topic: str, settings: Settings) -> None:
        self._producer = producer
        self._topic = topic
        self._settings = settings
        self._partitions = len(producer.partitions_for(topic))
        self._partition_of: dict[bytes, int] = {}
        self._windows: deque[_Window] = deque()

    def write(
        self,
        messages: Sequence[tuple[bytes | None, bytes | None]],
        acknowledged: Callable[[], None],
    ) -> None:
        """Hand over a window of (key, value); `acknowledged` is called once Kafka holds all of it.

        Windows are acknowledged in order. Blocks while two are under way. Raises `SendFailed`, or
        `BrokerUnavailable` when Kafka does not answer within the retry limit.
        """
        send, topic = self._producer.send, self._topic
        futures = [
            send(topic, value, key, partition=self._partition(key)) for key, value in messages
        ]
        self._windows.append(_Window(futures, acknowledged))
        while len(self._windows) >= WINDOWS_IN_FLIGHT:
            self._settle(self._windows.popleft())

    def finish(self) -> None:
        """Wait until everything handed over is acknowledged; raises as `write` does."""
        while self._windows:
            self._settle(self._windows.popleft())

    def _partition(self, key: bytes | None) -> int | None:
        """The partition Kafka's own clients would choose; each key is hashed once."""
        if key is None:
            return None
        partition = self._partition_of.get(key)
        if partition is None:
            if len(self._partition_of) > REMEMBERED_KEYS:
                self._partition_of.clear()
            partition = (murmur2(key) & 0x7FFFFFFF) % self._partitions
            self._partition_of[key] = partition
        return partition

    def _settle(self, window: _Window) -> None:
        deadline = time.monotonic() + self._settings.retry_seconds + 5
        for future in window.futures:
            if not future.is_done:
                future.get(timeout=max(0.0, deadline - time.monotonic()))
            elif future.failed():
                raise future.exception
        window.acknowledged()


@contextmanager
def open_writer(settings: Settings, contract: Contract) -> Iterator[Writer]:
    """A writer to the stream's topic, which must exist.

    Raises `BrokerUnavailable` when Kafka is away longer than the retry limit, and `SendFailed` when
    it refuses records; what was acknowledged before stays so.
    """
    try:
        with _closing(_producer(settings, contract)) as producer:
            yield Writer(producer, contract.topic, settings)
    except KafkaTimeoutError as error:
        raise BrokerUnavailable(
            f"Kafka at {settings.bootstrap_servers} did not answer for "
            f"{settings.retry_seconds:.0f} seconds; start it with `livelihood up`, or set "
            "LIVELIHOOD_KAFKA_BOOTSTRAP_SERVERS to one that runs, and send again: what was "
            "acknowledged is not sent twice"
        ) from error
    except KafkaError as error:
        raise SendFailed(
            f"Kafka at {settings.bootstrap_servers} refused records of {contract.topic}: {error}; "
            "nothing after the last acknowledged row counts as sent: send again"
        ) from error


@contextmanager
def _closing(producer: KafkaProducer) -> Iterator[KafkaProducer]:
    """Close the producer afterwards; after an error, drop what it could not deliver."""
    try:
        yield producer
    except BaseException:
        # Otherwise close() waits for the undeliverable, and a late delivery could still happen
        # while the same rows are sent again.
        producer._sender.force_close()
        raise
    finally:
        with contextlib.suppress(KafkaError):
            producer.close(timeout=CLOSE_SECONDS)


def _producer(settings: Settings, contract: Contract) -> KafkaProducer:
    patience = int(settings.retry_seconds * 1000)
    request = min(LONGEST_REQUEST_MILLISECONDS, max(1000, patience - LINGER_MILLISECONDS))
    return KafkaProducer(
        bootstrap_servers=settings.bootstrap_servers.split(","),
        client_id=f"livelihood-producer-{contract.name}",
        enable_idempotence=True,
        acks="all",
        compression_type=contract.compression,
        batch_size=BATCH_BYTES,
        linger_ms=LINGER_MILLISECONDS,
        max_request_size=LARGEST_REQUEST_BYTES,
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=patience,
        max_block_ms=patience,
        request_timeout_ms=request,
        delivery_timeout_ms=max(patience, request + LINGER_MILLISECONDS),
        metrics_enabled=False,
    )
