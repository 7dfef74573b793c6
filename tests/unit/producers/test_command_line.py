"""Commands: what they send, what they print, and how they fail."""

from __future__ import annotations

import csv
import importlib
import sys
from pathlib import Path

import pytest
import yaml

import producers.__main__
from livelihood.cli import app, main
from livelihood.settings import ROOT, Settings
from testkit.workbooks import sheet_xml, write_workbook
from tests.unit.producers.memory_kafka import MemoryKafka, use_settings

EXAMPLES = ROOT / "producers" / "examples"


@pytest.fixture(autouse=True)
def _own_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    use_settings(monkeypatch, settings)


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Run a command and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["livelihood", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


def test_the_examples_are_sent_completely(
    kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = EXAMPLES / "wage_payroll.mapping.yaml"
    source = EXAMPLES / "wage_payroll.csv"
    assert run(monkeypatch, "send", "wage_payment", "--from", source, "--mapping", mapping) == 0
    assert run(monkeypatch, "send", "employment", "--from", EXAMPLES / "employment.ndjson") == 0
    documents = kafka.documents()
    assert [d["amount_due_fen"] for d in documents[:6]] == [
        620_000, 580_000, 605_050, 490_000, 210_000, 450_000,
    ]  # fmt: skip
    assert "paid_date" not in documents[2]
    assert [d["status"] for d in documents[6:]] == ["employed", "employed", "unemployed"]
    assert "wage_payment" in capsys.readouterr().out


@pytest.mark.parametrize("mapping", sorted(EXAMPLES.glob("*.mapping.yaml")), ids=lambda p: p.name)
def test_every_example_is_sent_without_a_reject(
    kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch, mapping: Path
) -> None:
    stream = yaml.safe_load(mapping.read_text(encoding="utf-8"))["stream"]
    source = mapping.with_name(mapping.name.replace(".mapping.yaml", ".csv"))
    assert run(monkeypatch, "send", stream, "--from", source, "--mapping", mapping) == 0
    assert kafka.documents()


def test_all_sheets_are_sent_by_option_and_others_are_noted(
    kafka: MemoryKafka,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    text = (EXAMPLES / "wage_payroll.csv").read_text(encoding="gb18030")
    header, *rows = map(list[object], csv.reader(text.splitlines()))
    sheets = {"一班组": sheet_xml([header, *rows[:2]]), "二班组": sheet_xml([header, *rows[2:]])}
    path = write_workbook(tmp_path / "a.xlsx", sheets | {"说明": sheet_xml([["说明"]])})
    words = ("send", "wage_payment", "--from", path)
    mapping = ("--mapping", EXAMPLES / "wage_payroll.mapping.yaml")
    assert run(monkeypatch, *words, *mapping) == 1
    assert "same header: 一班组, 二班组" in capsys.readouterr().err
    assert run(monkeypatch, *words, *mapping, "--all-sheets") == 0
    assert len(kafka.messages) == len(rows)
    assert "note: sheets with another header were not read: 说明" in capsys.readouterr().out


def test_rejected_rows_show_in_the_exit_code(
    kafka: MemoryKafka,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    text = (EXAMPLES / "employment.ndjson").read_text(encoding="utf-8")
    path = tmp_path / "a.ndjson"
    path.write_text(text.replace('"employed"', '"working"'), encoding="utf-8")
    assert run(monkeypatch, "send", "employment", "--from", path) == 3
    assert "rejects/employment-" in capsys.readouterr().out
    assert len(kafka.messages) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["send", "employmnt", "--from", "x.csv"], "there is no stream 'employmnt'"),
        (["send", "employment", "--from", "x.csv"], "there is no file x.csv"),
        (["simulate", "--from", "2022"], "'2022' is not a month"),
        (["simulate", "--from", "2022-02", "--to", "2022-01"], "is before"),
        (["simulate", "--truth", "t.parquet", "--as-of", "today"], "'today' is not a day"),
        (["simulate", "--area", "atlantis"], "no simulator profile 'atlantis'"),
    ],
)
def test_errors_are_one_line_and_exit_code_1(
    words: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, *words) == 1
    error = capsys.readouterr().err
    assert error.startswith("livelihood: ")
    assert sentence in error
    assert error.count("\n") == 1


def test_help_and_templates(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--help") == 0
    assert run(monkeypatch, "template", "wage_payment", "--header") == 0
    assert "identity_number,employer_code" in capsys.readouterr().out
    names = {getattr(command.callback, "__name__", None) for command in app.registered_commands}
    assert {"simulate", "send", "template", "form"} <= names
    assert producers.__main__.app is app


def test_an_interrupted_command_says_that_committed_work_remains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(stream: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("livelihood.contracts.load_contract", interrupt)
    assert run(monkeypatch, "template", "wage_payment") == 130
    assert capsys.readouterr().err == "livelihood: stopped; what was committed stays\n"


def test_a_wrong_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module("livelihood.cli.main")
    monkeypatch.setattr(module, "get_settings", lambda: Settings(retry_seconds="secret"))
    assert run(monkeypatch, "template", "wage_payment") == 1
    error = capsys.readouterr().err
    assert error.startswith("livelihood: setting LIVELIHOOD_RETRY_SECONDS: ")
    assert "secret" not in error
