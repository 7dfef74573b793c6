"""Log lines contain no secret of the settings, in either format."""

from __future__ import annotations

import json
import logging

import pytest

from livelihood.logs import REMOVED, configure
from livelihood.settings import Settings

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
PASSWORD = "pass-4711"
SETTINGS = Settings(
    _env_file=None,
    warehouse_url=f"postgresql://owner:{PASSWORD}@db.example.org/livelihood",
    alert_urls=[f"wecombot://{KEY}", f"https://hooks.example.org/robot/send?access_token={KEY}"],
    analyst_password='with "quotes"',
)


@pytest.fixture(autouse=True)
def _former_handlers() -> object:
    root = logging.getLogger()
    former, level = root.handlers[:], root.level
    yield
    root.handlers[:] = former
    root.setLevel(level)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_line_contains_a_secret(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure(SETTINGS.model_copy(update={"log_format": log_format}))
    logger = logging.getLogger("some.library")
    logger.warning("sending to %s failed", f"https://hooks.example.org/?access_token={KEY}")
    logger.warning(f"connecting to postgresql://owner:{PASSWORD}@db.example.org")
    logger.warning('login with "with "quotes""', extra={"stream": KEY})
    try:
        raise ValueError(KEY)
    except ValueError:
        logger.exception("failed")
    lines = capsys.readouterr().err
    assert KEY not in lines
    assert PASSWORD not in lines
    assert "quotes" not in lines
    assert lines.count(REMOVED) >= 4
    assert "db.example.org" in lines
    if log_format == "json":
        assert all(json.loads(line) for line in lines.splitlines())
