"""The generated .env.example."""

from __future__ import annotations

from pathlib import Path

from infra.env_example import PATH, render
from livelihood.settings import Settings


def test_committed_file_is_up_to_date() -> None:
    assert PATH.read_text() == render(), "run: python -m infra.env_example > .env.example"


def test_every_setting_is_described_and_commented_out() -> None:
    text = render()
    flat = " ".join(text.replace("# ", "").split())
    for name, field in Settings.model_fields.items():
        assert f"# LIVELIHOOD_{name.upper()}=" in text
        assert field.description, f"{name} has no description"
        assert field.description in flat
    assert all(line.startswith("#") for line in text.splitlines() if line)


def test_defaults_are_read_back_as_the_defaults(tmp_path: Path) -> None:
    lines = [line.removeprefix("# ") for line in render().splitlines()]
    settings = [line for line in lines if line.startswith("LIVELIHOOD_") and line[-1] != "="]
    written = tmp_path / ".env"
    written.write_text("\n".join(settings))
    read = Settings(_env_file=written).model_dump(exclude={"home"})
    assert read == Settings(_env_file=None).model_dump(exclude={"home"})
