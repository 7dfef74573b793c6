"""Facts that only monitors use: refused offers, proofs of life, second jobs."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from simulator import Simulation, load_profile, simulate
from tests.unit.simulator.small_county import SMALL

END = dt.date(2022, 12, 31)
SHARE = 0.3


@pytest.fixture(scope="module")
def county() -> Simulation:
    """A year without faults, with many refusals, missing proofs and second jobs."""
    profile = load_profile("ceheng").scaled(SMALL)
    careers = {"refusing_share": SHARE, "second_job_share": SHARE}
    insurance = {"proof_lapsed_share": SHARE}
    changed = profile.with_values({"careers": careers, "insurance": insurance})
    return simulate(changed, 7, dt.date(2022, 1, 1), END, faults=False)


def test_refusals_are_counted_one_by_one_during_unemployment(county: Simulation) -> None:
    spells = county.frame("employment").sort("record_id", "revision")
    counted = pl.col("refused_offers_count")
    assert spells.filter(counted.is_null())["status"].unique().sort().to_list() == [
        "employed",
        "outside_labour_force",
    ]
    steps = spells.filter(counted.is_not_null()).with_columns(
        step=counted.diff().over("record_id"),
        waited=pl.col("recorded_at").diff().over("record_id").dt.total_days(),
    )
    more = steps.filter(pl.col("step") > 0)
    assert more["step"].unique().to_list() == [1]
    assert more["waited"].is_between(9, 31).all()
    # The revision that closes the spell adds none.
    assert steps.filter(pl.col("step") == 0)["end_date"].is_not_null().all()
    assert more.filter(counted >= 3).height > 0
    unemployed = spells.filter(pl.col("status") == "unemployed")["record_id"].n_unique()
    assert 0 < more["record_id"].n_unique() / unemployed <= 1.5 * SHARE


def test_pensioners_prove_each_year_to_be_alive_except_those_who_stopped(
    county: Simulation,
) -> None:
    benefits = county.frame("social_insurance").filter(pl.col("record_kind") == "benefit")
    proven = pl.col("last_proof_of_life_date")
    pensions = benefits.filter(pl.col("insurance_type") != "unemployment")
    assert pensions["last_proof_of_life_date"].null_count() == 0
    unemployment = benefits.filter(pl.col("insurance_type") == "unemployment")
    assert unemployment.filter(proven.is_not_null()).is_empty()
    persons = pensions.group_by("identity_number").agg(
        proofs=proven.n_unique(),
        age=(pl.col("due_date") - proven).dt.total_days().max(),
        first=(pl.col("due_date") - proven).dt.total_days().min(),
    )
    assert persons.select(pl.col("first").min()).item() >= 0
    stopped = persons.filter(pl.col("age") > 330)
    assert stopped["proofs"].unique().to_list() == [1]
    assert stopped.height / persons.height == pytest.approx(SHARE, abs=0.1)
    assert persons.filter(pl.col("age") > 365).height > 0


def test_some_holders_of_posts_are_insured_by_a_firm_while_the_post_lasts(
    county: Simulation,
) -> None:
    posts = county.frame("employment").filter(
        pl.col("post_type") == "public_welfare", pl.col("revision") == 1
    )
    paid = county.frame("social_insurance").filter(
        pl.col("insurance_type") == "employee_pension", pl.col("contribution_due_fen") > 0
    )
    both = posts.join(paid, on="identity_number", suffix="_paid").filter(
        pl.col("period_month") > pl.col("effective_date"),
        pl.col("employer_code") != pl.col("employer_code_paid"),
    )
    holders = both["identity_number"].n_unique()
    assert 0 < holders <= 2 * SHARE * posts["identity_number"].n_unique()
    monthly = paid.filter(pl.col("revision") == 1)
    assert monthly.select("identity_number", "period_month").is_unique().all()
