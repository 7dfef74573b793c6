"""The scorecard as one self-contained page, without scripts, styles or fonts of other hosts."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from livelihood.pages import template_environment, write_page
from livelihood.scorecard import wording
from livelihood.scorecard.model import Part, Scorecard, TargetCard
from livelihood.scorecard.sparkline import sparkline

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def scorecard_environment() -> Environment:
    """Return the Jinja environment of the scorecard page."""
    environment = template_environment(TEMPLATES)
    environment.globals.update(
        statuses=wording.STATUSES,
        levels=wording.LEVELS,
        states=wording.STATES_ZH,
        bases=wording.BASES_ZH,
        periodicities=wording.PERIODICITIES_ZH,
        format_value=wording.format_value,
        sparkline=sparkline,
    )
    return environment


def render_html(card: Scorecard, path: Path) -> Path:
    """Write the scorecard to `path` and return it."""
    template = scorecard_environment().get_template("scorecard.html.j2")
    attention = [target for target in card.targets if target.status in ("missed", "behind")]
    return write_page(
        path,
        template.render(card=card, attention=attention, townships=township_table(card)),
    )


def township_table(card: Scorecard) -> dict[str, list[tuple[TargetCard, Part | None]]]:
    """Return for each township its verdicts on all targets that apply to townships.

    Targets that the most townships miss are first. Townships are in the order of their codes: no
    plan asks for a ranking of them.
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
