"""The scorecard shows each target with its status, its gap and the responsible office."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from livelihood.errors import LivelihoodError
from livelihood.scorecard import read_scorecard, render_html, render_terminal
from livelihood.settings import Settings
from tests.services.scorecard.published_county import HOSTILE_NAME, execute

EMPTY_ELEMENTS = {"meta", "br", "input", "circle", "polyline"}


class Balanced(HTMLParser):
    """Parser that finds unclosed elements and collects the addresses a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in EMPTY_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY_ELEMENTS:
            assert self.open.pop() == tag


def test_it_has_the_newest_verdict_of_every_target_most_urgent_first(published: Settings) -> None:
    card = read_scorecard(published)
    assert (card.release_id, card.as_of_date) == (7, dt.date(2023, 6, 30))
    assert card.is_simulated
    assert [target.status for target in card.targets] == [
        "missed",
        "behind",
        "on_track",
        "met",
        "met",
        "not_started",
        "not_measurable",
    ]
    worst = card.targets[0]
    assert (worst.value_text, worst.promise, worst.owner) == ("90%", "≥ 100%", "县人社局")
    assert worst.shortfall == ("差 10 个百分点", "10 points short")
    assert [(part.region_zh, part.status) for part in worst.parts] == [
        ("者楼街道", "missed"),
        ("纳福街道", "met"),
    ]
    assert [point.status for point in worst.series] == ["on_track", "missed"]
    assert card.owners[0][0] == "县人社局"


def test_plans_without_records_are_listed_apart(published: Settings) -> None:
    card = read_scorecard(published)
    assert [plan.plan_id for plan in card.shown_plans] == ["ceheng"]
    assert [plan.plan_id for plan in card.silent_plans] == ["lanzhou"]


def test_before_the_first_release_an_error_names_the_command(empty_warehouse: Settings) -> None:
    with pytest.raises(LivelihoodError, match="nothing has been published yet: run `liv"):
        read_scorecard(empty_warehouse)


def test_the_terminal_lists_every_target_in_100_columns(published: Settings) -> None:
    console = Console(width=100, record=True, force_terminal=True)
    render_terminal(read_scorecard(published), console)
    text = console.export_text()
    for words in (
        "SIMULATED DATA",
        "release 7",
        "未达标目标",
        "差 10 个百分点",
        "县教育局",
        "来年目标",
        "不可监测目标",
        "accepted check history.no_collapse 张三",
    ):
        assert words in text
    assert "兰州市增收方案" in text


def test_the_page_is_complete_self_contained_and_escaped(
    published: Settings, tmp_path: Path
) -> None:
    page = render_html(read_scorecard(published), tmp_path / "pages" / "scorecard.html")
    text = page.read_text(encoding="utf-8")
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert parser.fetched == []
    assert not re.search(r"@import|url\(", text)
    assert HOSTILE_NAME not in text
    assert "&lt;script&gt;" in text
    assert "SIMULATED DATA" in text
    assert "Of 5 targets with values, 1 are missed and 1 are behind." in text
    assert "2024-01-01 起" in text
    assert "<code>history.no_collapse</code> 张三：撤回重复数据" in text
    assert [path.name for path in page.parent.iterdir()] == ["scorecard.html"]


def test_real_data_have_no_banner(published: Settings, tmp_path: Path) -> None:
    execute(published, "update published.release set is_simulated = false")
    page = render_html(read_scorecard(published), tmp_path / "scorecard.html")
    assert "SIMULATED" not in page.read_text(encoding="utf-8")
