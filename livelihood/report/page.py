"""The scorecard as one self-contained page: no script, style or font from anywhere else."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from livelihood.report import figures
from livelihood.report.card import Part, Scorecard, TargetCard
from livelihood.report.sparkline import sparkline
from livelihood.settings import TIME_ZONE

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    """The templates with what all pages use."""
    # Status and scripts read this package too, and write no page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        statuses=figures.STATUSES,
        levels=figures.LEVELS,
        states=figures.STATES_ZH,
        bases=figures.BASES_ZH,
        periodicities=figures.PERIODICITIES_ZH,
        figure=figures.figure,
        number=figures.number,
        sparkline=sparkline,
    )
    made.filters["china_time"] = lambda at: at.astimezone(TIME_ZONE).strftime("%Y-%m-%d %H:%M")
    return made


def write_page(path: Path, text: str) -> Path:
    """Put a page in place whole: whoever has it open never loads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
    return path


def render_html(card: Scorecard, path: Path) -> Path:
    """Write the scorecard to `path` and return it."""
    template = environment().get_template("scorecard.html.j2")
    attention = [target for target in card.targets if target.status in ("missed", "behind")]
    return write_page(
        path,
        template.render(card=card, attention=attention, townships=township_table(card)),
    )


def township_table(card: Scorecard) -> dict[str, list[tuple[TargetCard, Part | None]]]:
    """Township → its verdict on every target that applies to townships, in the same order.

    Targets that hold everywhere come last. Townships stand in the order of their codes: no plan
    asks for a ranking of them.
    """
    applied = sorted(
        (target for target in card.targets if target.parts),
        key=lambda target: -sum(part.status in ("missed", "behind") for part in target.parts),
    )
    table: dict[str, list[tuple[TargetCard, Part | None]]] = defaultdict(list)
    names = sorted({(part.region_code, part.region_zh) for t in applied for part in t.parts})
    for target in applied:
        by_region = {part.region_code: part for part in target.parts}
        for code, name in names:
            table[name].append((target, by_region.get(code)))
    return dict(table)
