"""Settings: wrong values in one sentence without the value, secrets from files, unknown names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local.environment import process_environment
from livelihood.errors import SettingInvalid
from livelihood.setting_sources import secret_names, unknown_variables, variable, warnings
from livelihood.settings import ROOT, Settings

SECRET = "s3cr3t-4711"
NUMBERS = [
    name
    for name, field in Settings.model_fields.items()
    if field.annotation in (int, float, int | None, float | None)
]
# A wrong value of each other setting; a text may have any value.
WRONG = {
    "warehouse_url": [f"localhost:{SECRET}", f"mysql://u:{SECRET}@h/d", f"postgresql://u:{SECRET}"],
    "kafka_bootstrap_servers": [SECRET, f"{SECRET}:9092, h:9092"],
    "as_of_date": [SECRET],
    "alert_urls": [SECRET, f'"{SECRET}"', f'["{SECRET}"', f'{{"{SECRET}": 1}}', "[1, 2]"],
    "lineage_transport": [SECRET, f'["{SECRET}"]'],
    "log_format": [SECRET],
    "log_level": [SECRET],
    "kafka_security_protocol": [SECRET],
    "kafka_sasl_mechanism": [SECRET],
    "register_sources": [SECRET],
} | {name: [SECRET, "-1"] for name in NUMBERS}
TEXTS = {
    "home", "token_key", "record_key", "sources_file", "analyst_password", "caseworker_password",
    "quarantine_keeper_password",
    "kafka_username", "kafka_password", "kafka_ca_file", "kafka_client_certificate",
    "kafka_client_key",
}  # fmt: skip


def read(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """Read settings from environment variables."""
    for name, value in values.items():
        monkeypatch.setenv(variable(name), value)
    return Settings(_env_file=None)


def test_every_setting_has_a_wrong_value_in_this_test() -> None:
    assert set(WRONG) | TEXTS == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_one_sentence_without_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingInvalid) as raised:
        read(monkeypatch, **{name: value})
    message = str(raised.value)
    assert message.startswith(f"setting {variable(name)}: ")
    assert "\n" not in message
    assert SECRET not in message
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.argv = ['livelihood', 'status']; from livelihood.cli import main; main()",
        "from livelihood.settings import get_settings; get_settings()",
    ],
)
def test_no_process_prints_a_wrong_value(tmp_path: Path, program: str) -> None:
    environment = process_environment(Settings(_env_file=None, home=tmp_path)) | {
        "LIVELIHOOD_ALERT_URLS": f"wecom://{SECRET}",
        "LIVELIHOOD_AS_OF_DATE": SECRET,
    }
    outcome = subprocess.run(
        [sys.executable, "-c", program],
        env=environment, capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert outcome.returncode == 1
    assert "setting LIVELIHOOD_ALERT_URLS: must be a JSON list" in outcome.stderr
    assert SECRET not in outcome.stdout + outcome.stderr
    if "get_settings" not in program:
        assert len(outcome.stderr.splitlines()) == 1


def test_addresses_and_passwords_are_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgresql://owner:{SECRET}@db.example.org/livelihood"
    settings = read(monkeypatch, warehouse_url=url, alert_urls=json.dumps([f"wecom://{SECRET}"]))
    for text in (
        repr(settings),
        str(settings),
        str(settings.model_dump()),
        settings.model_dump_json(),
    ):
        assert SECRET not in text
    assert settings.database_url(driver="postgresql+psycopg") == url.replace("ql:", "ql+psycopg:")
    assert {"warehouse_url", "alert_urls", "token_key", "lineage_transport"} <= set(
        secret_names(Settings)
    )


@pytest.mark.parametrize("name", secret_names(Settings))
def test_every_secret_is_read_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    content = {
        "warehouse_url": "postgresql://u:p@h/d",
        "alert_urls": '["json://127.0.0.1/key"]',
        "lineage_transport": '{"type": "console"}',
    }.get(name, SECRET)
    file = tmp_path / "secret"
    file.write_text(f"{content}\n")
    by_variable = read(monkeypatch, **{name: content})
    monkeypatch.delenv(variable(name))
    assert read(monkeypatch, **{f"{name}_file": str(file)}) == by_variable
    assert getattr(by_variable, name)
    with pytest.raises(SettingInvalid, match=f"{variable(name)}_FILE are both given: remove one"):
        read(monkeypatch, **{name: content})


def test_an_unreadable_secret_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(SettingInvalid, match=r"ANALYST_PASSWORD_FILE: .*missing .*No such"):
        read(monkeypatch, analyst_password_file=missing)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingInvalid, match="not UTF-8"):
        read(monkeypatch, analyst_password_file=str(tmp_path / "binary"))


def test_the_environment_overrides_the_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret, env_file = tmp_path / "secret", tmp_path / ".env"
    secret.write_text("of the file")
    env_file.write_text(f"LIVELIHOOD_ANALYST_PASSWORD_FILE={secret}\n")

    def password() -> str | None:
        value = Settings(_env_file=env_file).analyst_password
        return value.get_secret_value() if value else None

    assert password() == "of the file"
    monkeypatch.setenv("LIVELIHOOD_ANALYST_PASSWORD", "of the shell")
    assert password() == "of the shell"
    # A process of the platform exports an empty text for each setting without a value.
    monkeypatch.setenv("LIVELIHOOD_ANALYST_PASSWORD", "")
    assert password() is None


def test_an_env_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"LIVELIHOOD_LOG_LEVEL=\xff\xfe\n")
    with pytest.raises(SettingInvalid, match=r"the file \.env cannot be read: it is not UTF-8"):
        Settings(_env_file=tmp_path / ".env")


def test_unknown_variables_are_listed_with_the_nearest_name() -> None:
    names = [
        "PATH",
        "LIVELIHOOD_HOME",
        "livelihood_home",
        "LIVELIHOOD_DBT_HOST",
        "LIVELIHOOD_TOKEN_KEY_FILE",
        "LIVELIHOOD_ALERT_URL",
        "LIVELIHOOD_XYZZY_1234567",
    ]
    assert unknown_variables(Settings, names) == {
        "LIVELIHOOD_ALERT_URL": "LIVELIHOOD_ALERT_URLS",
        "LIVELIHOOD_XYZZY_1234567": None,
    }


@pytest.mark.parametrize("source", ["environment", "env file"])
def test_a_process_warns_of_an_unknown_variable_once(tmp_path: Path, source: str) -> None:
    environment = process_environment(Settings(_env_file=None, home=tmp_path))
    line = ("LIVELIHOOD_SWEEP_MINUTE", "7")
    program = "from livelihood import settings\n"
    if source == "environment":
        environment |= dict([line])
    else:
        (tmp_path / ".env").write_text("=".join(line))
        program += f"from pathlib import Path; settings.ROOT = Path({str(tmp_path)!r})\n"
    outcome = subprocess.run(
        [sys.executable, "-c", f"{program}settings.get_settings(); settings.get_settings()"],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert outcome.stderr == (
        "livelihood: there is no setting LIVELIHOOD_SWEEP_MINUTE; did you mean "
        "LIVELIHOOD_SWEEP_MINUTES?\n"
    )


def test_defaults_are_valid() -> None:
    values: dict[str, Any] = Settings(_env_file=None).model_dump()
    assert Settings(_env_file=None, **values).model_dump() == values


@pytest.mark.parametrize(
    ("content", "mode", "is_named"),
    [
        ("LIVELIHOOD_ANALYST_PASSWORD=x", 0o644, True),
        ("WAREHOUSE_PASSWORD=x", 0o640, True),
        ("LIVELIHOOD_ANALYST_PASSWORD=x", 0o600, False),
        ("LIVELIHOOD_AS_OF_DATE=2022-03-31\nLIVELIHOOD_TOKEN_KEY=", 0o644, False),
    ],
)
def test_a_warning_names_an_env_file_with_secrets_that_others_can_read(
    tmp_path: Path, content: str, mode: int, is_named: bool
) -> None:
    path = tmp_path / ".env"
    path.write_text(content)
    path.chmod(mode)
    expected = f"others can read the secrets in {path}: run `chmod 600 {path}`"
    assert (expected in list(warnings(Settings, path))) == is_named


def test_a_warning_names_a_secret_file_that_others_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x" * 32)
    secret.chmod(0o644)
    monkeypatch.setenv("LIVELIHOOD_TOKEN_KEY_FILE", str(secret))
    [warning] = warnings(Settings, tmp_path / ".env")
    assert warning.startswith(f"others can read the secrets in {secret}")
    secret.chmod(0o400)
    assert not list(warnings(Settings, tmp_path / ".env"))
