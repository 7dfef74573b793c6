"""The secrets of the containers: created once, private, and adopted from an earlier .env."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from urllib.parse import quote

import pytest

from infra import container_secrets
from infra.container_secrets import (
    SECRETS,
    USER_FOR_ROOT,
    USER_VARIABLE,
    create_secrets,
    former_variables,
    main,
)
from infra.local.errors import LocalServerError
from livelihood.settings import Settings

OPTIONAL = {"alert_urls", "lineage_transport"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_secrets_are_created_once_and_differ_everywhere(folder: Path, environment: Path) -> None:
    assert create_secrets(folder, environment) == list(SECRETS)
    first = contents(folder)
    assert {name for name, value in first.items() if not value} == OPTIONAL
    assert len(base64.urlsafe_b64decode(first["airflow_fernet_key"])) == 32
    for name in OPTIONAL:
        del first[name]
    assert len(set(first.values())) == len(first)
    assert all(len(value) >= 44 for value in first.values())
    (folder / "token_key").unlink()
    assert create_secrets(folder, environment) == ["token_key"]
    second = contents(folder)
    assert second["token_key"] != first.pop("token_key")
    assert first.items() <= second.items()


def test_only_the_owner_can_read_them(folder: Path, environment: Path) -> None:
    folder.mkdir(mode=0o755)
    (folder / "token_key").write_text("a key of the operator, readable by all")
    (folder / "token_key").chmod(0o644)
    create_secrets(folder, environment)
    assert (folder / "token_key").read_text() == "a key of the operator, readable by all"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(environment.stat().st_mode) == 0o600


def test_the_containers_run_as_the_owner_of_the_files(folder: Path, environment: Path) -> None:
    environment.write_text("LIVELIHOOD_LOG_LEVEL=DEBUG")
    for _ in range(2):
        create_secrets(folder, environment)
        user = os.geteuid() or USER_FOR_ROOT
        lines = environment.read_text().splitlines()
        assert lines == ["LIVELIHOOD_LOG_LEVEL=DEBUG", f"{USER_VARIABLE}={user}"]
        assert {path.stat().st_uid for path in folder.iterdir()} == {user}


@pytest.mark.parametrize("user", ["0", "x", "-1"])
def test_a_user_that_cannot_own_the_files_is_refused(
    user: str, folder: Path, environment: Path
) -> None:
    environment.write_text(f"{USER_VARIABLE}={user}\n")
    with pytest.raises(LocalServerError, match=f"{USER_VARIABLE} in .env is {user}, but"):
        create_secrets(folder, environment)
    assert not folder.exists()


def test_another_user_than_the_owner_is_refused(
    folder: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.write_text(f"{USER_VARIABLE}=1001\n")
    monkeypatch.setattr(os, "geteuid", lambda: 1002)
    with pytest.raises(LocalServerError, match="would belong to user 1002"):
        create_secrets(folder, environment)


def test_values_of_an_earlier_env_file_are_adopted(folder: Path, environment: Path) -> None:
    environment.write_text("WAREHOUSE_PASSWORD='a$@/b'\nLIVELIHOOD_TOKEN_KEY=k\nPOSTGRES_PORT=1\n")
    create_secrets(folder, environment)
    secrets = contents(folder)
    assert secrets["warehouse_password"] == "a$@/b"
    assert secrets["token_key"] == "k"
    assert f"livelihood:{quote('a$@/b', safe='')}@postgres/livelihood" in secrets["warehouse_url"]
    assert former_variables(environment) == ["WAREHOUSE_PASSWORD", "LIVELIHOOD_TOKEN_KEY"]


def test_settings_read_the_files(
    folder: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_secrets(folder, environment)
    for name in ("warehouse_url", "token_key", *OPTIONAL):
        monkeypatch.setenv(f"LIVELIHOOD_{name.upper()}_FILE", str(folder / name))
    settings = Settings(_env_file=None)
    assert settings.warehouse_url
    assert settings.warehouse_url.get_secret_value() == (folder / "warehouse_url").read_text()
    assert settings.alert_urls == []
    assert settings.lineage_transport is None


def test_the_command_names_secrets_and_shows_none(
    folder: Path,
    environment: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment.write_text("KAFKA_ADMIN_PASSWORD=an-old-password\n")
    monkeypatch.setattr(container_secrets, "FOLDER", folder)
    monkeypatch.setattr(container_secrets, "ENVIRONMENT", environment)
    assert main() == 0
    assert main() == 0
    output = capsys.readouterr().out
    assert "created in secrets/: postgres_password, warehouse_password" in output
    assert "created in secrets/: nothing, all exist" in output
    assert "no longer read KAFKA_ADMIN_PASSWORD from .env" in output
    assert not [value for value in contents(folder).values() if value and value in output]
