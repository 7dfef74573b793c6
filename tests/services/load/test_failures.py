"""A load that fails for a reason of its own: reported, stopped the second time, and resumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from confluent_kafka import KafkaException, Producer
from typer.testing import CliRunner

from livelihood.alerts import raise_alerts
from livelihood.cli.main import app
from livelihood.contracts import load_contract
from livelihood.errors import LivelihoodError, LoadFailed
from livelihood.kafka import topic_states
from livelihood.kafka.clients import librdkafka_settings
from livelihood.kafka.reader import read_batches
from livelihood.load import load, replay
from livelihood.load.aside import find_message, set_aside
from livelihood.load.backlog import backlog
from livelihood.settings import Settings
from livelihood.status import Status, read_status
from livelihood.status.model import StreamStatus
from livelihood.warehouse import connect
from testkit.message_factory import message
from testkit.topics import send

STREAM = "employment"
REFUSED = message(STREAM, 2, birth_year=1971)


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def refuse(settings: Settings, code: str) -> None:
    """Let PostgreSQL refuse the birth year 1971 with this SQLSTATE."""
    with connect(settings) as connection:
        connection.execute(
            "create function landing.refuse() returns trigger language plpgsql as $$ begin"
            " if new.birth_year = 1971 then raise exception 'refused' using errcode = '"
            f"{code}'; end if; return new; end $$".encode()
        )
        connection.execute(
            "create trigger refuse before insert on landing.employment"
            " for each row execute function landing.refuse()"
        )


def stream_status(status: Status) -> StreamStatus:
    return next(stream for stream in status.streams if stream.stream == STREAM)


def alert_states(settings: Settings) -> list[tuple[str]]:
    raise_alerts(settings)
    return rows(settings, "select state from ops.alert where rule = 'stream_stopped'")


def offsets_command(settings: Settings, *options: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("livelihood.cli.offsets.get_settings", lambda: settings)
        return CliRunner().invoke(app, ["offsets", STREAM, *options], catch_exceptions=False).output


def test_a_load_that_fails_twice_stops_the_stream_until_the_message_is_set_aside(
    platform: Settings,
) -> None:
    refuse(platform, "23514")
    values = [message(STREAM, 1), REFUSED, message(STREAM, 3)]
    send(platform, STREAM, values, partition=1)
    with pytest.raises(LoadFailed, match=r"CheckViolation in transaction.py, line \d+"):
        load(platform, STREAM)
    assert stream_status(read_status(platform)).stop_reason is None
    assert alert_states(platform) == []

    with pytest.raises(LoadFailed, match="2 times in the same way"):
        load(platform, STREAM)
    status = read_status(platform)
    assert "2 times in the same way" in str(stream_status(status).stop_reason)
    assert not status.is_healthy
    assert alert_states(platform) == [("open",)]

    [(start,)] = rows(
        platform, "select next_offset from ops.stream_offset where partition = 1"
        " and stream = 'employment'",
    )  # fmt: skip
    position = f"1:{start + 1}"
    assert "nothing was done" in offsets_command(platform, "--quarantine", position)
    assert rows(platform, "select * from ops.quarantine") == []
    assert "applied as load" in offsets_command(platform, "--quarantine", position, "--yes")
    quarantined = 'select partition, "offset", value, reasons from ops.quarantine'
    reason = ["set_aside: message: by decision of an operator"]
    assert rows(platform, quarantined) == [(1, start + 1, REFUSED, reason)]
    assert rows(platform, "select _offset from landing.employment") == [(start,)]
    assert alert_states(platform) == [("cleared",)]

    assert load(platform, STREAM).records == 1
    assert backlog(platform)[STREAM] == 0
    assert read_status(platform).issues == ()
    counted = "select sum(records), sum(rejected) from ops.load"
    assert rows(platform, counted) == [(2, 1)]
    # It would stop a replay of everything as well.
    assert replay(platform, STREAM).tried == 0
    with connect(platform) as connection:
        connection.execute("drop trigger refuse on landing.employment")
    assert replay(platform, STREAM, "set_aside").landed == 1


def test_only_a_message_that_waits_can_be_set_aside(platform: Settings) -> None:
    send(platform, STREAM, [message(STREAM)], partition=0)
    end = topic_states(platform, [load_contract(STREAM)])[STREAM].end[0]
    for partition, offset in ((0, end), (0, end - 2), (99, 0)):
        with pytest.raises(LivelihoodError, match="does not wait"):
            find_message(platform, STREAM, partition, offset)
    aside = find_message(platform, STREAM, 0, end - 1)
    set_aside(platform, aside)
    with pytest.raises(LivelihoodError):
        set_aside(platform, aside)
    assert load(platform, STREAM).load_ids == []
    assert rows(platform, "select count(*) from ops.quarantine") == [(1,)]
    with pytest.raises(LivelihoodError, match="such as 3:1024"):
        offsets_command(platform, "--quarantine", "x")


def test_a_value_that_postgresql_refuses_quarantines_its_message_only(platform: Settings) -> None:
    refuse(platform, "22003")
    send(platform, STREAM, [message(STREAM, 1), REFUSED, b"{", message(STREAM, 3)], partition=1)
    report = load(platform, STREAM)
    assert (report.records, report.rejected) == (2, 2)
    reasons = dict(rows(platform, "select value, reasons[1] from ops.quarantine"))
    assert reasons[REFUSED] == (
        "undecodable: row: PostgreSQL refuses a value (NumericValueOutOfRange)"
    )
    assert (replay(platform, STREAM, "undecodable").landed, backlog(platform)[STREAM]) == (0, 0)


def test_a_table_with_other_types_fails_the_load(platform: Settings) -> None:
    with connect(platform) as connection:
        connection.execute("alter table landing.employment alter birth_year type smallint")
    send(platform, STREAM, [message(STREAM, 1), message(STREAM, 2)], partition=1)
    with pytest.raises(LoadFailed):
        load(platform, STREAM)
    assert backlog(platform)[STREAM] == 2


@pytest.fixture
def producer(platform: Settings) -> Iterator[Producer]:
    """A producer whose transactions end with the test: others share the topic."""
    # The role of producers has no right to transactions, but a user of an external Kafka may.
    producer = Producer({**librdkafka_settings(platform, "admin"), "transactional.id": "open"})
    producer.init_transactions(30)
    yield producer
    with suppress(KafkaException):
        producer.abort_transaction(30)


def test_an_open_transaction_holds_up_only_what_follows_it(
    platform: Settings, producer: Producer
) -> None:
    topic = load_contract(STREAM).topic
    send(platform, STREAM, [message(STREAM, 1)], partition=0)
    producer.begin_transaction()
    producer.produce(topic, message(STREAM, 2), partition=0)
    producer.flush(30)
    send(platform, STREAM, [message(STREAM, 3)], partition=0)
    send(platform, STREAM, [message(STREAM, 4)], partition=1)
    opened = topic_states(platform, [load_contract(STREAM)])[STREAM].end[0]

    assert load(platform, STREAM).records == 2
    assert backlog(platform)[STREAM] == 0, "the trigger would start a load every minute"
    [transaction] = stream_status(read_status(platform)).open_transactions
    assert (transaction["partition"], transaction["offset"]) == (0, opened)
    old = platform.model_copy(update={"status_behind_minutes": -1})
    [issue] = [issue for issue in read_status(old).issues if "transaction" in issue]
    where = rf"partition 0: a producer's transaction is open since \d+ s, offset {opened}\b"
    assert re.search(where, issue)

    producer.commit_transaction(30)
    assert load(platform, STREAM).records == 2
    assert stream_status(read_status(platform)).open_transactions == ()


def test_a_batch_ends_at_its_size(platform: Settings) -> None:
    small = platform.model_copy(update={"load_batch_megabytes": 1})
    contract = load_contract(STREAM)
    start = topic_states(platform, [contract])[STREAM].end
    send(platform, STREAM, [b"%d" % n + b"x" * 300_000 for n in range(40)], partition=0)
    end = topic_states(platform, [contract])[STREAM].end
    batches = list(read_batches(small, contract, start, end))
    assert sum(map(len, batches)) == 40
    assert len(batches) >= 10
