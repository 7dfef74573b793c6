"""The state of the platform: health, delay, what is overdue, also with unreachable servers."""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
import sys
import urllib.request
from io import StringIO
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from infra.local.environment import process_environment
from infra.local.kafka import KafkaServer
from livelihood.contracts import load_contracts
from livelihood.kafka.clients import librdkafka_settings
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.status import Status, read_status, render_status
from livelihood.status.metrics import exposition, serve
from testkit.message_factory import message
from testkit.servers import free_ports
from testkit.topics import send
from tests.services.scorecard.published_county import execute

MUST_NOT_BE_IMPORTED = (
    "airflow",
    "alembic",
    "apprise",
    "dbt",
    "great_expectations",
    "jinja2",
    "pandas",
    "polars",
    "pyarrow",
    "sqlalchemy",
)


def samples(settings: Settings) -> dict[tuple[str, str], float]:
    """Return the values by metric and the value of its only label, if it has one."""
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(exposition(settings))
        for sample in family.samples
    }


def shown(state: Status) -> str:
    text = StringIO()
    render_status(state, console=Console(file=text, width=120))
    return text.getvalue()


def age_loads(settings: Settings, hours: int) -> None:
    execute(settings, f"update ops.load set committed_at = now() - interval '{hours} hours'")


def test_status_answers_while_kafka_is_unreachable(published: Settings) -> None:
    unreachable = published.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    state = read_status(unreachable)
    assert [stream.stream for stream in state.streams] == list(load_contracts())
    assert state.streams[0].waiting_records is None
    assert "Kafka" in state.unreachable[0]
    assert not state.is_healthy
    assert state.release is not None
    assert state.release["release_id"] == 7
    assert state.gate is not None
    assert state.gate["verdict"] == "open"
    assert state.open_alerts == {"red": 1, "orange": 0, "yellow": 0}
    values = samples(unreachable)
    assert values["livelihood_kafka_up", ""] == 0
    assert values["livelihood_release_number", ""] == 7
    assert ("livelihood_stream_waiting_records", "employment") not in values


def test_status_without_a_warehouse_is_an_issue(new_settings: Settings) -> None:
    state = read_status(new_settings)
    assert "PostgreSQL" in state.unreachable[0]
    assert "not healthy" in shown(state).splitlines()[0]
    values = samples(new_settings)
    assert values == {("livelihood_healthy", ""): 0, ("livelihood_warehouse_up", ""): 0}


