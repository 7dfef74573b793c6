"""Receivers of messages: chat robots, whose answer is judged by its body, and apprise's others.

A robot of WeCom, DingTalk or Feishu answers 200 to a message that it refuses, with an error code in
the body, and apprise judges the status only. Messages to robots are therefore sent here; apprise
reads their addresses. No log line contains an address, because its key would be in it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from livelihood.alerts.splitting import Part

logger = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 64 * 1024
# Below this limit apprise splits messages, such as for SMS.
MIN_LIMIT_BYTES = 500
# A robot's success, and the keys under which robots answer it.
SUCCESS = 0
CODE_KEYS = ("errcode", "code", "StatusCode")
Request = tuple[str, dict[str, Any]]


class DeliveryRefused(Exception):
    """A receiver did not accept a message; the text has no address."""


class _Robot(NamedTuple):
    max_bytes: int
    request: Callable[[Any, str], Request]


def _wecom(plugin: Any, text: str) -> Request:  # noqa: ANN401 - plugins of apprise have no types
    return plugin.api_url, {"msgtype": "text", "text": {"content": text}}


def _dingtalk(plugin: Any, text: str) -> Request:  # noqa: ANN401 - as above
    url = plugin.notify_url.format(token=plugin.token)
    if plugin.secret:
        # The signature is encoded for a URL already.
        timestamp, signature = plugin.get_signature()
        url += f"&timestamp={timestamp}&sign={signature}"
    mentioned = {"atMobiles": plugin.targets, "isAtAll": False}
    return url, {"msgtype": "text", "text": {"content": text}, "at": mentioned}


def _feishu(plugin: Any, text: str) -> Request:  # noqa: ANN401 - as above
    url = plugin.notify_url.format(token=plugin.token)
    return url, {"msg_type": "text", "content": {"text": text}}


def _lark(plugin: Any, text: str) -> Request:  # noqa: ANN401 - as above
    return plugin.webhook_url, {"msg_type": "text", "content": {"text": text}}


# By the class of apprise's plugin. Limits by the documentation of the receivers: WeCom 2,048 bytes
# of text (developer.work.weixin.qq.com/document/path/91770), DingTalk 20,000 bytes and Feishu 20 KB
# of request (open.dingtalk.com/document/robots/custom-robot-access,
# open.feishu.cn/document/client-docs/bot-v3/add-custom-bot), half of which escaping may take.
ROBOTS = {
    "NotifyWeComBot": _Robot(2_048, _wecom),
    "NotifyDingTalk": _Robot(9_500, _dingtalk),
    "NotifyFeishu": _Robot(9_500, _feishu),
    "NotifyLark": _Robot(9_500, _lark),
}


@dataclass(frozen=True)
class Destination:
    """A destination of messages.

    `key` identifies it in the outbox, `name` in messages for people; neither contains a secret. An
    address that apprise does not support has no plugin.
    """

    key: str
    name: str
    plugin: Any

    @cached_property
    def max_bytes(self) -> int | None:
        """Bytes of title and text of one message; None if apprise splits them."""
        if robot := self._robot:
            return robot.max_bytes
        # apprise counts characters, which are at most as many.
        limit = getattr(self.plugin, "body_maxlen", 0)
        return limit if limit >= MIN_LIMIT_BYTES else None

    @property
    def _robot(self) -> _Robot | None:
        return ROBOTS.get(type(self.plugin).__name__)

    def send(self, part: Part) -> None:
        """Send a part of a message. Raise DeliveryRefused unless the receiver accepts it."""
        if self.plugin is None:
            raise DeliveryRefused("its address is not one that apprise supports")
        try:
            if robot := self._robot:
                _post(*robot.request(self.plugin, f"{part.title}\n{part.body}"))
            elif not self.plugin.notify(
                title=part.title, body=part.body, body_format="text", overflow="split"
            ):
                raise DeliveryRefused("apprise reports a failure")
        except DeliveryRefused:
            raise
        except Exception as error:  # plugins may raise any error, with the address in its text
            raise DeliveryRefused(type(error).__name__) from None


def open_destination(number: int, url: str) -> Destination:
    """Return the destination of an address, the `number`-th of the settings."""
    # Importing apprise takes 0.25 s, and most runs have nothing to send.
    import apprise
    from apprise.logger import LOGGER_NAME

    # apprise logs complete addresses, some of them as errors.
    logging.getLogger(LOGGER_NAME).setLevel(logging.CRITICAL + 1)
    # urllib3 logs the path of each request at level DEBUG.
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    plugin = apprise.Apprise.instantiate(url)
    kind = type(plugin).__name__.removeprefix("Notify").lower() if plugin else "address"
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return Destination(f"{url.split(':', 1)[0]}-{digest}", f"{kind} {number}", plugin)


def _post(url: str, content: dict[str, Any]) -> None:
    """Post to a robot and raise DeliveryRefused unless its answer reports success."""
    import requests

    with requests.post(
        url,
        data=json.dumps(content, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
        timeout=(4.0, 10.0),
        allow_redirects=False,
        stream=True,
    ) as response:
        if response.status_code != requests.codes.ok:
            raise DeliveryRefused(f"HTTP {response.status_code}")
        answer = response.raw.read(MAX_ANSWER_BYTES, decode_content=True)
    code = _code(answer)
    if code != SUCCESS:
        raise DeliveryRefused("an answer without a code" if code is None else f"error code {code}")


def _code(answer: bytes) -> int | None:
    """Return the code of a robot's answer; None if it has none, such as the page of a proxy."""
    try:
        fields = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    codes = [fields[key] for key in CODE_KEYS if isinstance(fields.get(key), int)]
    return next((code for code in codes if code != SUCCESS), codes[0] if codes else None)
