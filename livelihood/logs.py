"""How the platform logs: plain lines for people, or JSON lines whose fields machines can follow.

Fields are given as `extra` where something is logged. No line holds a value of a record: what is
said of a rejected one is the rule it broke.
"""

from __future__ import annotations

import logging

from livelihood.settings import Settings

FIELDS = ("stream", "load_id", "build_id", "gate_id", "release_id", "records", "rejected")
# Their connections and steps are their own affair as long as all goes well.
_TALKATIVE = ("kafka", "alembic", "great_expectations")
_PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure(settings: Settings) -> None:
    """Log to stderr as the settings say."""
    handler = logging.StreamHandler()
    is_json = settings.log_format == "json"
    handler.setFormatter(_json_lines() if is_json else logging.Formatter(_PLAIN))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _json_lines() -> logging.Formatter:
    # Only who asks for it pays for the import.
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
