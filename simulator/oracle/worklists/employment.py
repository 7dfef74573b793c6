"""Expected work lists of employment: households, people out of work, posts beyond their term."""

from __future__ import annotations

import polars as pl

from simulator.oracle.aggregates import identity
from simulator.oracle.worklists.monitor import Monitor, Snapshot, either

PERSON, HOUSEHOLD = ("identity_number",), ("household_number",)
HOUSEHOLD_KEY = ("township_code", "household_number")
GROUPS = ("exited_poverty", "relocated", "monitored", "low_income")
TERM, ONE_DAY = "3y", pl.duration(days=1)
MAY_BE_EXTENDED_AGE = 45
MAX_REFUSALS = 3

_EMPLOYED = pl.col("status") == "employed"
_UNEMPLOYED = pl.col("status") == "unemployed"
_WELFARE = (_EMPLOYED & (pl.col("post_type") == "public_welfare")).fill_null(value=False)


def out_of_work(snapshot: Snapshot) -> pl.DataFrame:
    """Select households with members in the labour force, none of them in work.

    An item is open since a member was first unemployed after the last work in the township.
    """
    labour_force = snapshot.present.filter(_EMPLOYED | _UNEMPLOYED)
    unemployed_households = (
        labour_force.group_by(HOUSEHOLD_KEY)
        .agg(
            _EMPLOYED.any().alias("works"),
            persons=pl.len(),
            **{f"is_{group}": pl.col(f"is_{group}").any() for group in GROUPS},
        )
        .filter(~pl.col("works"))
    )
    past = snapshot.spells.join(unemployed_households.select(HOUSEHOLD_KEY), on=HOUSEHOLD_KEY)
    worked = past.filter(_EMPLOYED).group_by(HOUSEHOLD_KEY).agg(worked_until=pl.max("last_day"))
    since = (
        past.filter(_UNEMPLOYED)
        .join(worked, on=HOUSEHOLD_KEY, how="left")
        .filter(pl.col("worked_until").is_null() | (pl.col("last_day") > pl.col("worked_until")))
        .group_by(HOUSEHOLD_KEY)
        .agg(
            opened_on=pl.max_horizontal("effective_date", pl.col("worked_until") + ONE_DAY).min(),
            reason_code=either(
                pl.col("worked_until").first().is_null(), "no_work_recorded", "work_ended"
            ),
        )
    )
    return unemployed_households.join(since, on=HOUSEHOLD_KEY)


def group_out_of_work(group: str) -> Monitor:
    """Return the monitor of such households of a group."""
    return Monitor(
        f"{group}_household_out_of_work",
        HOUSEHOLD,
        lambda snapshot: out_of_work(snapshot).filter(f"is_{group}"),
    )


def exited_poverty_out_of_work(snapshot: Snapshot) -> pl.DataFrame:
    """Select people of exited-poverty households who had work, could work and do not work."""
    worked = snapshot.spells.filter(_EMPLOYED).group_by("identity_number")
    last = snapshot.spells.group_by("identity_number", maintain_order=True).last()
    return (
        last.join(worked.agg(worked_until=pl.max("last_day")), on="identity_number")
        .filter(
            "is_exited_poverty", "has_working_capacity", pl.col("worked_until") < snapshot.today
        )
        .select(
            "township_code",
            "identity_number",
            "household_number",
            opened_on=pl.col("worked_until") + ONE_DAY,
            reason_code=pl.when(pl.col("last_day") < snapshot.today)
            .then(pl.lit("not_known_of"))
            .otherwise(either(_UNEMPLOYED, "unemployed", "left_labour_force")),
        )
    )


def public_welfare_term(snapshot: Snapshot) -> pl.DataFrame:
    """Select holders of public-welfare posts for three years without interruption."""
    stint = (~_WELFARE).cum_sum().over("identity_number")
    posts = snapshot.spells.with_columns(stint=stint).filter(_WELFARE)
    since = pl.col("effective_date").min().over("identity_number", "stint")
    posts = posts.with_columns(since=since, opened_on=since.dt.offset_by(TERM))
    age = pl.col("since").dt.year() - pl.col("birth_year")
    return posts.filter(
        pl.col("last_day") >= snapshot.today, pl.col("opened_on") <= snapshot.today
    ).select(
        "township_code",
        "identity_number",
        "household_number",
        "employer_code",
        "opened_on",
        due_on=pl.col("opened_on") - ONE_DAY,
        reason_code=either(age >= MAY_BE_EXTENDED_AGE, "may_be_extended", "term_over"),
    )


def insured_elsewhere(snapshot: Snapshot) -> pl.DataFrame:
    """Select holders of public-welfare posts for whom another employer pays pension contributions.

    The contributions are for months that began after the post did, and reach to last month.
    """
    contributions = snapshot.insurance.filter(
        pl.col("insurance_type") == "employee_pension",
        pl.col("contribution_paid_fen") > 0,
        pl.col("period_month") <= snapshot.today,
    ).select(
        "identity_number",
        "period_month",
        "period_months",
        "record_id",
        "source_system",
        "employer_code",
    )
    until = pl.col("period_month").dt.offset_by(pl.format("{}mo", "period_months"))
    return (
        snapshot.present.filter(_WELFARE)
        .join(contributions, on="identity_number", suffix="_paid")
        .filter(
            pl.col("employer_code_paid") != pl.col("employer_code"),
            pl.col("period_month") >= pl.col("effective_date"),
        )
        .group_by("identity_number", "household_number", "township_code")
        .agg(
            opened_on=pl.min("period_month"),
            until=until.max(),
            employer_code=pl.col("employer_code_paid")
            .sort_by("period_month", "record_id_paid", "source_system_paid")
            .last(),
        )
        .filter(pl.col("until") > snapshot.last_seen_month)
    )


def three_refusals(snapshot: Snapshot) -> pl.DataFrame:
    """Select unemployed people who refused three offers, since the revision that recorded it."""
    rows = snapshot.rows["employment"]
    recorded = (
        rows.filter(pl.col("refused_offers_count") >= MAX_REFUSALS)
        .group_by(identity("employment"))
        .agg(recorded=pl.min("recorded_at").dt.convert_time_zone("Asia/Shanghai").dt.date())
    )
    return (
        snapshot.present.filter(_UNEMPLOYED, pl.col("refused_offers_count") >= MAX_REFUSALS)
        .join(recorded, on=identity("employment"))
        .select(
            "township_code",
            "identity_number",
            "household_number",
            opened_on=pl.min_horizontal("recorded", pl.lit(snapshot.today)),
            reason_code=either(pl.col("is_low_income"), "low_income", "unemployed"),
        )
    )


MONITORS = (
    Monitor("zero_employment_household", HOUSEHOLD, out_of_work),
    *(group_out_of_work(group) for group in GROUPS),
    Monitor("exited_poverty_out_of_work", PERSON, exited_poverty_out_of_work),
    Monitor("public_welfare_term", PERSON, public_welfare_term),
    Monitor("public_welfare_insured_elsewhere", PERSON, insured_elsewhere),
    Monitor("three_refusals", PERSON, three_refusals),
)
