"""Scorecards of one plan, township, department or year; repetitions once, goals first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from livelihood.errors import LivelihoodError
from livelihood.scorecard import (
    Scorecard,
    read_scorecard,
    render_html,
    render_terminal,
    select_department,
    select_plan,
    select_township,
)
from livelihood.settings import Settings
from tests.services.scorecard.published_county import execute


def test_a_department_has_the_targets_it_leads(published: Settings) -> None:
    card = select_department(read_scorecard(published), "人社局")
    assert {target.owner for target in card.targets} == {"县人社局"}
    assert [alert.owner for alert in card.alerts] == ["县人社局"]
    assert card.title == "册亨县人社局民生监测记分卡"
    assert not select_department(read_scorecard(published), "县教育局").alerts


def test_a_township_is_judged_by_its_own_values(published: Settings) -> None:
    card = select_township(read_scorecard(published), "纳福街道")
    (target,) = card.targets
    assert (target.status, target.value_text) == ("met", "100%")
    assert select_township(read_scorecard(published), "522327001").targets[0].status == "missed"


def test_a_plan_is_found_by_code_or_name(published: Settings) -> None:
    for name in ("lanzhou", "兰州"):
        card = select_plan(read_scorecard(published), name)
        assert [plan.plan_id for plan in card.shown_plans] == ["lanzhou"]
        assert [target.name_zh for target in card.targets] == ["兰州目标"]
        assert not card.alerts


@pytest.mark.parametrize("only", [select_plan, select_township, select_department])
def test_an_unknown_name_is_answered_with_the_known_ones(
    published: Settings, only: Callable[[Scorecard, str], Scorecard]
) -> None:
    with pytest.raises(LivelihoodError, match=r"there are: .*(ceheng|者楼街道|县人社局)"):
        only(read_scorecard(published), "月球")


def change(settings: Settings, target_id: str, assignment: str) -> None:
    query = f"update published.dim_target set {assignment} where target_id = %s"
    execute(settings, query, [target_id])


def test_a_repetition_is_not_shown_twice(published: Settings) -> None:
    before = len(read_scorecard(published).targets)
    change(published, "正常目标", "duplicate_of = '达标目标'")
    assert len(read_scorecard(published).targets) == before - 1


def test_the_goals_of_the_plan_are_first(published: Settings) -> None:
    change(published, "达标目标", "is_headline = true, section = '附件9'")
    card = read_scorecard(published)
    assert next(p for p in card.plans if p.plan_id == "ceheng").targets[0].name_zh == "达标目标"
    met = [target.name_zh for target in card.targets if target.status == "met"]
    assert met[0] == "达标目标"
    assert card.targets[0].status == "missed"


def test_values_to_be_reported_are_counted_by_office(published: Settings, tmp_path: Path) -> None:
    change(published, "兰州目标", "measured_by = 'reported_figure'")
    console = Console(width=100, record=True, force_terminal=True)
    card = select_plan(read_scorecard(published), "兰州")
    render_terminal(card, console)
    text = console.export_text()
    assert "待单位上报" in text
    assert "市人社局 1" in text
    page = render_html(card, tmp_path / "card.html").read_text(encoding="utf-8")
    assert "兰州目标" in page


def test_the_scorecard_of_a_year_is_that_of_its_last_release(published: Settings) -> None:
    card = read_scorecard(published, 2023)
    assert card.release_id == 7
    # What the release showed, not what is current, and no alerts of today.
    assert {target.status for target in card.targets} == {"on_track"}
    assert card.alerts == ()
    with pytest.raises(LivelihoodError, match="no release has an as-of date in 2022"):
        read_scorecard(published, 2022)
