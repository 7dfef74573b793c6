"""Log messages of the reader while Kafka is unreachable."""

from __future__ import annotations

import pytest

from livelihood.contracts import load_contract
from livelihood.errors import BrokerUnavailable
from livelihood.kafka.reader import read_batches
from livelihood.settings import Settings


def test_an_unreachable_kafka_is_logged_once_and_nowhere_else(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    away = Settings(_env_file=None, kafka_bootstrap_servers="127.0.0.1:1", retry_seconds=2.0)
    with pytest.raises(BrokerUnavailable, match="sent nothing"):
        list(read_batches(away, load_contract("employment"), {0: 0}, {0: 1}))
    assert [record.message for record in caplog.records if "down" in record.message] == [
        "reading from Kafka: 1/1 brokers are down"
    ]
    assert len(caplog.records) == 1
    assert capfd.readouterr().err == ""
