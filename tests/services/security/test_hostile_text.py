"""Text of people and records tries to act as markup, control sequence, formula, log line or script.

Each command that prints data runs on a warehouse whose names, notes, reasons and reports are such
text. It must print the text, end as usual, and let nothing of it act.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from infra.local.environment import process_environment, settings_environment
from infra.local.postgres import PostgresServer
from livelihood.cli.main import main
from livelihood.settings import Settings, get_settings
from livelihood.warehouse import connect
from testkit.databases import temporary_database
from testkit.marts import create_marts, insert_rows
from tests.services.scorecard.published_county import publish_county

FORGED = "livelihood: the gate is open"
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"=[/x] [red]\x1b]0;title\x07\x1b[2J\u202e\x9b31m{SCRIPT}\r\n{FORGED}"
# Control characters except the line break.
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
CHECK = {
    "id": HOSTILE,
    "title": HOSTILE,
    "title_zh": HOSTILE,
    "success": False,
    "message": HOSTILE,
    "observed": HOSTILE,
    "expected": HOSTILE,
    "sample": [{HOSTILE: HOSTILE, "township_code": "522327001"}],
    "table": HOSTILE,
    "exception": HOSTILE,
}
REPORT = {"suites": [{"name": "warning", "severity": "warning", "checks": [CHECK]}]}
TEXTS = {
    "published.dim_region": ("name_zh", "name_en"),
    "published.dim_plan": ("name_zh", "name_en"),
    "published.dim_target": ("name_zh", "name_en", "section", "owner", "supporting", "note"),
    "ops.alert": ("title", "owner", "handling_note", "acknowledged_by", "subject"),
}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def hostile(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    """A published county whose texts are all hostile."""
    with temporary_database(settings, postgres) as database:
        publish_county(database)
        with connect(database) as connection:
            create_marts(connection, "published", ("action_list", "dim_monitor"))
            monitors = [("wages", HOSTILE)]
            insert_rows(connection, "published.dim_monitor", ("monitor_code", "name_zh"), monitors)
            columns = ("monitor_code", "region_code", "subject", "owner", "reason_code")
            row = ("wages", "522327001", HOSTILE, HOSTILE, HOSTILE)
            insert_rows(connection, "published.action_list", columns, [row])
            for table, names in TEXTS.items():
                assignments = ", ".join(f"{name} = %(text)s" for name in names)
                connection.execute(f"update {table} set {assignments}".encode(), {"text": HOSTILE})
            detail = {"title_zh": HOSTILE, "title_en": HOSTILE, "summary_zh": HOSTILE}
            connection.execute("update ops.alert set detail = %s", [Jsonb(detail)])
            connection.execute("update ops.gate_result set report = %s", [Jsonb(REPORT)])
            connection.execute("grant usage on schema published to analyst, caseworker")
            connection.execute(
                "grant select on all tables in schema published to analyst, caseworker"
            )
        yield database


@pytest.fixture
def run(
    hostile: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run the command line in this process; return the exit code, stdout and stderr."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for name, value in settings_environment(hostile, is_producer=True).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "250")
    get_settings.cache_clear()

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["livelihood", *words])
        with pytest.raises(SystemExit) as ending:
            main()
        return (int(ending.value.code or 0), *capsys.readouterr())

    yield command
    get_settings.cache_clear()
    root.handlers[:] = handlers
    root.setLevel(level)


def harmless(text: str) -> str:
    """Return the text after checks that nothing in it acts."""
    assert not CONTROL.search(text.replace("\r\n", "\n").removeprefix("\ufeff"))
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["alerts", "--all"], 0),
        (["sql", "select * from dim_target limit 2"], 0),
        (["sql", "select 1 as \"[/x]\x1b[2J\""], 0),
        (["scorecard"], 0),
        (["status"], 2),
        (["gate", "--report"], 0),
        (["releases"], 0),
        (["actions"], 0),
        (["actions", "--monitor", "wages"], 0),
    ],
)  # fmt: skip
def test_text_of_data_does_not_act_on_the_terminal(run: Run, words: list[str], code: int) -> None:
    exit_code, out, err = run(*words)
    assert exit_code == code, err
    harmless(err)
    lines = [line.strip() for line in harmless(out).splitlines()]
    assert not any(line.startswith(FORGED) for line in lines)
    if words[0] not in ("releases", "status"):
        assert "[/x]" in out


@pytest.mark.parametrize(
    "words",
    [
        ["sql", "select '[/x]\x1b[2J\n" + FORGED + "'::integer"],
        ["load", HOSTILE],
        ["replay", HOSTILE],
        ["template", HOSTILE],
        ["scorecard", "--plan", HOSTILE + "?"],
        ["scorecard", "--township", HOSTILE + "?"],
        ["actions", "--monitor", HOSTILE + "?"],
        ["send", "employment", "--from", HOSTILE],
        ["form", "--plan", HOSTILE, "--quarter", "2022-03", "--office", HOSTILE, "--to", "x.xlsx"],
        ["alerts", "--csv", f"/nowhere/{HOSTILE}"],
    ],
)
def test_an_error_that_repeats_text_is_one_error(run: Run, words: list[str]) -> None:
    exit_code, out, err = run(*words)
    assert exit_code in (1, 2)
    harmless(out)
    lines = harmless(err).splitlines()
    assert not any(line.startswith(FORGED) for line in lines), err
    assert sum(line.startswith("livelihood: ") for line in lines) == 1


@pytest.mark.parametrize(
    "words",
    [["alerts"], ["actions", "--monitor", "wages"], ["sql", f"select '{HOSTILE}' as \"=1+1\""]],
)
def test_exports_have_no_formula_and_json_has_every_character(run: Run, words: list[str]) -> None:
    code, out, err = run(*words, "--csv", "-")
    assert code == 0, err
    rows = csv.reader(io.StringIO(harmless(out).removeprefix("\ufeff"), newline=""))
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("'=[/x]") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]
    code, out, err = run(*words, "--json")
    assert code == 0, err
    assert HOSTILE in [value for row in json.loads(harmless(out)) for value in row.values()]


def test_pages_have_no_script(run: Run, tmp_path: Path) -> None:
    for words in (["scorecard", "--html"], ["gate", "--report", "--html"]):
        page = tmp_path / f"{words[0]}.html"
        assert run(*words, str(page))[0] == 0
        text = page.read_text(encoding="utf-8")
        assert SCRIPT not in text
        assert "&lt;script&gt;alert(1)" in text
        assert not CONTROL.search(text)


def test_status_as_json_and_metrics(run: Run) -> None:
    _, out, _ = run("status", "--json")
    assert json.loads(harmless(out))["overdue_titles"] == [HOSTILE]
    code, out, _ = run("metrics")
    assert code == 0
    assert 'livelihood_alerts_active{level="red"} 1.0' in harmless(out)


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_a_terminal_without_unicode_prints(hostile: Settings, encoding: str) -> None:
    program = "from livelihood.cli import main; main()"
    for words, code in (["scorecard"], 0), (["status"], 2):
        ran = subprocess.run(
            [sys.executable, "-c", program, *words],
            env=process_environment(hostile) | {"PYTHONIOENCODING": encoding, "LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (code, b"")
        assert ran.stdout.decode(encoding)