def test_status_prints_for_people_and_for_scripts(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    state = read_status(published)
    assert "release" in shown(state)
    assert "1 red" in shown(state)
    assert "1 targets missed" in shown(state)
    render_status(state, as_json=True)
    fields = json.loads(capsys.readouterr().out)
    assert fields["release"]["as_of_date"] == "2023-06-30"
    # Scripts written for 0.1.0 read these.
    assert (fields["troubles"], fields["problems"]) == (fields["issues"], fields["unreachable"])


def test_a_platform_without_waiting_records_is_healthy(platform: Settings) -> None:
    state = read_status(platform)
    assert state.is_healthy, state.issues
    assert shown(state).splitlines()[0].endswith("nothing published yet, 0 records wait")
    assert {stream.behind_seconds for stream in state.streams} == {0.0}


def test_waiting_records_are_counted_and_the_oldest_is_dated(platform: Settings) -> None:
    send(platform, "employment", [message("employment", n) for n in range(30)])
    [stream] = [s for s in read_status(platform).streams if s.stream == "employment"]
    assert stream.waiting_records == 30
    assert stream.behind_seconds is not None
    assert 0 < stream.behind_seconds < 60
    values = samples(platform)
    assert values["livelihood_stream_waiting_records", "employment"] == 30
    assert 0 < values["livelihood_stream_behind_seconds", "employment"] < 60
    assert values["livelihood_healthy", ""] == 1


def stamp_records_by(settings: Settings, topic: str, kind: str) -> None:
    """Stamp the records of a topic by Kafka (`LogAppendTime`) or by the sender (`CreateTime`)."""
    from confluent_kafka.admin import (
        AdminClient,
        AlterConfigOpType,
        ConfigEntry,
        ConfigResource,
    )

    entry = ConfigEntry("message.timestamp.type", kind, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    client = AdminClient(librdkafka_settings(settings, "admin"))
    for future in client.incremental_alter_configs([resource]).values():
        future.result()


def old_record(settings: Settings, age: dt.timedelta) -> None:
    """Send a record that has waited for `age`, and a new one after it."""
    from confluent_kafka import Producer

    producer = Producer(librdkafka_settings(settings, "producer"))
    at = int((dt.datetime.now(dt.UTC) - age).timestamp() * 1000)
    topic = load_contracts()["training"].topic
    stamp_records_by(settings, topic, "CreateTime")
    try:
        producer.produce(topic, message("training"), partition=1, timestamp=at)
        producer.produce(topic, message("training", 2), partition=1)
        assert producer.flush(30) == 0
    finally:
        stamp_records_by(settings, topic, "LogAppendTime")


def test_records_that_wait_too_long_are_an_issue(platform: Settings) -> None:
    old_record(platform, dt.timedelta(hours=3))
    state = read_status(platform)
    assert any("training is 3 hours behind, 2 records wait" in line for line in state.issues)
    assert read_status(platform.model_copy(update={"status_behind_minutes": 200})).is_healthy
    assert samples(platform)["livelihood_stream_behind_seconds", "training"] > 3 * 3600 - 1


def test_records_that_landed_and_were_never_built_are_an_issue(platform: Settings) -> None:
    send(platform, "training", [message("training")])
    load(platform, "training")
    assert read_status(platform).is_healthy
    age_loads(platform, 5)
    assert any("landed 5 hours ago" in line for line in read_status(platform).issues)
    assert samples(platform)["livelihood_unbuilt_seconds", ""] > 5 * 3600 - 1


def test_a_stopped_stream_is_an_issue(platform: Settings) -> None:
    execute(
        platform,
        "update ops.stream_offset set next_offset = next_offset + 7 where stream = 'training'",
    )
    state = read_status(platform)
    assert any("training is stopped" in line for line in state.issues)
    assert samples(platform)["livelihood_stream_lost", "training"] == 1


DEAD = "insert into ops.outbox (alert_id, event, title, body, dead, last_error) select alert_id,"
FAULTS = {
    "gate is closed": "update ops.gate_result set verdict = 'closed', critical_failed = 2",
    "Build 1 failed": "update ops.build set status = 'failed'",
    "1 alert messages": f"{DEAD} 'opened', '', '', true, 'not taken by json-1' from ops.alert",
}


@pytest.mark.parametrize("words", FAULTS)
def test_each_fault_is_named(published: Settings, kafka: KafkaServer, words: str) -> None:
    before = read_status(published).issues
    execute(published, FAULTS[words])
    new_issues = set(read_status(published).issues) - set(before)
    assert [words in line for line in new_issues] == [True]


def test_messages_without_a_destination_are_no_issue(published: Settings) -> None:
    before = read_status(published).issues
    execute(published, f"{DEAD} 'opened', '', '', true, 'no destination: …' from ops.alert")
    assert read_status(published).issues == before


@pytest.mark.parametrize(("stopped", "is_issue"), [(0, False), (1, True), (2, False)])
def test_half_an_airflow_is_an_issue_and_none_is_a_choice(
    platform: Settings, stopped: int, is_issue: bool
) -> None:
    class Server:
        def __init__(self, number: int) -> None:
            self.is_running, self.address, self.pid = number >= stopped, "", number

    state = read_status(platform, {f"airflow-{n}": Server(n) for n in range(2)})
    assert ("airflow-0 stopped" in str(state.issues)) == is_issue


def run_status(settings: Settings, *options: str) -> tuple[subprocess.CompletedProcess[Any], float]:
    """Run the command in its own process; return the result and the processor seconds it used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = [sys.executable, *options, "-c", "from livelihood.cli import main; main()", "status"]
    environment = process_environment(settings)
    result = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result, seconds


def test_the_exit_code_is_for_scripts(platform: Settings) -> None:
    result, _ = run_status(platform)
    assert (result.returncode, result.stderr) == (0, "")
    assert "healthy" in result.stdout.splitlines()[0]
    old_record(platform, dt.timedelta(hours=3))
    result, _ = run_status(platform)
    assert result.returncode == 2
    assert "not healthy" in result.stdout.splitlines()[0]


def test_status_takes_no_more_than_its_libraries(platform: Settings) -> None:
    """It takes less than a second on an idle machine; here it is compared with its imports."""
    result, _ = run_status(platform, "-X", "importtime")
    imported = {line.split("|")[-1].strip().split(".")[0] for line in result.stderr.splitlines()}
    assert "psycopg" in imported
    assert not imported & set(MUST_NOT_BE_IMPORTED)
    fastest = min(run_status(platform)[1] for _ in range(3))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    needed = "import pydantic_settings, psycopg, kafka.admin, typer, yaml"
    for _ in range(3):
        subprocess.run([sys.executable, "-c", needed], check=True)
    needed_seconds = (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before) / 3
    assert fastest < 2.0 * needed_seconds


def test_served_metrics_are_read_at_every_scrape(platform: Settings) -> None:
    [port] = free_ports(1)
    server, thread = serve(platform, "127.0.0.1", port)
    try:
        for waiting in (0.0, 1.0):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                text = answer.read().decode()
            assert f'livelihood_stream_waiting_records{{stream="training"}} {waiting}' in text
            send(platform, "training", [message("training")])
    finally:
        server.shutdown()
        thread.join()
