"""The registry of sources: who may send which records, and with which token key."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from typer.testing import CliRunner

from livelihood.alerts import raise_alerts
from livelihood.cli import sources as commands
from livelihood.cli.main import app
from livelihood.load import load, replay
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.ledger import sources
from livelihood.warehouse.ledger.sources import FIRST_USE, Source
from producers.sender import Sender
from producers.tokens import Tokeniser
from testkit.message_factory import message
from testkit.raw_rows import wage_rows
from testkit.servers import move_home
from testkit.topics import send

STREAM = "wage_payment"
OTHER_KEY = "another key for tests, 32 bytes or more"
KEY, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def explicit(platform: Settings) -> Settings:
    """Settings in which only the operator registers sources."""
    return platform.model_copy(update={"register_sources": "explicit"})


def codes(settings: Settings) -> list[str]:
    """Return the codes of the waiting rejects in the order of arrival."""
    with connect(settings) as connection:
        rows = connection.execute(
            "select split_part(reasons[1], ':', 1) from ops.quarantine"
            ' where replayed_load_id is null order by produced_at, "offset"'
        )
        return [code for (code,) in rows]


def registry(settings: Settings) -> dict[str, Source]:
    with connect(settings) as connection:
        return sources.read(connection)


def sent(settings: Settings, number: int = 1, stream: str = STREAM, **changes: Any) -> list[str]:
    """Send and load one message. Return the codes of all waiting rejects."""
    send(settings, stream, [message(stream, number, **changes)])
    load(settings, stream)
    return codes(settings)


@pytest.fixture
def run(explicit: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a subcommand of `livelihood source` and return its output."""
    monkeypatch.setattr(commands, "get_settings", lambda: explicit)

    def invoke(*words: str) -> str:
        result = CliRunner().invoke(app, ["source", *words], env={"COLUMNS": "200"})
        return result.output + (str(result.exception) if result.exception else "")

    return invoke


def test_records_with_another_token_key_are_quarantined(platform: Settings) -> None:
    """The same persons sent with two keys counted as other people."""
    other = platform.model_copy(
        update={"token_key": Settings(_env_file=None, token_key=OTHER_KEY).token_key}
    )
    rows = wage_rows(20)
    Sender(platform, STREAM).send([rows])
    assert load(platform, STREAM).records == 20
    (key,) = registry(platform)["test"].keys
    assert platform.token_key is not None
    fingerprint = Tokeniser(platform.token_key.get_secret_value().encode()).fingerprint
    assert (key.key_version, key.fingerprint) == (1, fingerprint)
    # A machine of its own, which has not used the first key.
    Sender(move_home(other, platform.home / "other"), STREAM).send([rows])
    report = load(platform, STREAM)
    assert (report.records, report.rejected) == (0, 20)
    assert set(codes(platform)) == {"foreign_token_key"}
    with connect(platform) as connection:
        query = "select count(distinct person_token), count(distinct token_key_fingerprint)"
        assert connection.execute(f"{query} from landing.wage_payment".encode()).fetchone() == (
            20,
            1,
        )


