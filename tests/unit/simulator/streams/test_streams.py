"""Surveys, courses, cases and reports: their sizes, variety and faults follow the profile."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from simulator import Simulation, load_profile, simulate
from simulator.oracle.aggregates import current
from simulator.streams.household_survey import SurveyProfile
from simulator.streams.reported_figure.targets import ReportedTarget

START, END = dt.date(2022, 1, 1), dt.date(2023, 3, 31)


@pytest.fixture(scope="module")
def clean() -> Simulation:
    """A small county without faults, with more losses and wrong reports than usual."""
    profile = load_profile().scaled(0.02)
    # Few values are reported of indicators; some of them must differ.
    changed = profile.with_values(
        {"survey": {"loss_share": 0.03}, "reports": {"different_share": 0.1}}
    )
    return simulate(changed, 3, START, END, faults=False)


def test_the_weights_of_a_quarter_add_up_to_the_population(clean: Simulation) -> None:
    rows = clean.frame("household_survey")
    people = rows.group_by("quarter_month").agg(
        (pl.col("persons") * pl.col("weight_permille") / 1000).sum().alias("people"), pl.len()
    )
    assert people.height == 3 + 5
    assert people["people"].is_between(4_990, 5_010).all()
    assert (people["len"] >= 60).all()
    assert rows["is_low_income"].any()
    assert (rows["business_income_fen"] < 0).any()


def test_incomes_grow_as_in_the_profile(clean: Simulation) -> None:
    values = clean.expected_indicators(END).filter(
        (pl.col("region_code") == "522327") & (pl.col("period_month") == dt.date(2022, 12, 1))
    )
    value = {
        (code, population): float(shown)
        for code, population, shown in values.select(
            "indicator_code", "population", "value"
        ).iter_rows()
    }
    incomes = clean.profile.part(SurveyProfile).incomes
    for group in ("urban", "exited_poverty"):
        level = incomes[group].levels_fen["wage"] / 100 * (1 + incomes[group].growth["wage"])
        assert value["wage_income_yuan", group] == pytest.approx(level, rel=0.01)
    low, rural = (value["disposable_income_yuan", name] for name in ("low_income", "rural"))
    assert low < rural < value["disposable_income_yuan", "urban"]


def test_training_at_full_size_fits_the_plan() -> None:
    county = simulate(load_profile().scaled(0.2), 1, dt.date(2022, 1, 1), dt.date(2024, 12, 31))
    trained = current({"training": county.accepted("training")}, "training").filter(
        pl.col("ended_date").is_not_null()
    )
    assert 11_000 * 0.2 <= trained.height <= 12_500 * 0.2
    assert trained["programme_kind"].n_unique() == 5
    with_voucher = trained.select(pl.col("voucher_code").is_not_null().mean()).item()
    assert 0.5 < with_voucher + 0.05 < 0.6
    assert (trained["subsidy_paid_fen"] <= trained["subsidy_due_fen"]).all()


def test_cases_are_of_all_kinds_some_late_open_or_extended(clean: Simulation) -> None:
    rows = clean.frame("labour_case")
    cases = current({"labour_case": rows}, "labour_case")
    assert cases["case_kind"].n_unique() == 4
    assert rows.height > cases.height
    assert cases["is_extended"].any()
    assert cases["accepted_date"].is_null().any()
    long_open = cases.filter(pl.col("filed_date") < dt.date(2022, 7, 1))["closed_date"].is_null()
    assert 0 < long_open.sum() < 10
    assert (
        clean.expected_indicators(END)
        .filter((pl.col("indicator_code") == "labour_case_on_time_pct") & (pl.col("value") < 100))
        .height
    )


def test_offices_report_the_expected_values_except_a_few(clean: Simulation) -> None:
    values = clean.expected_indicators(END)
    reported = current(clean.frames, "reported_figure").select(
        "region_code",
        "population",
        indicator_code="figure_code",
        period_month=pl.col("period_end_date").dt.month_start(),
        reported=pl.col("value_ten_thousandths"),
    )
    both = reported.join(values, on=["indicator_code", "region_code", "population", "period_month"])
    differing = (both["reported"] != (both["value"] * 10_000).cast(pl.Int64)).sum()
    assert both.height > 30
    assert 0 < differing < 0.2 * both.height
    targets = reported.filter(pl.col("indicator_code").str.starts_with("ceheng_"))
    assert targets["indicator_code"].n_unique() > 100
    assert clean.frame("reported_figure")["revision"].max() == 2


def test_some_reports_are_submitted_after_the_eighteenth(clean: Simulation) -> None:
    rows = clean.frame("reported_figure").filter(pl.col("figure_code").str.starts_with("ceheng_"))
    days = (pl.col("submitted_at").dt.date() - pl.col("period_end_date").dt.month_start()).dt
    is_late = days.total_days() + 1 > 18
    late = rows.filter(pl.col("revision") == 1).select(is_late.mean()).item()
    assert 0.03 < late < 0.15


def target(**more: Any) -> ReportedTarget:
    usual: dict[str, Any] = {
        "target_id": "t", "region_code": "522327", "unit": "persons", "office": "县人社局",
        "periodicity": "annual", "comparator": ">=", "value": 1200.0, "value_high": None,
        "starts_on": dt.date(2022, 1, 1), "ends_on": dt.date(2024, 12, 31), "chance": (0.1, 0.0),
    }  # fmt: skip
    return ReportedTarget(**(usual | more))


def test_a_reported_target_is_reached_with_time() -> None:
    march, december = dt.date(2023, 3, 31), dt.date(2023, 12, 31)
    assert target().value_on(march) == 300
    assert target().value_on(december) == 1200
    assert target(chance=(0.95, 0.0)).value_on(december) == 720
    assert target(periodicity="cumulative").value_on(december) == pytest.approx(800, abs=2)
    assert target(comparator="=", value=0.0).value_on(march) == 0
    assert target(comparator="=", value=0.0, chance=(0.95, 0.0)).value_on(march) == 1
    assert target(comparator="trend", value=None).value_on(december) > 0


def test_areas_may_share_a_platform() -> None:
    small = load_profile().scaled(0.002)
    other = small.model_copy(update={"record_prefix": "other:"})
    first, second = (simulate(area, 1, START, dt.date(2022, 3, 31)) for area in (small, other))
    for stream in first.frames:
        numbers = [county.frame(stream)["record_id"].unique() for county in (first, second)]
        assert not numbers[0].is_in(numbers[1].implode()).any(), stream
