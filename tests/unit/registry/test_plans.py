"""Properties of targets that are computed from their plan."""

from __future__ import annotations

import pytest

from livelihood.registry import load_plans, load_targets


def test_a_headline_is_a_value_among_the_goals_stated_first() -> None:
    plan = next(iter(load_plans().values()))
    target = next(iter(load_targets().values())).model_copy(
        update={"section": f"{plan.goals_section}1", "statement_kind": "level"}
    )
    assert target.is_headline(plan)


@pytest.mark.parametrize(
    "change",
    [{"section": "三(一)"}, {"statement_kind": "commitment"}, {"duplicate_of": "another"}],
)
def test_other_targets_are_no_headlines(change: dict[str, str]) -> None:
    plan = next(iter(load_plans().values()))
    target = next(iter(load_targets().values())).model_copy(
        update={"section": f"{plan.goals_section}1", "statement_kind": "level", **change}
    )
    assert not target.is_headline(plan)
