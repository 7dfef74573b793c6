"""Jars of Kafka: only files of the lock file are on the class path."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.local import jars
from infra.local.errors import LocalServerError

GOOD = b"a jar"


def locked(content: bytes = GOOD) -> SimpleNamespace:
    digest = hashlib.sha256(content).hexdigest()
    return SimpleNamespace(
        groupId="org.example", artifactId="tool", version="1", packaging="jar", sha256=digest
    )


@pytest.fixture
def responses(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the list of responses of the repository, one per download."""
    contents: list[bytes] = []

    def download(dependency: SimpleNamespace, folder: Path) -> Path:
        path = folder / "download"
        path.write_bytes(contents.pop(0))
        return path

    monkeypatch.setattr(jars, "_download", download)
    return contents


def test_jar_is_downloaded_once(tmp_path: Path, responses: list[bytes]) -> None:
    responses.append(GOOD)
    assert jars._fetch(locked(), tmp_path).read_bytes() == GOOD
    assert jars._fetch(locked(), tmp_path) == tmp_path / "tool-1.jar"
    assert [path.name for path in tmp_path.iterdir()] == ["tool-1.jar"]


def test_damaged_jar_is_downloaded_again(tmp_path: Path, responses: list[bytes]) -> None:
    (tmp_path / "tool-1.jar").write_bytes(b"half a")
    responses.append(GOOD)
    assert jars._fetch(locked(), tmp_path).read_bytes() == GOOD


def test_file_with_another_hash_is_refused(tmp_path: Path, responses: list[bytes]) -> None:
    responses.append(b"something else")
    with pytest.raises(LocalServerError, match=r"tool-1.jar is not the file"):
        jars._fetch(locked(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_lock_file_has_the_versions_and_hashes_and_no_host() -> None:
    text = jars.LOCK_PATH.read_text()
    entries = jars._locked(jars.LOCK_PATH)
    assert {entry.version for entry in entries if entry.groupId == "org.apache.kafka"} == {
        jars.COORDINATES[0].rsplit(":", 1)[1]
    }
    assert all(re.fullmatch("[0-9a-f]{64}", entry.sha256) for entry in entries)
    assert "//" not in text
    assert any(entry.artifactId == "log4j-slf4j-impl" for entry in entries)
