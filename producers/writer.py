"""Writing of encoded messages to a topic, with a callback for each acknowledged window."""

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
from livelihood.kafka.clients import client_settings, connection, find_refusal
from livelihood.settings import Settings
from producers.errors import SendFailed

# Of a record before compression; above the limit of the loader. Kafka limits compressed batches.
MAX_REQUEST_BYTES = 4_000_000
BATCH_BYTES = 256 * 1024
LINGER_MILLISECONDS = 20
MAX_REQUEST_MILLISECONDS = 30_000
CLOSE_SECONDS = 5.0
# One window is acknowledged while the next is written.
WINDOWS_IN_FLIGHT = 2
MAX_CACHED_KEYS = 1_000_000


@dataclass(frozen=True)
class _Window:
    futures: list[Any]
    acknowledged: Callable[[], None]


class Writer:
    """An idempotent producer for one topic. Use `open_writer`."""

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
        """Write a window of (key, value). Call `acknowledged` when Kafka has acknowledged it.

        Windows are acknowledged in order. Blocks while two are in flight. Raises SendFailed, or
        BrokerUnavailable if Kafka does not answer within the retry limit.
        """
        send, topic = self._producer.send, self._topic
        futures = [
            send(topic, value, key, partition=self._partition(key)) for key, value in messages
        ]
        self._windows.append(_Window(futures, acknowledged))
        while len(self._windows) >= WINDOWS_IN_FLIGHT:
            self._settle(self._windows.popleft())

    def finish(self) -> None:
        """Wait until all windows are acknowledged. Raise as `write` does."""
        while self._windows:
            self._settle(self._windows.popleft())

    def _partition(self, key: bytes | None) -> int | None:
        """Return the partition that Kafka's clients choose (murmur2). Each key is hashed once."""
        if key is None:
            return None
        partition = self._partition_of.get(key)
        if partition is None:
            if len(self._partition_of) > MAX_CACHED_KEYS:
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
    """Open a writer to the stream's topic, which must exist.

    Raises BrokerUnavailable if Kafka is unreachable for longer than the retry limit, and SendFailed
    if it refuses records. Acknowledged windows are not affected.
    """
    try:
        with _closing(_producer(settings, contract)) as producer:
            yield Writer(producer, contract.topic, settings)
    except KafkaTimeoutError as error:
        if reason := find_refusal(connection(settings, "producer")):
            raise SendFailed(
                f"Kafka at {settings.bootstrap_servers} refused the producer ({reason}); see the "
                "runbook, 'Kafka users and certificates'"
            ) from error
        raise BrokerUnavailable(
            f"Kafka at {settings.bootstrap_servers} did not answer for "
            f"{settings.retry_seconds:.0f} seconds; start it with `livelihood up`, or set "
            "LIVELIHOOD_KAFKA_BOOTSTRAP_SERVERS to one that runs, and send again: "
            "acknowledged rows are not sent twice"
        ) from error
    except KafkaError as error:
        raise SendFailed(
            f"Kafka at {settings.bootstrap_servers} refused records of {contract.topic}: {error}; "
            "rows after the last acknowledged one were not sent: send again"
        ) from error


@contextmanager
def _closing(producer: KafkaProducer) -> Iterator[KafkaProducer]:
    """Close the producer afterwards; after an error, discard undelivered messages."""
    try:
        yield producer
    except BaseException:
        # Otherwise close() waits for them, and could deliver them while the same rows are sent
        # again.
        producer._sender.force_close()
        raise
    finally:
        with contextlib.suppress(KafkaError):
            producer.close(timeout=CLOSE_SECONDS)


def _producer(settings: Settings, contract: Contract) -> KafkaProducer:
    timeout = int(settings.retry_seconds * 1000)
    request = min(MAX_REQUEST_MILLISECONDS, max(1000, timeout - LINGER_MILLISECONDS))
    return KafkaProducer(
        **client_settings(settings, "producer"),
        client_id=f"livelihood-producer-{contract.name}",
        enable_idempotence=True,
        acks="all",
        compression_type=contract.compression,
        batch_size=BATCH_BYTES,
        linger_ms=LINGER_MILLISECONDS,
        max_request_size=MAX_REQUEST_BYTES,
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=timeout,
        max_block_ms=timeout,
        request_timeout_ms=request,
        delivery_timeout_ms=max(timeout, request + LINGER_MILLISECONDS),
        metrics_enabled=False,
    )
