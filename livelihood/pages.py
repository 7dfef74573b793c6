"""Self-contained HTML pages: no script, style or font from another host, written atomically."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from livelihood.escaping import for_html
from livelihood.settings import TIME_ZONE

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def template_environment(folder: Path) -> Environment:
    """Return a Jinja environment for the templates in `folder` and the shared ones.

    Text is escaped and without control characters, and an undefined name is an error.
    """
    # Imported here, so that commands which write no page do not pay for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: for_html(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["china_time"] = lambda at: at.astimezone(TIME_ZONE).strftime(
        "%Y-%m-%d %H:%M"
    )
    return environment


def write_page(path: Path, text: str) -> Path:
    """Replace the file `path` atomically, so that no reader loads half a page. Return `path`.

    The new page has the permissions of the one before, so that a published page stays published.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    if path.exists():
        shutil.copymode(path, unfinished)
    unfinished.replace(path)
    return path
