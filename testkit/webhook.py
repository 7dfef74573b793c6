"""A receiver of webhooks on 127.0.0.1 that stores what it gets, or answers with an error."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """URL, status code of its answers, and the notifications it has accepted."""

    url: str = ""
    answer: int = 200
    received: list[dict[str, str]] = field(default_factory=list)

    @property
    def message_ids(self) -> list[int]:
        """Numbers of the messages received, in order, repeated if received twice."""
        numbers: list[int] = []
        for notification in self.received:
            (key,) = re.findall(r"livelihood-message: ([\d,-]+)", notification["message"])
            for part in key.split(","):
                low, _, high = part.partition("-")
                numbers.extend(range(int(low), int(high or low) + 1))
        return numbers


@contextmanager
def webhook() -> Iterator[Receiver]:
    """Yield a receiver that listens until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Store the notification if the answer is 200."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if receiver.answer == 200:
                receiver.received.append(json.loads(body))
            self.send_response(receiver.answer)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Log nothing: the test's output stays readable."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"json://127.0.0.1:{server.server_port}/alerts"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
