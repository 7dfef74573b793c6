"""Receivers on a local server: robots are judged by the body of their answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import apprise.plugins.dingtalk
import apprise.plugins.feishu
import apprise.plugins.lark
import apprise.plugins.wecombot
import pytest

from livelihood.alerts.receivers import DeliveryRefused, Destination, open_destination
from livelihood.alerts.splitting import Part
from testkit.webhook import REFUSALS, Receiver, webhook

KEY = "a1b2c3d4e5f6a7b8c9d0"
SECRET = "sec0123456789"
PLUGINS = {
    "wecombot": apprise.plugins.wecombot.NotifyWeComBot,
    "dingtalk": apprise.plugins.dingtalk.NotifyDingTalk,
    "feishu": apprise.plugins.feishu.NotifyFeishu,
    "lark": apprise.plugins.lark.NotifyLark,
}
PART = Part("【红色预警】拖欠工资", "欠 12,500 元\nlivelihood-message: 7")
ACCEPTED = {
    "wecombot": {"errcode": 0, "errmsg": "ok"},
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "feishu": {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}},
    "lark": {"code": 0, "msg": "success"},
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook() as listening:
        yield listening


def robot(
    kind: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, address: str = ""
) -> Destination:
    """Open the destination of a robot whose server is the local receiver."""
    monkeypatch.setattr(PLUGINS[kind], "notify_url", receiver.robot_url(kind))
    return open_destination(1, address or f"{kind}://{KEY}")


def answer(receiver: Receiver, content: Any) -> None:
    receiver.content = content if isinstance(content, bytes) else json.dumps(content).encode()


@pytest.mark.parametrize("kind", PLUGINS)
def test_a_robot_accepts_by_its_code(
    kind: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = robot(kind, receiver, monkeypatch)
    answer(receiver, ACCEPTED[kind])
    destination.send(PART)
    assert receiver.texts == [f"{PART.title}\n{PART.body}"]
    assert KEY in receiver.paths[0]
    answer(receiver, REFUSALS[kind])
    with pytest.raises(DeliveryRefused, match=r"^error code (40058|310000|19024)$"):
        destination.send(PART)


@pytest.mark.parametrize(
    "content", [b"<html>proxy</html>", b"", b"[]", b'{"ok": true}', b"[" * 9_000]
)
def test_an_answer_without_a_code_is_none(
    content: bytes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(receiver, content)
    with pytest.raises(DeliveryRefused, match="an answer without a code"):
        robot("wecombot", receiver, monkeypatch).send(PART)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_robot_refuses_by_its_status(
    status: int, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answer = status
    answer(receiver, {"errcode": 0})
    with pytest.raises(DeliveryRefused, match=f"^HTTP {status}$"):
        robot("dingtalk", receiver, monkeypatch).send(PART)


def test_a_signed_robot_gets_the_signature_encoded_once(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(receiver, {"errcode": 0})
    robot("dingtalk", receiver, monkeypatch, f"dingtalk://{SECRET}@{KEY}").send(PART)
    assert "&sign=" in receiver.paths[0]
    # Base64 of 32 bytes ends in one equals sign.
    assert receiver.paths[0].endswith("%3D")


@pytest.mark.parametrize("kind", [*PLUGINS, "json", "lark-closed"])
def test_no_key_is_logged_or_raised(
    kind: str,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    if kind == "json":
        destination = open_destination(1, f"json://user:{KEY}@127.0.0.1:1/{KEY}")
    else:
        destination = robot(kind.removesuffix("-closed"), receiver, monkeypatch)
    if kind.endswith("closed"):
        object.__setattr__(destination.plugin, "webhook_url", f"http://127.0.0.1:1/{KEY}")
    receiver.answer = 500
    with pytest.raises(DeliveryRefused) as raised:
        destination.send(PART)
    assert KEY not in f"{raised.value} {raised.value.__cause__} {caplog.text} {destination.name}"
    assert destination.name == f"{kind.removesuffix('-closed')} 1"


def test_an_unsupported_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for address in (f"nonsense://{KEY}", f"wecombot://{KEY}!?", f"dingtalk://{KEY}-{KEY}/x"):
        destination = open_destination(3, address)
        assert destination.name == "address 3"
        with pytest.raises(DeliveryRefused, match="apprise supports"):
            destination.send(PART)
    assert KEY not in caplog.text
