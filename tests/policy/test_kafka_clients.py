"""Every Kafka client gets its address and log-in from livelihood.kafka.clients."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.policy.repository import require, text_files

CLIENTS = {
    "KafkaAdminClient", "KafkaConsumer", "KafkaProducer", "AdminClient", "Consumer", "Producer",
    "SerializingProducer", "DeserializingConsumer",
}  # fmt: skip
ADDRESSES = {"bootstrap.servers", "bootstrap_servers"}
DECLARATION = "livelihood/kafka/clients.py"
# The configuration of a Java process, which takes its values from the same place.
JAVA = "bench/experiments/connect/worker.py"
TESTS = ("tests/policy/test_kafka_clients.py", "tests/unit/kafka/test_clients.py")


def violations(name: str, text: str) -> Iterator[str]:
    """Yield where a module creates a client from an address of its own."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name(node.func) in CLIENTS and not node.args:
            if not any(keyword.arg is None for keyword in node.keywords):
                yield f"{name}:{node.lineno}: pass **client_settings(…) to {_name(node.func)}"
        elif isinstance(node, ast.keyword) and node.arg in ADDRESSES:
            yield f"{name}:{node.value.lineno}: use client_settings instead of {node.arg}"
        elif isinstance(node, ast.Constant) and node.value in ADDRESSES:
            yield f"{name}:{node.lineno}: use librdkafka_settings instead of {node.value!r}"


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_clients_connect_with_the_common_settings() -> None:
    modules = {name: text for name, text in text_files() if name.endswith(".py")}
    assert list(violations(DECLARATION, modules[DECLARATION])), "the rule finds nothing"
    for exempt in (DECLARATION, JAVA, *TESTS):
        del modules[exempt]
    require(hit for name, text in modules.items() for hit in violations(name, text))


def test_rule_finds_each_kind_of_client() -> None:
    for text in (
        'Producer({"bootstrap.servers": "a:1"})',
        'KafkaConsumer(bootstrap_servers="a:1")',
        "kafka.KafkaAdminClient()",
    ):
        assert list(violations("x.py", text)), text
    assert not list(violations("x.py", 'Producer({**librdkafka_settings(s, "producer")})'))
