"""The demo's settings: a new platform looks at the area's last day, an old one must reach it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from livelihood.cli import demo
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from simulator import load_profile


def looking_at(day: dt.date, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(as_of_date=day)
    monkeypatch.setattr(demo, "get_settings", lambda: settings)


def test_a_new_platform_looks_at_the_last_simulated_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking_at(dt.date(2020, 12, 31), monkeypatch)
    path = tmp_path / ".env"
    assert demo.settings_for(load_profile("liangzhou"), path).today == dt.date(2020, 12, 31)
    assert "LIVELIHOOD_AS_OF_DATE=2020-12-31\n" in path.read_text(encoding="utf-8")


def test_settings_that_exist_are_left_alone_and_must_reach_the_last_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    path.write_text("LIVELIHOOD_AS_OF_DATE=2023-06-30\n", encoding="utf-8")
    looking_at(dt.date(2023, 6, 30), monkeypatch)
    demo.settings_for(load_profile("liangzhou"), path)
    with pytest.raises(LivelihoodError, match=r"set LIVELIHOOD_AS_OF_DATE=2025-12-31 in \.env"):
        demo.settings_for(load_profile("quzhou"), path)
    assert path.read_text(encoding="utf-8") == "LIVELIHOOD_AS_OF_DATE=2023-06-30\n"
