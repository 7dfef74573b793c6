"""A receiver of webhooks on 127.0.0.1 that stores what it gets, refuses it, or answers slowly."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Answers of chat robots, which refuse messages with status 200.
REFUSALS = {
    "wecombot": {"errcode": 40058, "errmsg": "content exceed max length."},
    "dingtalk": {"errcode": 310000, "errmsg": "keywords not in content"},
    "feishu": {"code": 19024, "msg": "Key Words Not Found", "data": {}},
    "lark": {"code": 19024, "msg": "Key Words Not Found", "data": {}},
}
ROBOT_PATHS = {
    "wecombot": "/cgi-bin/webhook/send?key={key}",
    "dingtalk": "/robot/send?access_token={token}",
    "feishu": "/open-apis/bot/v2/hook/{token}/",
    "lark": "/open-apis/bot/v2/hook/",
}


@dataclass
class Receiver:
    """URL, answer, and the requests it has accepted.

    `answer` is the status and `content` the body of its answers, sent with `seconds_per_byte`.
    """

    url: str = ""
    http_url: str = ""
    answer: int = 200
    content: bytes = b""
    seconds_per_byte: float = 0.0
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """Texts of the notifications, whichever the format of the receiver."""
        return [_text(notification) for notification in self.received]

    @property
    def message_ids(self) -> list[int]:
        """Numbers of the messages received, in order, repeated if received twice."""
        numbers: list[int] = []
        for text in self.texts:
            (key,) = re.findall(r"livelihood-message: ([\d,-]+)", text)
            for part in key.split(","):
                low, _, high = part.partition("-")
                numbers.extend(range(int(low), int(high or low) + 1))
        return numbers

    def robot_url(self, kind: str) -> str:
        """Return the `notify_url` of apprise's plugin that sends a robot's messages here."""
        return self.http_url + ROBOT_PATHS[kind]


def _text(notification: dict[str, Any]) -> str:
    if "message" in notification:
        return str(notification["message"])
    text = notification.get("content") or notification["text"]
    return str(text.get("text") or text.get("content"))


@contextmanager
def webhook() -> Iterator[Receiver]:
    """Yield a receiver that listens until the block ends."""
    receiver = Receiver()
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Store the notification if the answer is 200."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.paths.append(self.path)
            if receiver.answer == 200:
                receiver.received.append(json.loads(body))
            self.send_response(receiver.answer)
            self.send_header("Content-Length", str(len(receiver.content)))
            self.end_headers()
            if not receiver.seconds_per_byte:
                self.wfile.write(receiver.content)
                return
            for byte in receiver.content:
                if stopped.wait(receiver.seconds_per_byte):
                    return
                self.wfile.write(bytes([byte]))

        def log_message(self, *arguments: object) -> None:
            """Log nothing: the test's output stays readable."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.http_url = f"http://127.0.0.1:{server.server_port}"
    receiver.url = f"json://127.0.0.1:{server.server_port}/alerts"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
