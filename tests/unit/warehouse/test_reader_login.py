"""How a reader logs in: with its own name and password, never with those of the owner."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from livelihood.errors import WarehouseUnavailable
from livelihood.settings import Settings
from livelihood.warehouse import connect

OWNER = "postgresql://livelihood:{}@db.example.org:5433/figures?sslmode=verify-full"
WORDS = ("owners", "readers")


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The parameters of each attempt to connect; all attempts are refused."""
    attempts: list[dict[str, Any]] = []

    def refuse(address: str, **_: object) -> None:
        attempts.append(dict(conninfo_to_dict(address)))
        raise psycopg.OperationalError("refused")

    monkeypatch.setattr(psycopg, "connect", refuse)
    return attempts


def settings(url: str | None, **values: object) -> Settings:
    return Settings(_env_file=None, warehouse_url=url, retry_seconds=0.01, **values)


def test_an_external_server_receives_the_password_of_the_reader(
    addresses: list[dict[str, Any]],
) -> None:
    external = settings(OWNER.format(WORDS[0]), analyst_password=WORDS[1])
    with pytest.raises(WarehouseUnavailable, match="LIVELIHOOD_ANALYST_PASSWORD") as raised:
        connect(external, role="analyst")
    assert addresses[0] == {
        "user": "analyst",
        "password": WORDS[1],
        "host": "db.example.org",
        "port": "5433",
        "dbname": "figures",
        "sslmode": "verify-full",
        "options": "-c search_path=published -c statement_timeout=600s",
    }
    assert not any(word in str(raised.value) for word in WORDS)


def test_the_password_of_the_owner_is_not_sent_for_a_reader(
    addresses: list[dict[str, Any]],
) -> None:
    with pytest.raises(WarehouseUnavailable, match="LIVELIHOOD_CASEWORKER_PASSWORD"):
        connect(settings(OWNER.format(WORDS[0])), role="caseworker")
    assert addresses[0]["user"] == "caseworker"
    assert "password" not in addresses[0]


def test_an_analyst_on_another_machine_uses_the_given_address(
    addresses: list[dict[str, Any]],
) -> None:
    url = OWNER.format(WORDS[1]).replace("livelihood:", "analyst:")
    with pytest.raises(WarehouseUnavailable):
        connect(settings(url), role="analyst")
    assert (addresses[0]["user"], addresses[0]["password"]) == ("analyst", WORDS[1])


def test_the_embedded_server_needs_no_password(addresses: list[dict[str, Any]]) -> None:
    with pytest.raises(WarehouseUnavailable, match="start it with `livelihood up`"):
        connect(settings(None), role="analyst")
    assert addresses[0]["user"] == "analyst"
    assert "password" not in addresses[0]
