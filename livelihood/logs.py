"""Logging: plain lines for people, or JSON lines with fields for machines.

Fields are passed as `extra` by the caller. No line contains a value of a record: of a rejected one
only the broken rule is logged. A message is one line without control sequences, also if it repeats
text from a server or a file.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from livelihood.escaping import for_json, for_log
from livelihood.settings import Settings

FIELDS = ("stream", "load_id", "build_id", "gate_id", "release_id", "records", "rejected")
# Libraries that log every connection and step; only their warnings matter.
_VERBOSE = ("kafka", "alembic", "great_expectations", "urllib3")
_PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(settings: Settings) -> None:
    """Log to stderr in the format and at the level of the settings."""
    handler = logging.StreamHandler()
    is_json = settings.log_format == "json"
    handler.setFormatter(_json_lines() if is_json else _PlainLines(_PLAIN))
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
