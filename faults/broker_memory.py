"""Kafka ended by a record that expands to more than its memory, and restarted by the supervisor.

Topics are configured so that Kafka does not expand records. Here one is configured like those of
version 0.1.0, as an example of any way to exhaust the memory.
"""

from __future__ import annotations

import time

from kafka.admin import ConfigResource, ConfigResourceType

from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.outcome import Outcome
from infra.local.watch import Watch
from livelihood.contracts import load_contract
from livelihood.kafka import create_topics
from livelihood.kafka.admin import admin_client
from livelihood.load import load
from livelihood.settings import Settings
from testkit.topics import send_zeros

STREAM = "training"
RECORDS = 300
DEATH_SECONDS = 30.0


def run(environment: FaultEnvironment, rounds: int) -> Outcome:
    """Exhaust Kafka's memory; expect that the supervisor restarts it and no record is lost."""
    outcome = Outcome("Kafka out of memory, restarted by the supervisor")
    environment.log(outcome.fault)
    kafka = environment.kafka

    def restart(name: str) -> bool:
        kafka.start()
        return kafka.is_running

    watch = Watch([kafka], restart, kafka.home / "restarts.json")
    with environment.platform() as settings:
        inventory = Inventory(settings, STREAM)
        for _ in outcome.tries(rounds):
            inventory.send(inventory.values(RECORDS, bad=[3]))
            _compress_again(settings)
            acknowledged = send_zeros(settings, load_contract(STREAM).topic, "zstd")
            outcome.expect(not acknowledged, "Kafka stored the record")
            began = time.monotonic()
            while not kafka.has_died and time.monotonic() < began + DEATH_SECONDS:
                time.sleep(0.1)
            outcome.times += kafka.has_died
            while kafka.has_died:
                watch.poll(time.monotonic())
                time.sleep(0.1)
            create_topics(settings)
            inventory.reconnect()
            inventory.send(inventory.values(RECORDS))
            load(settings, STREAM)
            outcome.record_recovery(time.monotonic() - began)
        return inventory.close(outcome)


def _compress_again(settings: Settings) -> None:
    """Configure the topic like version 0.1.0; `create_topics` restores the configuration."""
    contract = load_contract(STREAM)
    resource = ConfigResource(
        ConfigResourceType.TOPIC,
        contract.topic,
        configs={"compression.type": contract.compression, "max.message.bytes": "4194304"},
    )
    with admin_client(settings) as client:
        client.alter_configs([resource])
