"""Topics without the offsets to load next: truncated, recreated, or restored from a backup."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable

from kafka import TopicPartition

from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.outcome import Outcome
from faults.processes import start
from infra.local.environment import process_environment
from livelihood.alerts import raise_alerts
from livelihood.contracts import load_contract
from livelihood.kafka import create_topics, topic_states
from livelihood.kafka.admin import admin_client
from livelihood.load import load
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import connect

STREAM = "training"
RECORDS = 300
TIMEOUT_SECONDS = 60.0
RUN_CLI = "from livelihood.cli import main; main()"


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Lose offsets in three ways: the stream stops, raises an alert and resumes on confirmation."""
    rounds = environment.sized(5, 1)
    # The topic is recreated twice: the first recovery must not prevent the second.
    return [
        _lose(environment, "offsets deleted by retention", rounds, "--from-earliest", _cut),
        _lose(environment, "topic recreated", max(2, rounds), "--new-topic", _recreate),
        _lose(
            environment,
            "Kafka restored from an older backup",
            environment.sized(2, 1),
            "--from-end",
            None,
        ),
    ]


def _lose(
    environment: FaultEnvironment,
    fault: str,
    rounds: int,
    option: str,
    lose: Callable[[Settings], None] | None,
) -> Outcome:
    outcome = Outcome(fault)
    environment.log(fault)
    with environment.platform() as settings:
        inventory = Inventory(settings, STREAM)
        for _ in range(rounds):
            inventory.send(inventory.values(RECORDS, bad=[5]))
            load(settings, STREAM)
            if lose is None:
                _restore_older(environment, lambda: _send_and_load(inventory))
                inventory.reconnect()
            else:
                inventory.send(inventory.values(RECORDS, bad=[7]))
                lose(settings)
                inventory.send(inventory.values(RECORDS // 3))
            outcome.times += 1
            began = time.monotonic()
            _check_stop(outcome, settings)
            _check_recovery(outcome, settings, inventory, option)
            outcome.record_recovery(time.monotonic() - began)
        return inventory.close(outcome)


def _send_and_load(inventory: Inventory) -> None:
    inventory.send(inventory.values(RECORDS))
    load(inventory.settings, STREAM)


def _check_stop(outcome: Outcome, settings: Settings) -> None:
    """Expect that the load fails and names the recovery command, and that an alert is open."""
    result = start(load, settings, STREAM).result()
    outcome.expect(
        result.status == "OffsetsLost" and f"livelihood offsets {STREAM}" in result.message,
        f"the load ended with {result.status}: {result.message}",
    )
    raise_alerts(settings)
    outcome.expect(_alerts(settings) == ["open"], f"alerts while stopped: {_alerts(settings)}")


def _check_recovery(
    outcome: Outcome, settings: Settings, inventory: Inventory, option: str
) -> None:
    """Expect that the command shows a plan, applies it with --yes, and records what is missing."""
    gaps_before = _gaps(settings)
    output = _command(settings, option)
    outcome.expect(
        "LOST" in output and "nothing was done" in output, f"the command output: {output}"
    )
    outcome.expect(_gaps(settings) == gaps_before, "it did something without --yes")
    output = _command(settings, option, "--yes")
    outcome.expect(": applied, and recorded" in output, f"with --yes the command output: {output}")
    load(settings, STREAM)
    missing = inventory.missing()
    gaps = _gaps(settings)
    outcome.expect(len(gaps) > len(gaps_before), "no gap was recorded")
    if option == "--from-earliest":
        count = sum(gap[-1] for gap in gaps) - sum(gap[-1] for gap in gaps_before)
        outcome.expect(count == len(missing), f"{count} recorded as missing, {len(missing)} are")
    raise_alerts(settings)
    outcome.expect(_alerts(settings) == ["cleared"], f"alerts afterwards: {_alerts(settings)}")
    # The sources send the lost records again.
    inventory.send_again(missing)
    load(settings, STREAM)


def _command(settings: Settings, *options: str) -> str:
    process = subprocess.run(
        [sys.executable, "-c", RUN_CLI, "offsets", STREAM, *options],
        cwd=ROOT,
        env=process_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    return process.stdout + process.stderr


def _alerts(settings: Settings) -> list[str]:
    with connect(settings) as connection:
        rows = connection.execute("select state from ops.alert where rule = 'stream_stopped'")
        return [state for (state,) in rows]


def _gaps(settings: Settings) -> list[tuple[int, str, int, int, int]]:
    with connect(settings) as connection:
        return connection.execute(
            "select partition, kind, from_offset, to_offset, coalesce(missing_records, 0)"
            " from ops.offset_gap order by gap_id"
        ).fetchall()


def _cut(settings: Settings) -> None:
    """Delete half of the unloaded records of each partition."""
    contract = load_contract(STREAM)
    with connect(settings) as connection:
        rows = connection.execute(
            "select partition, next_offset from ops.stream_offset where stream = %s", [STREAM]
        ).fetchall()
    end = topic_states(settings, [contract])[STREAM].end
    cut = {
        TopicPartition(contract.topic, partition): offset + (end[partition] - offset) // 2
        for partition, offset in rows
    }
    with admin_client(settings) as client:
        client.delete_records(cut)


def _recreate(settings: Settings) -> None:
    topic = load_contract(STREAM).topic
    with admin_client(settings) as client:
        client.delete_topics([topic])
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while topic not in create_topics(settings):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Kafka did not delete {topic}")
        time.sleep(0.2)


def _restore_older(environment: FaultEnvironment, meanwhile: Callable[[], None]) -> None:
    """Restore Kafka from a backup, without what was sent since, under the same topic id."""
    backup = environment.settings.home / "kafka-backup"
    environment.kafka.stop()
    shutil.copytree(environment.kafka.data_path, backup)
    environment.kafka.start()
    meanwhile()
    environment.kafka.stop()
    shutil.rmtree(environment.kafka.data_path)
    backup.rename(environment.kafka.data_path)
    environment.kafka.start()
