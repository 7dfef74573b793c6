"""The example of an .env file, and secrets for one."""

from __future__ import annotations

import base64
from pathlib import Path

from infra.env_example import PATH, SECRETS, fresh_secrets, render
from livelihood.settings import Settings


def test_the_committed_file_is_what_the_settings_say() -> None:
    assert PATH.read_text() == render(), "run: python -m infra.env_example > .env.example"


def test_every_setting_is_there_with_its_description_and_none_is_set() -> None:
    text = render()
    flat = " ".join(text.replace("# ", "").split())
    for name, field in Settings.model_fields.items():
        assert f"# LIVELIHOOD_{name.upper()}=" in text
        assert field.description, f"{name} has no description"
        assert field.description in flat
    assert all(line.startswith("#") for line in text.splitlines() if line)


def test_its_defaults_read_as_settings_are_the_defaults(tmp_path: Path) -> None:
    lines = [line.removeprefix("# ") for line in render().splitlines()]
    settings = [line for line in lines if line.startswith("LIVELIHOOD_") and line[-1] != "="]
    written = tmp_path / ".env"
    written.write_text("\n".join(settings))
    read = Settings(_env_file=written).model_dump(exclude={"home"})
    assert read == Settings(_env_file=None).model_dump(exclude={"home"})


def test_secrets_are_fresh_and_fit_in_a_url() -> None:
    first, second = fresh_secrets(), fresh_secrets()
    assert [line.split("=")[0] for line in first.splitlines()] == list(SECRETS)
    assert not set(first.splitlines()) & set(second.splitlines())
    values = dict(line.split("=", 1) for line in first.splitlines())
    assert len(base64.urlsafe_b64decode(values.pop("AIRFLOW_FERNET_KEY"))) == 32
    assert all(value.isalnum() for value in values.values())
