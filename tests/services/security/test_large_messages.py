"""Compressed messages that expand to many times their size do not exhaust the loader's memory."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from confluent_kafka import Producer

from infra.local.environment import process_environment
from livelihood.contracts import load_contract
from livelihood.kafka.clients import librdkafka_settings
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import connect
from testkit.message_factory import message
from testkit.topics import send

STREAM = "training"
MAX_MEMORY_MEGABYTES = 1_000
EXPANDED_BYTES = 250_000_000
# The peak of the process itself: `ru_maxrss` would include its parent's.
LOAD = """
import json, sys
from livelihood.load import load
from livelihood.settings import get_settings
report = load(get_settings(), sys.argv[1])
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps([report.records, report.rejected, int(peak.split()[1]) // 1000]))
"""


def produce_zeros(settings: Settings, codec: str, partition: int) -> None:
    producer = Producer(
        {
            **librdkafka_settings(settings, "producer"),
            "compression.type": codec,
            "message.max.bytes": 1_000_000_000,
            "queue.buffering.max.kbytes": 1_000_000,
        }
    )
    errors: list[Any] = []
    producer.produce(
        load_contract(STREAM).topic,
        bytes(EXPANDED_BYTES),
        partition=partition,
        on_delivery=lambda error, _: errors.append(error),
    )
    assert producer.flush(60) == 0
    assert errors == [None]


def test_the_loader_survives_them_and_loads_their_neighbours(
    platform: Settings,
) -> None:
    for partition, codec in ((0, "lz4"), (0, "zstd"), (1, "lz4"), (2, "lz4")):
        send(platform, STREAM, [message(STREAM, 1)], partition=partition)
        produce_zeros(platform, codec, partition)
        send(platform, STREAM, [message(STREAM, 2)], partition=partition)
    ran = subprocess.run(
        [sys.executable, "-c", LOAD, STREAM],
        cwd=ROOT,
        env=process_environment(platform),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    records, rejected, peak_megabytes = json.loads(ran.stdout.splitlines()[-1])
    assert (records, rejected) == (8, 4)
    assert peak_megabytes < MAX_MEMORY_MEGABYTES
    with connect(platform) as connection:
        stored = connection.execute(
            "select split_part(reasons[1], ':', 1), value from ops.quarantine order by 1"
        ).fetchall()
    assert stored == [("too_large", None)] * 3 + [("undecodable", None)]
