"""A temporary warehouse for each test of publication, and candidates to publish in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from testkit.candidates import Candidates
from testkit.databases import temporary_database


@pytest.fixture
def warehouse(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    with temporary_database(settings, postgres) as temporary:
        yield temporary


@pytest.fixture
def candidates(warehouse: Settings, tmp_path: Path) -> Candidates:
    return Candidates(warehouse, tmp_path)
