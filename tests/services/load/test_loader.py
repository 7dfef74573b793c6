"""The loader: every record lands or is quarantined exactly once; nothing is skipped silently."""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any

import psycopg
import pytest

from livelihood.contracts import load_contract
from livelihood.errors import BrokerUnavailable, LoadFailed, LoadFenced, OffsetsLost, StageBusy
from livelihood.kafka import create_topics, topic_states
from livelihood.kafka.admin import admin_client
from livelihood.load import load, replay, wait_for_loads
from livelihood.load.backlog import backlog
from livelihood.load.transaction import Load
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease
from testkit.message_factory import message, row, token
from testkit.topics import send

STREAM = "employment"


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


BAD = {
    "broken_json": b"{broken",
    "wrong_type": message(STREAM, birth_year="x"),
    "missing": message(STREAM, status=None),
    "unknown_field": message(STREAM, colour="red"),
    "check_digit": message(STREAM, person_token="invalid-" + token("x")),
    "unknown_reference": message(STREAM, township_code="999999999"),
    "too_large": b'{"record_id":"' + b"x" * 2_000_000 + b'"}',
    "empty": b"",
    "tombstone": None,
    "wrong_encoding": message(STREAM).replace(b"urban", "农村".encode("gb18030")),
    "unknown_version": message(STREAM, contract_version="7.0.0"),
    "duplicate_key": message(STREAM)[:-1] + b',"revision":2}',
}


def test_bad_records_are_quarantined_with_position_and_reason_and_good_ones_land(
    platform: Settings,
) -> None:
    mixed = [value for bad in BAD.values() for value in (bad, message(STREAM))]
    send(platform, STREAM, mixed, partition=2)
    report = load(platform, STREAM)
    assert (report.records, report.rejected) == (len(BAD), len(BAD))
    quarantined = rows(
        platform,
        'select reasons[1], stream, partition, value from ops.quarantine order by "offset"',
    )
    assert [reason.split(":")[0] for reason, *_ in quarantined] == list(BAD)
    assert {(stream, partition) for _, stream, partition, _ in quarantined} == {(STREAM, 2)}
    assert [value for *_, value in quarantined] == list(BAD.values())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_paid_fen": -5}, "below_minimum: amount_paid_fen"),
        ({"paid_date": "1922-02-15"}, "below_minimum: paid_date"),
        ({"paid_date": "2000-02-15"}, "paid_near_due"),
    ],
)
def test_impossible_payments_are_quarantined(
    platform: Settings, changes: dict[str, Any], code: str
) -> None:
    send(platform, "wage_payment", [message("wage_payment", **changes)])
    load(platform, "wage_payment")
    [(reason,)] = rows(platform, "select reasons[1] from ops.quarantine")
    assert reason.startswith(code)


def test_a_second_load_finds_nothing(platform: Settings) -> None:
    send(platform, STREAM, [message(STREAM, number) for number in range(50)])
    assert backlog(platform)[STREAM] == 50
    assert load(platform, STREAM).records == 50
    assert load(platform, STREAM).load_ids == []
    assert backlog(platform)[STREAM] == 0


def test_transactions_are_cut_at_their_limit_and_load_ids_grow(platform: Settings) -> None:
    send(platform, STREAM, [message(STREAM, number) for number in range(100)])
    small = platform.model_copy(update={"load_batch_records": 10, "load_transaction_records": 30})
    report = load(small, STREAM)
    assert report.records == 100
    assert len(report.load_ids) >= 3
    assert report.load_ids == sorted(report.load_ids)
    assert rows(platform, "select count(distinct _load_id) from landing.employment")[0][0] >= 3


def test_records_that_arrive_during_a_load_are_left_for_the_next(platform: Settings) -> None:
    """The offsets of a load never pass records that it did not read, while the topic grows."""
    small = platform.model_copy(update={"load_batch_records": 200})
    rounds, burst = 60, 100

    def produce() -> None:
        for number in range(rounds):
            send(platform, STREAM, (message(STREAM, number * burst + n) for n in range(burst)))

    producer = threading.Thread(target=produce)
    producer.start()
    landed = 0
    while producer.is_alive():
        landed += load(small, STREAM).records
    landed += load(small, STREAM).records
    assert landed == rounds * burst
    assert backlog(platform)[STREAM] == 0


