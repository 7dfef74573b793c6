"""Delivery to a real webhook: each message once, with retries and a last attempt."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from apprise.plugins.wecombot import NotifyWeComBot
from pydantic import SecretStr

from livelihood.alerts import deliver, outbox, raise_alerts
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from testkit.webhook import REFUSALS, Receiver, webhook
from tests.services.alerts.monitored_county import County

DUE_NOW = "update ops.outbox set next_attempt_at = now() where sent_at is null"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook() as listening:
        yield listening


def with_urls(county: County, *urls: str) -> Settings:
    return county.settings.model_copy(update={"alert_urls": [SecretStr(url) for url in urls]})


def raise_some(county: County, count: int) -> list[int]:
    """Open `count` alerts, one per township, and return the ids of their messages."""
    county.arrears(*((f"P{n}", f"e{n}", f"522327{n:03}", n) for n in range(1, count + 1)))
    raise_alerts(county.settings)
    return [row[0] for row in county.rows("select message_id from ops.outbox order by 1")]


def test_each_message_arrives_once(county: County, receiver: Receiver) -> None:
    sent = raise_some(county, 3)
    settings = with_urls(county, receiver.url)
    report = deliver(settings)
    assert (report.sent, report.notifications) == (3, 3)
    assert deliver(settings).sent == 0
    assert receiver.message_ids == sent
    assert receiver.received[0]["title"].startswith("【黄色预警】者楼街道拖欠工资")
    assert "劳动监察机构" in receiver.received[0]["message"]


def test_many_messages_are_one_digest_with_the_most_severe_first(
    county: County, receiver: Receiver
) -> None:
    sent = raise_some(county, 12)
    report = deliver(with_urls(county, receiver.url))
    assert (report.sent, report.notifications) == (12, 1)
    assert receiver.message_ids == sent
    (digest,) = receiver.received
    assert digest["title"] == "民生监测预警 12 条（红 3、黄 9；解除 0）| 12 alerts"
    lines = digest["message"].splitlines()
    assert lines[0] == "■ 劳动监察机构"
    assert [line[:3] for line in lines[1:13]] == ["【红色"] * 3 + ["【黄色"] * 9


def test_failed_delivery_is_retried_later(county: County, receiver: Receiver) -> None:
    sent = raise_some(county, 2)
    settings = with_urls(county, receiver.url)
    receiver.answer = 503
    assert deliver(settings).failed == 2
    receiver.answer = 200
    assert deliver(settings).sent == 0, "not before the time of the next attempt"
    county.execute(DUE_NOW)
    assert deliver(settings).sent == 2
    assert receiver.message_ids == sent


def test_unreachable_destination_causes_no_duplicates_elsewhere(
    county: County, receiver: Receiver
) -> None:
    sent = raise_some(county, 2)
    with webhook() as broken:
        broken.answer = 500
        settings = with_urls(county, receiver.url, broken.url)
        assert deliver(settings).failed == 2
        county.execute(DUE_NOW)
        broken.answer = 200
        assert deliver(settings).sent == 2
        assert broken.message_ids == sent
    assert receiver.message_ids == sent


def test_message_is_dead_after_the_last_attempt(county: County, receiver: Receiver) -> None:
    raise_some(county, 1)
    receiver.answer = 500
    settings = with_urls(county, receiver.url)
    reports = []
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        reports.append(deliver(settings))
        county.execute(DUE_NOW)
    assert [report.dead for report in reports][-2:] == [1, 0]
    ((attempts, error),) = county.rows("select attempts, last_error from ops.outbox where dead")
    assert attempts == outbox.MAX_ATTEMPTS
    assert error == "not accepted by json 1 (apprise reports a failure)"


def test_concurrent_deliveries_send_each_message_once(county: County, receiver: Receiver) -> None:
    sent = raise_some(county, 5)
    settings = with_urls(county, receiver.url)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(deliver, [settings] * 4))
    assert sum(report.sent for report in reports) == 5
    assert receiver.message_ids == sent


def test_crash_between_send_and_commit_sends_again_with_the_same_key(
    county: County, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = raise_some(county, 1)
    settings = with_urls(county, receiver.url)

    def die(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_record_results", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(settings)
    assert deliver(settings).sent == 1
    assert receiver.message_ids == sent * 2, "the key lets a receiver drop the second one"


def test_messages_without_a_destination_are_closed(county: County, receiver: Receiver) -> None:
    raise_some(county, 2)
    assert deliver(county.settings).without_destination == 2
    assert deliver(with_urls(county, receiver.url)).sent == 0
    assert receiver.received == []


def test_unsupported_address_is_named_without_being_shown(
    county: County, receiver: Receiver
) -> None:
    sent = raise_some(county, 1)
    with pytest.raises(LivelihoodError, match="address 1 of LIVELIHOOD_ALERT_URLS") as raised:
        deliver(with_urls(county, "nonsense://secret", receiver.url))
    assert "secret" not in str(raised.value)
    assert receiver.message_ids == sent, "the other destination has its messages"


def test_a_robot_that_refuses_with_status_200_has_got_nothing(
    county: County, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NotifyWeComBot, "notify_url", receiver.robot_url("wecombot"))
    raise_some(county, 102)
    settings = with_urls(county, "wecombot://a1b2c3")
    receiver.content = json.dumps(REFUSALS["wecombot"]).encode()
    report = deliver(settings)
    assert (report.sent, report.failed, report.is_failure) == (0, 102, True)
    ((error,),) = county.rows("select distinct last_error from ops.outbox")
    assert error == "not accepted by wecombot 1 (error code 40058)"
    receiver.content = b'{"errcode": 0}'
    receiver.received.clear()
    county.execute(DUE_NOW)
    report = deliver(settings)
    assert (report.sent, report.failed, report.is_failure) == (102, 0, False)
    assert len(receiver.received) > 1
    assert max(len(text.encode()) for text in receiver.texts) <= 2_048


def test_a_slow_receiver_delays_neither_the_others_nor_the_caller(
    county: County, receiver: Receiver
) -> None:
    sent = raise_some(county, 2)
    with webhook() as slow:
        slow.content, slow.seconds_per_byte = b"x" * 60, 1.0
        settings = with_urls(county, slow.url, receiver.url).model_copy(
            update={"alert_timeout_seconds": 1.5}
        )
        began = time.monotonic()
        report = deliver(settings)
        assert time.monotonic() - began < 4
        assert receiver.message_ids == sent
        assert (report.sent, report.failed, report.is_failure) == (0, 2, False)
        ((error,),) = county.rows("select distinct last_error from ops.outbox")
        assert error == "not accepted by json 1 (no answer in time)"
        county.execute(DUE_NOW)
        slow.seconds_per_byte = 0.0
        assert deliver(settings).sent == 2
    assert receiver.message_ids == sent, "once"
