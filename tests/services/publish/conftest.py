"""A warehouse of its own for each test of publication, and candidates to publish in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from tests.services.own_database import own_database
from tests.services.publish.hand_made_candidates import Candidates


@pytest.fixture
def warehouse(settings: Settings, postgres: PostgresServer) -> Iterator[Settings]:
    with own_database(settings, postgres) as own:
        yield own


@pytest.fixture
def candidates(warehouse: Settings, tmp_path: Path) -> Candidates:
    return Candidates(warehouse, tmp_path)