def test_replay_lands_records_that_are_valid_now_and_leaves_the_others(
    platform: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = message(STREAM, township_code="888888888")
    send(platform, STREAM, [unknown, b"{broken"], partition=1)
    load(platform, STREAM)
    import polars as pl

    regions = {"regions.region_code": pl.Series(["888888888"])}
    monkeypatch.setattr("livelihood.load.quarantine.references", lambda: regions)
    report = replay(platform, STREAM)
    assert (report.tried, report.landed, report.remaining) == (2, 1, 1)
    [(load_id, offset)] = rows(platform, "select _load_id, _offset from landing.employment")
    assert load_id == report.load_id
    marks = 'select replayed_load_id, "offset" from ops.quarantine order by "offset"'
    assert rows(platform, marks) == [(load_id, offset), (None, offset + 1)]
    assert replay(platform, STREAM).landed == 0


def test_replay_can_be_limited_to_a_reason(platform: Settings) -> None:
    send(platform, STREAM, [b"{broken", b""])
    load(platform, STREAM)
    assert replay(platform, STREAM, "empty").tried == 1


def test_a_second_loader_is_rejected(platform: Settings) -> None:
    send(platform, STREAM, [message(STREAM)])
    with (
        connect(platform) as other,
        lease(other, "load", STREAM),
        pytest.raises(StageBusy, match="another process"),
    ):
        load(platform, STREAM)
    assert load(platform, STREAM).records == 1


def test_waiting_for_running_loads_ends_at_its_timeout(platform: Settings) -> None:
    assert wait_for_loads(platform, 5)
    with connect(platform) as other, lease(other, "load", STREAM):
        assert not wait_for_loads(platform, 0.2)
        waiting = threading.Thread(target=wait_for_loads, args=(platform, 30))
        waiting.start()
        assert waiting.is_alive()
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_loader_whose_offsets_were_moved_writes_nothing(platform: Settings) -> None:
    contract = load_contract(STREAM)
    state = topic_states(platform, [contract])[STREAM]
    with connect(platform) as connection:
        zombie = Load(connection, contract, dict(state.end))
        with connect(platform) as other:
            other.execute("update ops.stream_offset set next_offset = next_offset + 1")
        zombie.position = {part: end + 1 for part, end in state.end.items()}
        with pytest.raises(LoadFenced, match="nothing was written twice"):
            zombie.finish(state.topic_id)
        connection.rollback()
    assert rows(platform, "select * from ops.load") == []


def test_a_loader_that_was_overtaken_while_it_read_copies_nothing(platform: Settings) -> None:
    contract = load_contract(STREAM)
    start = dict(topic_states(platform, [contract])[STREAM].end)
    send(platform, STREAM, [message(STREAM)])
    assert load(platform, STREAM).records == 1
    with connect(platform) as connection, pytest.raises(LoadFenced, match="nothing was written"):
        Load(connection, contract, start)


def test_offsets_lost_to_retention_stop_the_stream(platform: Settings) -> None:
    with connect(platform) as connection:
        connection.execute("update ops.stream_offset set next_offset = -5 where partition = 0")
    send(platform, STREAM, [message(STREAM)])
    with pytest.raises(OffsetsLost, match="partition 0: offsets -5 to"):
        load(platform, STREAM)


def test_a_topic_created_again_stops_the_stream(platform: Settings) -> None:
    contract = load_contract("social_insurance")
    with admin_client(platform) as client:
        client.delete_topics([contract.topic])
    for _ in range(50):
        if contract.topic in create_topics(platform):
            break
    send(platform, contract.name, [message(contract.name)])
    with pytest.raises(OffsetsLost, match="created again"):
        load(platform, contract.name)


def test_an_unreachable_kafka_is_reported(platform: Settings) -> None:
    away = platform.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    with pytest.raises(BrokerUnavailable, match="livelihood up"):
        load(away, STREAM)


def test_a_row_that_the_table_rejects_rolls_the_load_back(platform: Settings) -> None:
    with connect(platform) as connection:
        connection.execute("alter table landing.employment add check (birth_year <> 1971)")
    send(platform, STREAM, [message(STREAM), message(STREAM, 2, birth_year=1971)])
    with pytest.raises(LoadFailed, match="CheckViolation") as failed:
        load(platform, STREAM)
    assert isinstance(failed.value.__cause__, psycopg.errors.CheckViolation)
    assert rows(platform, "select count(*) from landing.employment") == [(0,)]
    assert backlog(platform)[STREAM] == 2


def test_landed_values_equal_sent_values(platform: Settings) -> None:
    sent = row(STREAM, 7, recorded_at="2022-03-01T16:00:00.123456+08:00", end_date="2022-05-01")
    send(platform, STREAM, [json.dumps(sent).encode()])
    load(platform, STREAM)
    names = ", ".join(sent)
    [values] = rows(platform, f"select {names} from landing.employment")
    landed = dict(zip(sent, values, strict=True))
    assert landed["recorded_at"] == dt.datetime.fromisoformat(sent["recorded_at"])
    assert str(landed["end_date"]) == "2022-05-01"
    unconverted = set(sent) - {"recorded_at", "end_date", "effective_date"}
    assert {name: landed[name] for name in unconverted} == {
        name: sent[name] for name in unconverted
    }
