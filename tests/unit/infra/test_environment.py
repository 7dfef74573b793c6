"""Settings as environment variables: a process started with them reads the same settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from infra.local.airflow_environment import airflow_environment, create_secrets
from infra.local.environment import process_environment, settings_environment
from livelihood.settings import Settings


def create_settings(tmp_path: Path, **values: Any) -> Settings:
    return Settings(_env_file=None, home=tmp_path, **values)


def test_every_kind_of_value_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = create_settings(
        tmp_path,
        kafka_port=1234,
        as_of_date="2023-06-30",
        token_key=SecretStr("secret"),
        alert_urls=["json://127.0.0.1/a", "mailto://x"],
    )
    for name, value in settings_environment(settings, is_producer=True).items():
        monkeypatch.setenv(name, value)
    assert Settings(_env_file=None).model_dump() == settings.model_dump()


def test_process_reads_only_these_settings(tmp_path: Path) -> None:
    settings = create_settings(tmp_path, kafka_port=1234)
    shell = {"LIVELIHOOD_KAFKA_PORT": "9", "LIVELIHOOD_SWEEP_MINUTES": "77", "PATH": "/bin"}
    environment = process_environment(settings, shell)
    program = "from livelihood.settings import Settings; print(Settings().model_dump_json())"
    completed = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Settings.model_validate_json(completed.stdout).kafka_port == 1234
    assert Settings.model_validate_json(completed.stdout).sweep_minutes == settings.sweep_minutes


def test_only_a_producer_gets_the_token_key(tmp_path: Path) -> None:
    settings = create_settings(tmp_path, token_key=SecretStr("secret"))
    shell = {"LIVELIHOOD_TOKEN_KEY": "of the shell"}
    # Empty, so that the process does not read it from an .env file either.
    assert process_environment(settings, shell)["LIVELIHOOD_TOKEN_KEY"] == ""
    assert process_environment(settings, is_producer=True)["LIVELIHOOD_TOKEN_KEY"] == "secret"


def test_airflow_does_not_get_the_token_key(tmp_path: Path) -> None:
    settings = create_settings(tmp_path, token_key=SecretStr("secret"))
    create_secrets(tmp_path)
    assert "secret" not in airflow_environment(settings, tmp_path, tmp_path).values()


def test_compiled_python_files_stay_enabled(tmp_path: Path) -> None:
    environment = process_environment(
        create_settings(tmp_path), {"PYTHONDONTWRITEBYTECODE": "1", "A": "b"}
    )
    assert environment["A"] == "b"
    assert "PYTHONDONTWRITEBYTECODE" not in environment
