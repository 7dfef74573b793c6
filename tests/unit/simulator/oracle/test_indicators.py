"""Expected indicators: compared with values by hand, and properties that must hold."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from producers.errors import SourceError
from simulator import STREAMS, Simulation, simulate
from simulator.faults.records import REJECTED_FAULTS
from simulator.oracle.indicators import COUNTED, INDICATORS, expected_indicators
from simulator.oracle.values import rounded
from tests.unit.simulator.handwritten import HERE, JANUARY, THERE, expected_values, rows
from tests.unit.simulator.small_county import END, START

FEBRUARY, MARCH = (dt.date(2022, month, 1) for month in (2, 3))


def spell(person: str, status: str, begins: dt.date, **more: object) -> dict[str, object]:
    return {
        "identity_number": person, "household_number": "H1", "residence": "rural",
        "status": status, "effective_date": begins, "employer_kind": "enterprise",
        "post_type": "regular", "workplace_scope": "in_county", "channel": "organised", **more,
    }  # fmt: skip


def test_spells_end_where_the_next_begins_and_empty_spells_are_dropped() -> None:
    values = expected_values(
        employment=rows(
            "employment",
            spell("a", "employed", dt.date(2021, 5, 1)),
            spell("a", "unemployed", dt.date(2022, 2, 1)),
            # Two spells from one day: the one with the lower record_id does not count.
            spell("a", "unemployed", dt.date(2022, 2, 20), record_id="s2"),
            spell("a", "employed", dt.date(2022, 2, 20), record_id="s1", is_urban_post=True),
            spell("b", "employed", dt.date(2022, 1, 10), end_date=dt.date(2022, 2, 10)),
        )
    )
    assert values["employed_persons", "all", HERE, 1][2] == 2
    assert values["employed_persons", "all", HERE, 2][2] == 0
    assert values["labour_force_persons", "all", HERE, 2][2] == 1
    assert values["unemployment_rate_pct", "all", HERE, 2][2] == 100
    assert values["newly_employed_persons", "all", HERE, 1][2] == 1
    assert values["newly_employed_persons", "all", HERE, 2][2] == 0
    assert values["new_urban_employed_persons", "all", HERE, 2][2] == 0
    assert values["post_retention_pct", "all", HERE, 2] == (0, 2, 0)
    assert values["post_retention_pct", "all", HERE, 1] == (1, 1, 100)


def test_an_incomplete_month_is_observed_on_the_as_of_date() -> None:
    values = expected_values(
        as_of=dt.date(2022, 2, 10),
        employment=rows(
            "employment",
            spell("a", "employed", dt.date(2021, 5, 1), end_date=dt.date(2022, 2, 20)),
            spell("b", "employed", dt.date(2022, 2, 15)),
        ),
    )
    assert values["employed_persons", "all", HERE, 2][2] == 1
    assert values["newly_employed_persons", "all", HERE, 2][2] == 0
    assert values["post_retention_pct", "all", HERE, 2] == (1, 1, 100)


def test_households_count_in_the_township_where_their_members_are() -> None:
    values = expected_values(
        employment=rows(
            "employment",
            spell("a", "unemployed", dt.date(2021, 5, 1), is_monitored=True),
            spell("b", "employed", dt.date(2021, 5, 1)),
            spell("c", "unemployed", dt.date(2021, 5, 1), township_code=THERE),
            spell("d", "outside_labour_force", dt.date(2021, 5, 1), household_number="H2"),
        )
    )
    assert values["labour_households", "all", HERE, 1][2] == 1
    assert values["labour_households", "monitored", HERE, 1][2] == 1
    assert values["zero_employment_households", "monitored", HERE, 1][2] == 0
    assert values["zero_employment_households", "all", THERE, 1][2] == 1
    assert values["household_employment_pct", "all", "522327", 1] == (1, 2, 50)
    assert values["zero_employment_households", "urban", HERE, 1][2] == 0
    assert ("household_employment_pct", "urban", HERE, 1) not in values


def test_the_highest_revision_counts_unless_it_is_a_withdrawal() -> None:
    record = spell("a", "employed", dt.date(2021, 5, 1), record_id="x")
    moved = record | {"revision": 2, "township_code": THERE}
    other = spell("b", "employed", dt.date(2021, 5, 1), record_id="y")
    withdrawn = other | {"revision": 2, "operation": "withdraw"}
    values = expected_values(employment=rows("employment", withdrawn, moved, moved, record, other))
    assert ("employed_persons", "all", HERE, 1) not in values
    assert values["employed_persons", "all", THERE, 1][2] == 1
    assert values["employed_persons", "all", "52", 1][2] == 1


def test_a_record_of_another_system_or_person_replaces_nothing() -> None:
    record = spell("a", "employed", dt.date(2021, 5, 1), record_id="1")
    later = {"revision": 9999, "recorded_at": dt.datetime(2099, 1, 1, tzinfo=dt.UTC)}
    of_another_system = record | later | {"source_system": "other", "operation": "withdraw"}
    of_another_person = spell("b", "unemployed", dt.date(2021, 5, 1), record_id="1") | later
    values = expected_values(
        employment=rows("employment", record, of_another_system, of_another_person)
    )
    assert values["employed_persons", "all", HERE, 1][2] == 1
    assert values["labour_force_persons", "all", HERE, 1][2] == 2


def test_graduates_are_those_of_the_class_of_the_last_july() -> None:
    graduate = {"is_graduate": True, "graduation_year": 2021}
    values = expected_values(
        as_of=dt.date(2022, 7, 31),
        employment=rows(
            "employment",
            spell("a", "employed", dt.date(2021, 8, 1), **graduate),
            spell("b", "unemployed", dt.date(2021, 8, 1), **graduate),
            spell("c", "unemployed", dt.date(2021, 8, 1), is_graduate=True, graduation_year=2022),
        ),
    )
    assert values["graduate_placement_pct", "all", HERE, 6] == (1, 2, 50)
    assert values["graduate_placement_pct", "all", HERE, 7] == (0, 1, 0)


def contribution(person: str, insurance: str, **more: object) -> dict[str, object]:
    return {
        "identity_number": person, "insurance_type": insurance, "record_kind": "contribution",
        "period_month": JANUARY, "period_months": 1, "contribution_due_fen": 1_000,
        "contribution_paid_fen": 1_000, "due_date": dt.date(2022, 1, 25), **more,
    }  # fmt: skip


def benefit(insurance: str, due: int, paid: int, **more: object) -> dict[str, object]:
    return {
        "identity_number": "p", "insurance_type": insurance, "record_kind": "benefit",
        "period_month": FEBRUARY, "period_months": 1, "benefit_due_fen": due,
        "benefit_paid_fen": paid, "due_date": dt.date(2022, 2, 15),
        "paid_date": dt.date(2022, 2, 15) if paid else None, **more,
    }  # fmt: skip


def test_insured_persons_are_counted_once_for_every_month_their_payment_covers() -> None:
    year = {"period_months": 12, "due_date": dt.date(2022, 6, 30)}
    values = expected_values(
        employment=rows("employment", spell("a", "employed", dt.date(2021, 5, 1))),
        social_insurance=rows(
            "social_insurance",
            contribution("a", "employee_pension"),
            contribution("a", "employee_pension"),
            contribution("b", "resident_pension", contribution_paid_fen=0, **year),
            contribution(
                "c", "resident_pension", contribution_paid_fen=0, government_paid_fen=500,
                is_low_income=True, **year,
            ),
        ),
    )  # fmt: skip
    assert values["employee_pension_insured_persons", "all", HERE, 1][2] == 1
    assert values["employee_pension_insured_persons", "all", HERE, 2][2] == 0
    assert values["resident_pension_insured_persons", "all", HERE, 2][2] == 1
    assert values["pension_coverage_pct", "all", HERE, 1] == (2, 1, 200)
    assert values["pension_coverage_pct", "all", HERE, 2] == (1, 1, 100)
    assert values["government_paid_cover_pct", "all", HERE, 1] == (1, 1, 100)
    assert values["contribution_collected_pct", "all", HERE, 1] == (20, 20, 100)
    assert ("contribution_collected_pct", "all", HERE, 2) not in values


def test_subsidies_are_shares_of_what_was_paid_in_and_collection_stops_at_what_was_due() -> None:
    values = expected_values(
        social_insurance=rows(
            "social_insurance",
            contribution("a", "resident_pension", contribution_subsidy_fen=100),
            contribution("b", "resident_pension", contribution_subsidy_fen=99),
            contribution("c", "resident_pension", contribution_paid_fen=5_000),
            contribution("d", "unemployment", contribution_paid_fen=500),
        )
    )
    subsidy = values["contribution_subsidy_rate_pct", "all", HERE, 1]
    assert subsidy == (Decimal("1.99"), 70, Decimal("2.8429"))
    assert values["contribution_collected_pct", "all", HERE, 1] == (35, 40, Decimal("87.5"))


def test_benefits_are_on_time_missed_wrong_and_measured_against_the_standard() -> None:
    day = {"paid_date": dt.date(2022, 2, 16)}
    values = expected_values(
        social_insurance=rows(
            "social_insurance",
            benefit("resident_pension", 11_800, 11_800),
            benefit("resident_pension", 11_799, 11_799, **day),
            benefit("resident_pension", 12_000, 0),
            benefit("resident_pension", 0, 12_000),
            benefit("unemployment", 10_000, 9_999, due_date=dt.date(2022, 3, 1)),
        )
    )
    on_time = values["resident_pension_on_time_full_pct", "all", HERE, 2]
    assert on_time == (1, 3, Decimal("33.3333"))
    assert values["resident_pension_missed_payments", "all", HERE, 2][2] == 1
    assert values["resident_pension_wrong_payments", "all", HERE, 2][2] == 1
    mean = values["resident_pension_mean_yuan", "all", HERE, 2]
    assert mean == (Decimal("355.99"), 3, Decimal("118.6633"))
    at_standard = values["resident_pension_at_standard_pct", "all", HERE, 2]
    assert at_standard == (2, 3, Decimal("66.6667"))
    # Due after the as-of date: not missed yet, but the key has zeros.
    assert values["unemployment_benefit_missed_payments", "all", HERE, 2][2] == 0
    assert ("unemployment_benefit_mean_yuan", "all", HERE, 2) not in values


def wage(due: int, paid: int, **more: object) -> dict[str, object]:
    return {
        "identity_number": "w", "employer_kind": "enterprise", "post_type": "regular",
        "occupation": "other", "wage_month": JANUARY, "is_full_month": True,
        "amount_due_fen": due, "amount_paid_fen": paid, "due_date": dt.date(2022, 2, 15),
        "paid_date": dt.date(2022, 2, 15) if paid else None, **more,
    }  # fmt: skip


def test_wages_count_in_the_month_they_were_due() -> None:
    later = {"wage_month": FEBRUARY, "due_date": dt.date(2022, 3, 15)}
    values = expected_values(
        as_of=dt.date(2022, 3, 16),
        wage_payment=rows(
            "wage_payment",
            wage(157_000, 157_000),
            wage(156_999, 100_000, is_migrant_worker=True),
            wage(166_000, 166_000, paid_date=dt.date(2022, 2, 16), post_type="internship"),
            wage(165_999, 0, post_type="internship", **later),
            wage(100, 0, due_date=dt.date(2022, 3, 16)),
        ),
    )
    on_time = values["wage_on_time_full_pct", "all", HERE, 2]
    assert on_time == (1, 3, Decimal("33.3333"))
    assert values["wage_arrears_persons", "all", HERE, 2][2] == 1
    assert values["wage_arrears_yuan", "migrant_worker", HERE, 2][2] == Decimal("569.99")
    assert values["wage_arrears_persons", "teacher", HERE, 2][2] == 0
    assert values["below_minimum_wage_persons", "all", HERE, 2][2] == 1
    assert values["below_minimum_wage_persons", "intern", HERE, 3][2] == 1
    assert values["wage_arrears_persons", "all", HERE, 3][2] == 1
    assert values["wage_mean_yuan", "all", HERE, 2][2] == Decimal("1599.9967")


def test_projects_are_registered_only_when_all_their_rows_are() -> None:
    site = {
        "project_kind": "construction", "occupation": "construction_worker",
        "project_investment_fen": 1, "is_real_name_registered": True, "is_supervised_account": True,
    }  # fmt: skip
    relief = {"project_kind": "work_relief", "project_code": "R", "is_local": True}
    values = expected_values(
        wage_payment=rows(
            "wage_payment",
            wage(1_000, 1_000, project_code="A", is_project_registered=True, **site),
            wage(1_000, 1_000, project_code="A", **site | {"is_real_name_registered": False}),
            wage(1_000, 1_000, project_code="B", is_project_registered=True, **site),
            wage(1_000, 1_000, project_investment_fen=9_000, **relief),
            wage(1_000, 500, project_investment_fen=9_000, **relief),
        )
    )
    assert values["project_registered_pct", "all", HERE, 2] == (1, 2, 50)
    real_name = values["real_name_cover_pct", "all", HERE, 2]
    assert real_name == (2, 3, Decimal("66.6667"))
    share = values["labour_remuneration_share_pct", "all", HERE, 2]
    assert share == (15, 90, Decimal("16.6667"))
    assert values["work_relief_local_pct", "all", HERE, 2][2] == 100


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [(1, 3, "0.3333"), (1, 20_000, "0.0001"), (1, 20_001, "0.0000"), (-1, 20_000, "-0.0001")],
)
def test_halves_are_rounded_away_from_zero(above: int, below: int, expected: str) -> None:
    assert rounded(above, below) == Decimal(expected)


def test_a_county_is_the_sum_of_its_townships(county: Simulation) -> None:
    every = county.expected_indicators(END)
    assert set(every["indicator_code"]) == set(INDICATORS)
    # Composites are not sums over regions.
    values = every.filter(pl.col("indicator_code").is_in(list(COUNTED)))
    added = (
        values.filter(pl.col("region_code").str.len_chars() == 9)
        .group_by("indicator_code", "population", "period_month")
        .agg(pl.col("numerator").sum())
        .sort("indicator_code", "population", "period_month")
    )
    county_sums = values.filter(pl.col("region_code") == "522327").select(added.columns)
    assert_frame_equal(county_sums, added, check_dtypes=False)
    assert values["region_code"].str.head(2).unique().to_list() == ["52"]


def test_the_order_of_the_rows_does_not_matter(county: Simulation) -> None:
    shuffled = {
        stream: county.accepted(stream).sample(fraction=1, shuffle=True, seed=3)
        for stream in STREAMS
    }
    assert_frame_equal(expected_indicators(shuffled, END, START), county.expected_indicators(END))


def test_accepted_faults_do_not_change_the_expected_values(county: Simulation) -> None:
    """Repeated, late, corrected and withdrawn records end in the state without these faults."""
    rejected = dict.fromkeys(REJECTED_FAULTS, 0.0)
    profile = county.profile.with_values({"faults": rejected})
    clean = simulate(profile, 7, START, END, faults=False)
    faulty = simulate(profile, 7, START, END)
    assert faulty.frame("employment").height > clean.frame("employment").height
    assert_frame_equal(faulty.expected_indicators(END), clean.expected_indicators(END))


def test_no_values_are_expected_before_the_first_month(county: Simulation) -> None:
    with pytest.raises(SourceError, match="they begin on 2022-01-01"):
        county.expected_indicators(dt.date(2021, 12, 31))
