"""The first year of every plan area but the demo's: the published values equal the oracle's."""

from __future__ import annotations

import datetime as dt

import pytest

from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect
from producers.tokens import tokeniser
from simulator import load_profile, simulate
from simulator.sending import send_simulation
from testkit.platforms import publish_all
from tests.services.transform.indicator_rows import assert_values_equal, indicator_values
from tests.services.transform.worklist_rows import actions, assert_lists_equal

# Small enough for a test: some ten thousand records each.
SCALES = {"liangzhou": 0.01, "lanzhou": 0.005, "quzhou": 0.002, "bayannur": 0.01}


@pytest.mark.parametrize("area", SCALES)
def test_the_published_figures_of_the_area_equal_its_truth(platform: Settings, area: str) -> None:
    profile = load_profile(area).scaled(SCALES[area])
    end = dt.date(profile.starts_on.year, 12, 31)
    settings = platform.model_copy(update={"as_of_date": end})
    county = simulate(profile, 11, profile.starts_on, end, faults=True)
    send_simulation(settings, lambda: county, {"test": area})
    assert publish_all(settings) is not None
    assert_values_equal(
        indicator_values(settings, "published.indicator_value"), county.expected_indicators(end)
    )
    to_do = county.expected_actions(end, tokeniser(settings).tokens)
    assert_lists_equal(actions(settings, "published.action_list"), to_do)
    with connect(settings) as connection:
        streams = connection.execute("select count(distinct stream) from ops.load").fetchone()
    assert streams == (len(load_contracts()),)
