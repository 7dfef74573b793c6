"""Logging: plain lines for people, or JSON lines with fields for machines.

Fields are passed as `extra` by the caller. No line contains a value of a record: of a rejected one
only the broken rule is logged. A message is one line without control sequences, also if it repeats
text from a server or a file. No line contains a secret of the settings, because a library may log
the address that it connects to.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from livelihood.escaping import for_json, for_log
from livelihood.setting_sources import secrets_of
from livelihood.settings import Settings

FIELDS = ("stream", "load_id", "build_id", "gate_id", "release_id", "records", "rejected")
# Libraries that log every connection and step; only their warnings matter.
_VERBOSE = ("kafka", "alembic", "great_expectations", "urllib3")
REMOVED = "***"
# Shorter parts of an address are host names, ports and words.
_MIN_KEY_LENGTH = 12
_MIN_SECRET_LENGTH = 4
_PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(settings: Settings) -> None:
    """Log to stderr in the format and at the level of the settings."""
    handler = logging.StreamHandler()
    is_json = settings.log_format == "json"
    formatter = _json_lines() if is_json else _PlainLines(_PLAIN)
    handler.setFormatter(RedactingFormatter(formatter, settings))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in _VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)


class _PlainLines(logging.Formatter):
    """Formatter of plain lines: one line per message, indented lines per traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - overrides logging
        """Return the line of the message."""
        record.message = for_log(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - overrides logging
        """Return the traceback; no line of it looks like the beginning of a message."""
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"    {for_log(line)}" for line in lines)


def _dumps(event: Any, **options: Any) -> str:  # noqa: ANN401 - the serializer of structlog
    return for_json(json.dumps(event, **options))


def secret_texts(settings: Settings) -> list[str]:
    """Return the secrets of the settings and the keys within addresses, the longest first."""
    texts = set()
    for secret in secrets_of(settings):
        texts.add(secret)
        texts |= set(re.findall(r"//[^/@:]*:([^/@]+)@", secret))
        # An address of a receiver may be a key as a whole.
        if "://" in secret and not secret.startswith("postgres"):
            parts = re.split(r"[/:@?&=]", secret.split("://", 1)[1])
            texts |= {part for part in parts if len(part) >= _MIN_KEY_LENGTH and "." not in part}
    escaped = {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
    # Removing a shorter text would make most lines unreadable.
    long_enough = {text for text in texts | escaped if len(text) >= _MIN_SECRET_LENGTH}
    return sorted(long_enough, key=len, reverse=True)


class RedactingFormatter(logging.Formatter):
    """A formatter that removes the secrets of the settings from the lines of another one."""

    def __init__(self, formatter: logging.Formatter, settings: Settings) -> None:
        super().__init__()
        self._formatter = formatter
        self._secrets = secret_texts(settings)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without secrets."""
        line = self._formatter.format(record)
        for secret in self._secrets:
            line = line.replace(secret, REMOVED)
        return line


def _json_lines() -> logging.Formatter:
    # Imported only if this format is selected.
    import structlog

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(_dumps, ensure_ascii=False),
        ],
    )
