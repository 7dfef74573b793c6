"""Errors of the loader that are no fault of a message: recorded, and from the second time a stop.

No recorded text repeats a value: it names the kind of error and the line of code.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import psycopg

from livelihood.errors import LoadFailed
from livelihood.settings import ROOT
from livelihood.warehouse.ledger import offsets

logger = logging.getLogger(__name__)

# A failure may be transient once.
_STOPS_AFTER = 2


def record_failure(connection: psycopg.Connection, stream: str, error: BaseException) -> LoadFailed:
    """Roll back, record the failure and return the error to raise.

    If the stream failed in the same way before, it is recorded as stopped.
    """
    while isinstance(error, RuntimeError) and error.__cause__ is not None:
        error = error.__cause__
    failure = f"{type(error).__name__} in {_location(error)}"
    logger.debug(
        "stream %s: %s\n%s", stream, failure, "".join(traceback.format_tb(error.__traceback__))
    )
    connection.rollback()
    times = offsets.record_failure(connection, stream, failure)
    message = (
        f"stream {stream}: the loader failed ({failure}); the open load was rolled back and "
        f"nothing was lost. LIVELIHOOD_LOG_LEVEL=DEBUG shows where; see the runbook, 'loader fails'"
    )
    if times >= _STOPS_AFTER:
        message = message.replace("failed (", f"failed {times} times in the same way (")
        offsets.record_stop(connection, stream, message)
    connection.commit()
    return LoadFailed(message)


def _location(error: BaseException) -> str:
    """Return the last line of this project that the error passed."""
    frames = traceback.extract_tb(error.__traceback__)
    project_frames = [frame for frame in frames if _is_own(frame.filename)] or frames
    if not project_frames:
        return "unknown code"
    return f"{Path(project_frames[-1].filename).name}, line {project_frames[-1].lineno}"


def _is_own(filename: str) -> bool:
    return Path(filename).is_relative_to(ROOT / "livelihood")
