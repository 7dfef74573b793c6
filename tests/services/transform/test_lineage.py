"""A build reports the tables it read and wrote to a collector, and never fails because of it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from livelihood.load import load
from livelihood.publish import load_marts
from livelihood.settings import Settings
from livelihood.transform import build, lineage
from livelihood.transform.dbt import PROJECT
from livelihood.transform.lineage import emit_lineage
from testkit.message_factory import message
from testkit.topics import send
from testkit.webhook import webhook


def told(settings: Settings, **transport: Any) -> Settings:
    return settings.model_copy(update={"lineage_transport": SecretStr(json.dumps(transport))})


def test_a_build_names_the_marts_it_wrote_and_what_it_read(
    platform: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(platform, "employment", [message("employment")])
    load(platform, "employment")
    file = tmp_path / "lineage.ndjson"
    to_file = told(platform, type="file", log_file_path=str(file), append=True)
    build(to_file)
    events = [json.loads(line) for line in file.read_text().splitlines()]
    written = {output["name"] for event in events for output in event.get("outputs", [])}
    read = {table["name"] for event in events for table in event.get("inputs", [])}
    marts = load_marts(platform.dbt_target / "manifest.json")
    # The name of a table is database.schema.table.
    names = {name.split(".", 1)[1] for name in written if "." in name}
    assert {f"marts.{mart.name}" for mart in marts} <= names
    assert any(name.endswith("landing.employment") for name in read)
    assert {event["eventType"] for event in events} >= {"START", "COMPLETE"}
    assert {event["job"]["namespace"] for event in events} == {"livelihood"}

    away = told(platform, type="http", url="http://127.0.0.1:9", timeout=1, retry={"total": 0})
    assert emit_lineage(away, PROJECT, platform.dbt_target) == 0
    assert "was not sent" in caplog.text
    with webhook() as slow, monkeypatch.context() as patched:
        slow.content, slow.seconds_per_byte = b"x" * 60, 1.0
        patched.setattr(lineage, "TIMEOUT_SECONDS", 1.0)
        began = time.monotonic()
        slow_collector = told(platform, type="http", url=slow.http_url)
        assert emit_lineage(slow_collector, PROJECT, platform.dbt_target) == 0
        assert time.monotonic() - began < 8
        assert "no answer in 1 s" in caplog.text
    size = file.stat().st_size
    build(platform, full_refresh=True)
    assert file.stat().st_size == size, "without the setting nothing is reported"
