"""Messages reach a real webhook: each once, retried when it fails, given up in the end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from livelihood.alerts import deliver, outbox, raise_alerts
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from testkit.webhook import Receiver, webhook
from tests.services.alerts.monitored_county import County

DUE_NOW = "update ops.outbox set next_attempt_at = now() where sent_at is null"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook() as listening:
        yield listening


def with_urls(county: County, *urls: str) -> Settings:
    return county.settings.model_copy(update={"alert_urls": list(urls)})


def raise_some(county: County, count: int) -> list[int]:
    """Open that many alerts, one a township; returns the numbers of their messages."""
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


def test_many_messages_are_one_digest_with_the_worst_first(
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


def test_a_failing_receiver_is_tried_again_later(county: County, receiver: Receiver) -> None:
    sent = raise_some(county, 2)
    settings = with_urls(county, receiver.url)
    receiver.answer = 503
    assert deliver(settings).failed == 2
    receiver.answer = 200
    assert deliver(settings).sent == 0, "not before the time of the next attempt"
    county.execute(DUE_NOW)
    assert deliver(settings).sent == 2
    assert receiver.message_ids == sent


def test_a_destination_that_is_down_does_not_repeat_messages_to_the_others(
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


def test_a_message_nobody_takes_is_given_up_and_says_why(
    county: County, receiver: Receiver
) -> None:
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
    assert error.startswith("not taken by json-")
    assert "127.0.0.1" not in error, "an address may hold a secret"


def test_two_deliveries_at_once_send_each_message_once(county: County, receiver: Receiver) -> None:
    sent = raise_some(county, 5)
    settings = with_urls(county, receiver.url)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(deliver, [settings] * 4))
    assert sum(report.sent for report in reports) == 5
    assert receiver.message_ids == sent


def test_dying_between_send_and_commit_sends_again_under_the_same_key(
    county: County, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = raise_some(county, 1)
    settings = with_urls(county, receiver.url)

    def die(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_settle", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(settings)
    assert deliver(settings).sent == 1
    assert receiver.message_ids == sent * 2, "the key lets a receiver drop the second one"


def test_without_a_destination_messages_do_not_pile_up(county: County, receiver: Receiver) -> None:
    raise_some(county, 2)
    assert deliver(county.settings).without_destination == 2
    assert deliver(with_urls(county, receiver.url)).sent == 0
    assert receiver.received == []


def test_an_address_apprise_does_not_know_is_named_without_being_shown(county: County) -> None:
    with pytest.raises(LivelihoodError, match="Address 1 of LIVELIHOOD_ALERT_URLS") as raised:
        deliver(with_urls(county, "nonsense://secret"))
    assert "secret" not in str(raised.value)
