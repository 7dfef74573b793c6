"""The whole platform in a home folder of its own, Airflow included, and a receiver for alerts."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infra.local.stack import Stack
from livelihood.kafka import create_topics
from livelihood.settings import Settings
from livelihood.warehouse import migrate
from tests.services.conftest import free_ports, make_settings

AS_OF = dt.date(2022, 12, 31)
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests in this folder run the whole platform."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


class Webhook:
    """Receives what apprise sends, on a port of its own."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        received = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append(json.loads(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        [port] = free_ports(1)
        self.server = HTTPServer(("127.0.0.1", port), Handler)
        self.url = f"json://127.0.0.1:{port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def webhook() -> Iterator[Webhook]:
    """Where the platform sends its alerts."""
    receiver = Webhook()
    yield receiver
    receiver.server.shutdown()


@pytest.fixture(scope="module")
def platform(webhook: Webhook) -> Iterator[Settings]:
    """Settings of a running platform in which nothing has happened yet."""
    home = Path(tempfile.mkdtemp(prefix="livelihood-"))
    settings = make_settings(home).model_copy(
        update={"as_of_date": AS_OF, "alert_urls": [webhook.url], "sweep_minutes": 30}
    )
    stack = Stack(settings)
    try:
        stack.up(airflow=False)
        migrate(settings)
        create_topics(settings)
        stack.up(airflow=True)
        yield settings
    finally:
        stack.down()
        shutil.rmtree(home, ignore_errors=True)
