"""Each command on a terminal of another encoding, in a closed pipe, and without an output."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from infra.local.environment import process_environment
from livelihood.settings import Settings

COMMANDS = [
    ["--help"],
    ["up", "--help"],
    ["status"],
    ["status", "--json"],
    ["sql", "select * from dim_target limit 3"],
    ["sql", "select * from 没有"],
    ["alerts"],
    ["scorecard"],
    ["releases"],
    ["actions"],
    ["gate", "--report"],
    ["metrics"],
    ["source", "list"],
    ["send", "不存在.csv", "--mapping", "不存在.yaml"],
]
# One process for all: the imports take longer than the commands. The program is ASCII, as Python
# cannot read another one in the locale C.
PROGRAM = f"""
import sys
from livelihood.cli import main
for words in {COMMANDS!a}:
    sys.argv = ["livelihood", *words]
    try:
        main()
    except SystemExit as ending:
        if ending.code not in (0, 1, 2, None):
            raise AssertionError(f"{{words}}: exit code {{ending.code}}")
"""
ENCODINGS = {
    "gbk": {"PYTHONIOENCODING": "gbk"},
    "C": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "zh_CN.GBK": {"LC_ALL": "zh_CN.GBK"},
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_no_command_fails_for_the_encoding(published_platform: Settings, name: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=process_environment(published_platform) | ENCODINGS[name],
        capture_output=True,
        check=False,
    )
    errors = ran.stderr.decode(errors="replace")
    assert (ran.returncode, "Traceback" in errors) == (0, False), errors
    assert b"healthy" in ran.stdout
    if name == "gbk":
        assert "正常" in ran.stdout.decode("gbk")


def test_the_demo_prints_in_any_encoding(published_platform: Settings) -> None:
    program = (
        "from livelihood.cli import demo; from livelihood.scorecard import *\n"
        "show = lambda: render_terminal(read_scorecard(demo.get_settings()))\n"
        "demo.run_command(show)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=process_environment(published_platform) | ENCODINGS["gbk"],
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("words", [["status"], ["sql", "select * from dim_target limit 150"]])
def test_a_reader_that_ends_and_an_output_that_is_closed_are_no_traceback(
    published_platform: Settings, words: list[str]
) -> None:
    command = [sys.executable, "-c", "from livelihood.cli import main; main()", *words]
    environment = process_environment(published_platform)
    read_end, write_end = os.pipe()
    os.close(read_end)
    full = os.open("/dev/full", os.O_WRONLY)
    for output in (write_end, full):
        ran = subprocess.run(
            command, env=environment, stdout=output, stderr=subprocess.PIPE, check=False
        )
        assert b"Traceback" not in ran.stderr
        assert len(ran.stderr.splitlines()) <= 1
        os.close(output)
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command],
        env=environment,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (closed.returncode, closed.stderr) == (0, b"")
