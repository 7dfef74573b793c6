"""Topics that no longer hold what comes next: cut by retention, made anew, come back shorter."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable

from kafka import KafkaAdminClient, TopicPartition

from faults.environment import FaultEnvironment
from faults.inventory import Inventory
from faults.outcome import Outcome
from faults.processes import start
from infra.local.environment import process_environment
from livelihood.alerts import raise_alerts
from livelihood.contracts import load_contract
from livelihood.kafka import create_topics, topic_states
from livelihood.load import load
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import connect

STREAM = "training"
RECORDS = 300
TIMEOUT_SECONDS = 60.0
RUN_CLI = "from livelihood.cli import main; main()"


def run(environment: FaultEnvironment) -> list[Outcome]:
    """Each way of losing offsets: it stops, says so, alerts, and goes on when it was decided."""
    rounds = environment.sized(5, 1)
    # Made anew twice over: what made room the first time must not be in the way the second.
    return [
        _lose(environment, "retention took offsets", rounds, "--from-earliest", _cut),
        _lose(environment, "topic made anew", max(2, rounds), "--new-topic", _make_anew),
        _lose(environment, "Kafka came back shorter", environment.sized(2, 1), "--from-end", None),
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
            _judge_stop(outcome, settings)
            _judge_way(outcome, settings, inventory, option)
            outcome.record_recovery(time.monotonic() - began)
        return inventory.close(outcome)


def _send_and_load(inventory: Inventory) -> None:
    inventory.send(inventory.values(RECORDS))
    load(inventory.settings, STREAM)


def _judge_stop(outcome: Outcome, settings: Settings) -> None:
    """The stream stands still, says which command helps, and an alert is open."""
    result = start(load, settings, STREAM).result()
    outcome.expect(
        result.status == "OffsetsLost" and f"livelihood offsets {STREAM}" in result.message,
        f"the load ended with {result.status}: {result.message}",
    )
    raise_alerts(settings)
    outcome.expect(_alerts(settings) == ["open"], f"alerts while stopped: {_alerts(settings)}")


def _judge_way(outcome: Outcome, settings: Settings, inventory: Inventory, option: str) -> None:
    """The command says what it would do, does it with `--yes`, and what is missing is traceable."""
    before = _bookkeeping(settings)
    said = _command(settings, option)
    outcome.expect("LOST" in said and "nothing was done" in said, f"the command said: {said}")
    outcome.expect(_bookkeeping(settings) == before, "it did something without --yes")
    said = _command(settings, option, "--yes")
    outcome.expect("done" in said, f"with --yes the command said: {said}")
    load(settings, STREAM)
    missing = inventory.missing()
    noted = _bookkeeping(settings)
    outcome.expect(len(noted) > len(before), "no gap was noted")
    if option == "--from-earliest":
        count = sum(gap[-1] for gap in noted) - sum(gap[-1] for gap in before)
        outcome.expect(count == len(missing), f"{count} noted as missing, {len(missing)} are")
    raise_alerts(settings)
    outcome.expect(_alerts(settings) == ["cleared"], f"alerts afterwards: {_alerts(settings)}")
    # The sources send again what the command said is lost.
    inventory.send_again(missing)
    load(settings, STREAM)


def _command(settings: Settings, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", RUN_CLI, "offsets", STREAM, *options],
        cwd=ROOT,
        env=process_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def _alerts(settings: Settings) -> list[str]:
    with connect(settings) as connection:
        rows = connection.execute("select state from ops.alert where rule = 'stream_stopped'")
        return [state for (state,) in rows]


def _bookkeeping(settings: Settings) -> list[tuple[int, str, int, int, int]]:
    with connect(settings) as connection:
        return connection.execute(
            "select partition, kind, from_offset, to_offset, coalesce(missing_records, 0)"
            " from ops.offset_gap order by gap_id"
        ).fetchall()


def _cut(settings: Settings) -> None:
    """Remove from each partition what had not been loaded, half of it at most."""
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
    client = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    client.delete_records(cut)
    client.close()


def _make_anew(settings: Settings) -> None:
    topic = load_contract(STREAM).topic
    client = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    client.delete_topics([topic])
    client.close()
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while topic not in create_topics(settings):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Kafka did not delete {topic}")
        time.sleep(0.2)


def _restore_older(environment: FaultEnvironment, meanwhile: Callable[[], None]) -> None:
    """Kafka restored from a backup: what was sent after it is gone, under the same topic id."""
    backup = environment.settings.home / "kafka-backup"
    environment.kafka.stop()
    shutil.copytree(environment.kafka.data_path, backup)
    environment.kafka.start()
    meanwhile()
    environment.kafka.stop()
    shutil.rmtree(environment.kafka.data_path)
    backup.rename(environment.kafka.data_path)
    environment.kafka.start()
