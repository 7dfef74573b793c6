"""Output about rejected records names the rule that they broke, never one of their values.

Records are sent as sources send them, with identifiers that become tokens, and directly to Kafka
with identifiers in the wrong places. Afterwards everything that the run wrote is searched: output,
JSON log lines, files in the home folder, reasons, alerts and messages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.environment import process_environment
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import connect
from testkit.message_factory import IDENTITY, NAME, message, row
from testkit.topics import send

STREAM = "employment"
EXAMPLE = ROOT / "producers" / "examples" / "employment.ndjson"
# Invented persons; the last has a wrong check digit.
OTHER_IDENTITY, WRONG_IDENTITY = "52232719790505900X", "522327198308189004"
ACCOUNT = "6222020200012345678"
HOUSEHOLD, EMPLOYER = "H522327EX0", "91522327MAX990020F"
PERSONAL = (IDENTITY, OTHER_IDENTITY, WRONG_IDENTITY, NAME, ACCOUNT, HOUSEHOLD, EMPLOYER)


def misplaced() -> Iterator[bytes]:
    """Yield messages of a foreign producer, with personal values in the wrong places."""
    yield b'{"person_token": "' + IDENTITY.encode()
    yield f"{NAME},{IDENTITY}".encode()
    yield json.dumps(f"{NAME} {IDENTITY}").encode()
    yield message(STREAM, person_token=IDENTITY)
    yield message(STREAM, residence=NAME)
    yield message(STREAM, township_code=IDENTITY)
    yield message(STREAM, contract_version=ACCOUNT)
    yield message(STREAM, effective_date=IDENTITY)
    yield message(STREAM, birth_year=int(IDENTITY[:-1]))
    yield message(STREAM, birth_year=IDENTITY)
    yield message(STREAM, record_id=NAME * 200)
    yield json.dumps(row(STREAM) | {IDENTITY: NAME, NAME: ACCOUNT}).encode()
    yield message(STREAM, source_system=f"{NAME}\n{ACCOUNT}")
    yield message(STREAM, source_system=ACCOUNT)
    yield NAME.encode("gb18030") + IDENTITY.encode()


def run(settings: Settings, *words: str) -> str:
    """Run a command and return everything that it prints and logs."""
    ran = subprocess.run(
        [sys.executable, "-c", "from livelihood.cli import main; main()", *words],
        env=process_environment(settings, is_producer=words[0] == "send"),
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout + ran.stderr


def written(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield every file and ledger row of the platform, except the rejected messages."""
    for path in settings.home.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes().decode(errors="replace")
    queries = {
        "reasons": "select reasons::text from ops.quarantine",
        "alerts": "select a::text from ops.alert a",
        "messages": "select o::text from ops.outbox o",
        "loads": "select l::text from ops.load l",
        "sources": "select s::text from ops.source s",
        "landing": f"select l::text from landing.{STREAM} l",
    }
    with connect(settings) as connection:
        for name, query in queries.items():
            for (text,) in connection.execute(query.encode()):
                yield name, text


@pytest.fixture
def logged(platform: Settings) -> Settings:
    changed = {"log_format": "json", "log_level": "DEBUG"}
    return platform.model_copy(update=changed)


def test_nothing_that_a_run_writes_contains_a_personal_value(
    logged: Settings, tmp_path: Path
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    source = tmp_path / "register.ndjson"
    source.write_text(text + text.splitlines()[0].replace(IDENTITY, WRONG_IDENTITY) + "\n")
    output = run(logged, "send", STREAM, "--from", str(source))
    assert "sent" in output
    wrong = list(misplaced())
    send(logged, STREAM, wrong)
    for words in (["load", STREAM], ["replay", STREAM], ["alert"], ["status"], ["metrics"]):
        output += run(logged, *words)

    with connect(logged) as connection:
        values = [v for (v,) in connection.execute("select value from ops.quarantine")]
        rules = {r for (r,) in connection.execute("select rule from ops.alert")}
    assert len(values) >= len(wrong), "all of them are rejected"
    quarantined = b"".join(values).decode(errors="replace")
    assert IDENTITY in quarantined, "the values that are searched for exist"
    assert "quarantine" in rules
    for where, content in [("output", output), *written(logged)]:
        assert not [value for value in PERSONAL if value in content], where


def test_log_lines_are_json_with_fields(logged: Settings) -> None:
    send(logged, STREAM, [message(STREAM), b"{broken"])
    lines = run(logged.model_copy(update={"log_level": "INFO"}), "load", STREAM).splitlines()
    documents = [json.loads(line) for line in lines if line.startswith("{")]
    [load] = [document for document in documents if "load_id" in document]
    assert load["stream"] == STREAM
    assert (load["records"], load["rejected"]) == (1, 1)
    assert load["level"] == "info"
    assert load["logger"] == "livelihood.load.loader"
    assert load["timestamp"].endswith("Z")


def test_an_error_is_a_json_line_as_well(logged: Settings) -> None:
    [line] = run(logged.model_copy(update={"log_level": "INFO"}), "load", "nothing").splitlines()
    document = json.loads(line)
    assert document["level"] == "error"
    assert "there is no stream 'nothing'" in document["event"]
