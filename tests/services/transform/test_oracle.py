"""Indicator values and action list equal the oracle's, row by row, with all faults planted."""

from __future__ import annotations

import pytest

from expectations import run_gate
from livelihood.contracts import load_contracts
from livelihood.load import load
from livelihood.publish import publish
from livelihood.settings import Settings
from livelihood.transform import build
from livelihood.warehouse import connect
from producers.tokens import tokeniser
from simulator import Simulation
from simulator.sending import send_simulation
from testkit.platforms import AS_OF
from tests.services.transform.indicator_rows import assert_values_equal, indicator_values
from tests.services.transform.worklist_rows import actions, assert_lists_equal
from tools.generate.dbt_macros import monitor_codes


def test_published_figures_equal_the_truth(platform: Settings, county: Simulation) -> None:
    send_simulation(platform, lambda: county, {"test": "truth"})
    rejected = {}
    for stream in load_contracts():
        report = load(platform, stream)
        rejected[stream] = report.rejected
        assert report.records == county.accepted(stream).height
    candidate = build(platform)
    verdict = run_gate(platform, candidate.build_id)
    release = publish(platform, candidate.build_id)
    assert release is not None, verdict
    assert release.is_simulated
    assert_values_equal(
        indicator_values(platform, "published.indicator_value"), county.expected_indicators(AS_OF)
    )
    to_do = county.expected_actions(AS_OF, tokeniser(platform).tokens)
    assert set(to_do["monitor_code"]) == set(monitor_codes())
    assert_lists_equal(actions(platform, "published.action_list"), to_do)
    assert min(rejected.values()) > 0

    again = build(platform)
    assert (again.is_new, again.build_id) == (False, candidate.build_id)


def test_a_wrong_figure_or_action_would_be_seen(platform: Settings, county: Simulation) -> None:
    send_simulation(platform, lambda: county, {"test": "wrong"})
    for stream in load_contracts():
        load(platform, stream)
    build(platform)
    with connect(platform) as connection:
        connection.execute(
            "update intermediate.int_indicator_months set numerator = numerator + 1 where ctid ="
            " (select min(ctid) from intermediate.int_indicator_months)"
        )
        connection.execute(
            "update intermediate.int_person_actions set opened_on = opened_on - 1 where ctid ="
            " (select min(ctid) from intermediate.int_person_actions)"
        )
    with pytest.raises(AssertionError):
        assert_values_equal(
            indicator_values(platform, "marts.indicator_value"), county.expected_indicators(AS_OF)
        )
    to_do = county.expected_actions(AS_OF, tokeniser(platform).tokens)
    with pytest.raises(AssertionError, match="listed, but not expected"):
        assert_lists_equal(actions(platform, "marts.action_list"), to_do)
