"""How a command ends: each error meant for the user is one line on stderr, without a traceback."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable

from livelihood.errors import LivelihoodError
from livelihood.private_files import restrict_new_files
from livelihood.settings import get_settings
from livelihood.terminal import discard_output, echo, replace_unencodable

EXIT_ERROR = 1
# 128 plus the number of SIGHUP, SIGINT, SIGPIPE and SIGTERM, as in a shell.
EXIT_INTERRUPTED = (129, 130, 143)
EXIT_BROKEN_PIPE = 141
STOPPED = "livelihood: stopped; what was committed stays"

logger = logging.getLogger(__name__)


def run_command(command: Callable[[], object], stopped: str = STOPPED) -> None:
    """Run a command and end the process with its exit code. `stopped` is shown if interrupted."""
    replace_unencodable()
    restrict_new_files()
    try:
        command()
    except KeyboardInterrupt:
        _end(stopped, 130)
    except SystemExit as ending:
        # Typer turns an interrupt into this exit code.
        if ending.code in EXIT_INTERRUPTED:
            _end(stopped, int(ending.code))
        raise
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has enough.
        discard_output()
        sys.exit(EXIT_BROKEN_PIPE)
    except (LivelihoodError, UnicodeEncodeError, OSError) as error:
        _report(_sentence(error))
        sys.exit(EXIT_ERROR)


def _end(message: str, code: int) -> None:
    # The terminal may be closed.
    with contextlib.suppress(OSError):
        echo(message, err=True)
    sys.exit(code)


def _sentence(error: LivelihoodError | UnicodeEncodeError | OSError) -> str:
    if isinstance(error, UnicodeEncodeError):
        # Python passes undecodable bytes on as lone surrogates, which nothing else accepts. Text
        # that is no argument may be a record.
        text = repr(error.object) if error.object in sys.argv else "a text"
        return f"{text} is not valid UTF-8"
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return f"{file}{error.strerror or error}"
    return str(error)


def _report(message: str) -> None:
    if _logs_json():
        logger.error("%s", message)
    else:
        echo(f"livelihood: {message}", colour="red", err=True)


def _logs_json() -> bool:
    try:
        return get_settings().log_format == "json"
    except LivelihoodError:
        return False
