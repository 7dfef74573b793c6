"""Logging: plain lines for people, or JSON lines with fields for machines.

Fields are passed as `extra` by the caller. No line contains a value of a record: of a rejected one
only the broken rule is logged.
"""

from __future__ import annotations

import logging

from livelihood.settings import Settings

FIELDS = ("stream", "load_id", "build_id", "gate_id", "release_id", "records", "rejected")
# Libraries that log every connection and step; only their warnings matter.
_VERBOSE = ("kafka", "alembic", "great_expectations")
_PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(settings: Settings) -> None:
    """Log to stderr in the format and at the level of the settings."""
    handler = logging.StreamHandler()
    is_json = settings.log_format == "json"
    handler.setFormatter(_json_lines() if is_json else logging.Formatter(_PLAIN))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in _VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)


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
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