def test_a_first_use_registers_source_stream_and_key_but_no_second_key(
    platform: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert sent(platform, token_key_fingerprint=KEY) == []
    assert "source test registered at its first use: stream wage_payment" in caplog.text
    assert sent(platform, 2, stream="employment", token_key_fingerprint=KEY) == []
    source = registry(platform)["test"]
    assert (source.streams, source.registered_by) == (["employment", STREAM], FIRST_USE)
    assert [(key.key_version, key.fingerprint) for key in source.keys] == [(1, KEY)]
    # One batch with several senders: another key of the source, a new source with a key of its own,
    # an identifier in place of the source, times before and after the end of the tolerance.
    now = dt.datetime.now(dt.UTC)
    batch = [
        message(STREAM, 3, token_key_fingerprint=OTHER),
        message(STREAM, 4, source_system="second", token_key_fingerprint=OTHER),
        message(STREAM, 5, source_system="third", token_key_fingerprint=KEY),
        message(STREAM, 6, source_system="6222020200012345678"),
        message(STREAM, 7, recorded_at=(now + dt.timedelta(hours=23)).isoformat()),
        message(STREAM, 8, recorded_at=(now + dt.timedelta(hours=25)).isoformat()),
    ]
    send(platform, STREAM, batch, partition=0)
    assert load(platform, STREAM).records == 2
    rejected = ["foreign_token_key", "unknown_source", "unknown_source", "future_recorded_at"]
    assert codes(platform) == rejected
    assert set(registry(platform)) == {"test", "third"}
    tolerant = platform.model_copy(update={"future_tolerance_hours": 48.0})
    assert replay(tolerant, STREAM).landed == 1


def test_concurrent_loads_that_register_the_same_source_succeed(platform: Settings) -> None:
    streams = ["employment", "training", "wage_payment", "labour_case"]
    for stream in streams:
        names = (f"source_{number}" for number in range(20))
        send(platform, stream, (message(stream, source_system=name) for name in names))
    with ThreadPoolExecutor(len(streams)) as pool:
        reports = list(pool.map(lambda stream: load(platform, stream), streams))
    assert [(report.records, report.rejected) for report in reports] == [(20, 0)] * len(streams)
    assert {tuple(source.streams) for source in registry(platform).values()} == {
        tuple(sorted(streams))
    }


def test_an_unknown_source_is_quarantined_until_it_is_registered(
    explicit: Settings, run: Callable[..., str]
) -> None:
    assert sent(explicit, token_key_fingerprint=KEY) == ["unknown_source"]
    assert "is registered" in run("add", "test", "--stream", "employment", "--by", "王某")
    assert replay(explicit, STREAM, "unknown_source").landed == 0
    assert codes(explicit) == ["foreign_stream"]
    run("add", "test", "--stream", STREAM, "--fingerprint", OTHER)
    replay(explicit, STREAM)
    assert codes(explicit) == ["foreign_token_key"]
    run("key", "add", "test", "--key-version", "1", "--fingerprint", KEY)
    assert replay(explicit, STREAM, "foreign_token_key").landed == 1
    assert codes(explicit) == []
    assert registry(explicit)["test"].registered_by == "王某"
    # A source may be limited to regions; a county includes its townships.
    run("add", "test", "--region", "522327001")
    known: dict[str, Any] = {"token_key_fingerprint": KEY}
    assert sent(explicit, 2, township_code="522327001", **known) == []
    assert sent(explicit, 3, township_code="522327002", **known) == ["foreign_region"]
    run("add", "test", "--region", "522327")
    assert replay(explicit, STREAM).landed == 1


def test_a_retired_source_is_refused_and_alerts_name_source_and_code(
    explicit: Settings, run: Callable[..., str]
) -> None:
    run("add", "test", "--stream", STREAM)
    assert "is retired" in run("retire", "test", "--by", "李四")
    assert re.search(r"state: retired \S+ by 李四", run("show", "test"))
    assert "already retired" in run("retire", "test")
    assert sent(explicit) == ["unknown_source"]
    raise_alerts(explicit)
    with connect(explicit) as connection:
        alerts = connection.execute(
            "select subject, level, title from ops.alert where rule = 'foreign_source'"
        ).fetchall()
    [(subject, level, title)] = alerts
    assert (subject, level) == ("wage_payment:test:unknown_source", "orange")
    assert "source test were rejected: unknown_source" in title
    run("add", "test")
    assert replay(explicit, STREAM).landed == 1


def test_several_keys_are_valid_during_a_rotation_and_each_has_its_time(
    explicit: Settings, run: Callable[..., str]
) -> None:
    run("add", "test", "--stream", STREAM, "--fingerprint", KEY)
    run("key", "add", "test", "--key-version", "2", "--fingerprint", OTHER)
    old: dict[str, Any] = {"token_key_fingerprint": KEY, "token_key_version": 1}
    new: dict[str, Any] = {"token_key_fingerprint": OTHER, "token_key_version": 2}
    assert sent(explicit, 1, **old) == sent(explicit, 2, **new) == []
    assert sent(explicit, 3, token_key_version=2) == []
    assert "ends at" in run("key", "end", "test", "--key-version", "1", "--by", "李四")
    with connect(explicit) as connection:
        keys = sources.read(connection)["test"].keys
    assert [key.ended_by for key in keys] == ["李四", None]
    assert sent(explicit, 5, **old) == ["foreign_token_key"]
    assert len(sent(explicit, 7, **new)) == 1
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    run("key", "end", "test", "--key-version", "1", "--at", tomorrow.isoformat())
    assert replay(explicit, STREAM).landed == 1


def test_the_commands_show_the_registry_and_refuse_what_does_not_exist(
    explicit: Settings, run: Callable[..., str]
) -> None:
    assert "no source is registered" in run("list")
    assert "name the streams" in run("add", "payroll")
    for words, problem in (
        (("add", "Payroll 1", "--stream", STREAM), "cannot be the name"),
        (("add", "a_123456789", "--stream", STREAM), "eight digits in a row"),
        (("add", "payroll", "--stream", "wages"), "there is no stream 'wages'"),
        (("add", "payroll", "--stream", STREAM, "--region", "1"), "there is no region '1'"),
        (("add", "payroll", "--stream", STREAM, "--fingerprint", "x"), "16 digits"),
        (("show", "payroll"), "there is no source 'payroll'; registered are: none"),
    ):
        assert problem in run(*words)
    assert registry(explicit) == {}
    run("add", "payroll", "--stream", STREAM, "--fingerprint", KEY, "--title", "工资系统")
    output = run("add", "second", "--stream", STREAM, "--fingerprint", OTHER)
    assert "another source has another key" in output
    assert "payroll" in run("list")
    assert KEY in run("list", "--json")
    assert "工资系统" in run("show", "payroll")
    assert KEY in run("show", "payroll")
    assert "no key of version 3" in run("key", "end", "payroll", "--key-version", "3")
    assert "is not a time" in run("key", "end", "payroll", "--key-version", "1", "--at", "soon")
    assert "--key-version 1 --fingerprint " in run("fingerprint")
