"""The audit fails for a known vulnerability, and never passes without an answer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tools import audit

TODAY = dt.date(2026, 12, 1)
VULNERABLE = {
    "name": "jinja2",
    "version": "2.10",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.11"]}],
}
SAFE: dict[str, Any] = {"name": "rich", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "mine", "skip_reason": "Dependency not found"}


class AdvisoryService(BaseHTTPRequestHandler):
    """The API of OSV: one package is vulnerable."""

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fixed = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.11"}]}
        package = {"name": "jinja2", "ecosystem": "PyPI"}
        advisory = {
            "id": "GHSA-1",
            "aliases": ["CVE-1"],
            "published": "2026-01-01T00:00:00Z",
            "summary": "x",
            "affected": [{"package": package, "ranges": [fixed]}],
        }
        answer = {"vulns": [advisory]} if query["package"]["name"] == "jinja2" else {}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), AdvisoryService) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(f"jinja2==2.10 --hash=sha256:{'0' * 64}\nrich==1.0 --hash=sha256:{'1' * 64}\n")
    monkeypatch.setattr(audit, "REQUIREMENTS", path)
    return path


@pytest.fixture
def ignore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ignored.toml"
    path.write_text('[[ignored]]\nid = "CVE-1"\nreason = "unused"\nuntil = 2026-12-01\n')
    monkeypatch.setattr(audit, "IGNORED", path)
    return path


def stub(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    program = folder / "pip-audit"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(audit, "PROGRAM", program)


def test_a_vulnerability_that_the_service_knows_fails(
    service: str, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main(["--osv-url", service]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "jinja2 2.10: CVE-1, fixed in 2.11",
        "2 packages audited",
    ]
    lock.write_text(f"rich==1.0 --hash=sha256:{'1' * 64}\n")
    assert audit.main(["--osv-url", service]) == 0


def test_a_service_that_cannot_be_reached_is_no_success(
    lock: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert audit.main(["--osv-url", "http://127.0.0.1:1/v1/query"]) == 0
    assert capsys.readouterr().out == "skipped: the advisory service cannot be reached\n"


def test_a_service_that_knows_no_package_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps({"dependencies": [UNKNOWN]})
    stub(monkeypatch, tmp_path, f"echo '{answer}'; echo 'No known vulnerabilities found' >&2")
    assert audit.main([]) == 0
    assert capsys.readouterr().out == "skipped: the advisory service knows none of 1 packages\n"


def test_the_audit_is_bounded_in_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert audit.TIMEOUT_SECONDS <= 60
    monkeypatch.setattr(audit, "TIMEOUT_SECONDS", 1)
    stub(monkeypatch, tmp_path, "exec sleep 30")
    assert audit.main([]) == 0
    assert capsys.readouterr().out == "skipped: no answer within 1 seconds\n"


def test_a_broken_audit_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stub(monkeypatch, tmp_path, "echo 'unrecognized arguments: --x' >&2; exit 2")
    assert audit.main([]) == 2
    assert "unrecognized arguments" in capsys.readouterr().err


def test_an_advisory_is_ignored_until_its_date(
    ignore: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = [VULNERABLE, SAFE, UNKNOWN]
    assert audit.report(packages, TODAY) == 0
    output = capsys.readouterr().out
    assert "jinja2 2.10: PYSEC-1, fixed in 2.11 (ignored: unused)" in output
    assert "unknown to the advisory service: mine\n2 packages audited" in output
    assert audit.report(packages, TODAY + dt.timedelta(days=1)) == 1


def test_committed_exceptions_name_a_reason_and_a_date() -> None:
    assert all(reason.strip() for reason in audit.ignored(dt.date.min).values())
