"""Audit of the locked requirements: report known vulnerabilities, and fail unless one is ignored.

``python -m tools.audit`` asks pip-audit's advisory service; with ``--osv-url`` a mirror of OSV. An
audit that no service answered is reported as skipped, because it proves nothing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from livelihood.settings import ROOT

REQUIREMENTS = ROOT / "requirements.txt"
IGNORED = ROOT / ".ci" / "ignored_advisories.toml"
PROGRAM = Path(sys.executable).with_name("pip-audit")
TIMEOUT_SECONDS = 60
# What pip-audit prints if its service does not answer or answers with an error.
UNREACHABLE = re.compile(r"requests\.exceptions\.|ConnectionError|ServiceError|HTTPError")


class AuditSkipped(Exception):
    """No advisory service answered."""


class AuditFailed(Exception):
    """The audit itself is broken."""


def query(options: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the service knows of each package.

    Raises AuditSkipped if it does not answer in time, and AuditFailed for any other error.
    """
    command = [str(PROGRAM), "--requirement", str(REQUIREMENTS), "--disable-pip"]
    command += ["--require-hashes", "--format", "json", "--desc", "off"]
    command += ["--progress-spinner", "off", *options]
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise AuditSkipped(f"no answer within {TIMEOUT_SECONDS} seconds") from None
    try:
        packages: list[dict[str, Any]] = json.loads(ran.stdout)["dependencies"]
    except json.JSONDecodeError:
        if UNREACHABLE.search(ran.stderr):
            raise AuditSkipped("the advisory service cannot be reached") from None
        raise AuditFailed(ran.stderr.strip() or f"exit code {ran.returncode}") from None
    if all("skip_reason" in package for package in packages):
        # pip-audit calls this success.
        raise AuditSkipped(f"the advisory service knows none of {len(packages)} packages")
    return packages


def ignored(today: dt.date) -> dict[str, str]:
    """Return the reason why each advisory is ignored today."""
    entries = tomllib.loads(IGNORED.read_text(encoding="utf-8")).get("ignored", [])
    return {entry["id"]: entry["reason"] for entry in entries if entry["until"] >= today}


def findings(packages: Sequence[dict[str, Any]]) -> Iterator[tuple[set[str], str]]:
    """Yield the ids and the description of each vulnerability."""
    for package in packages:
        for vulnerability in package.get("vulns", []):
            advisory, versions = vulnerability["id"], vulnerability["fix_versions"]
            fixed = ", ".join(versions) or "no version yet"
            where = f"{package['name']} {package['version']}"
            yield {advisory, *vulnerability["aliases"]}, f"{where}: {advisory}, fixed in {fixed}"


def report(packages: Sequence[dict[str, Any]], today: dt.date) -> int:
    """Print all vulnerabilities. Return 1 if one of them is not ignored."""
    reasons = ignored(today)
    failed = 0
    for ids, text in findings(packages):
        reason = next((reasons[name] for name in sorted(ids & reasons.keys())), None)
        sys.stdout.write(f"{text}{f' (ignored: {reason})' if reason else ''}\n")
        failed = failed or int(reason is None)
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        sys.stdout.write(f"unknown to the advisory service: {', '.join(unknown)}\n")
    sys.stdout.write(f"{len(packages) - len(unknown)} packages audited\n")
    return failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the requirements. Return 1 for a vulnerability, 2 if the audit is broken."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit", description=__doc__)
    parser.add_argument("--osv-url", help="address of a service with the API of OSV")
    url = parser.parse_args(arguments).osv_url
    try:
        packages = query(["--vulnerability-service", "osv", "--osv-url", url] if url else [])
    except AuditSkipped as reason:
        sys.stdout.write(f"skipped: {reason}\n")
        return 0
    except AuditFailed as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return report(packages, dt.datetime.now(dt.UTC).date())


if __name__ == "__main__":
    sys.exit(main())
