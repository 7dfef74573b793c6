"""Expected indicators of surveys, training, cases and composites, compared with values by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tests.unit.simulator.handwritten import HERE, THERE, expected_values, rows

JULY = dt.date(2022, 7, 31)


def interview(
    quarter: dt.date, wage: int, persons: int, weight: int, **more: object
) -> dict[str, object]:
    return {
        "household_number": "H1", "residence": "rural", "quarter_month": quarter,
        "persons": persons, "weight_permille": weight, "wage_income_fen": wage,
        "business_income_fen": 0, "property_income_fen": 0, "transfer_income_fen": 0, **more,
    }  # fmt: skip


def test_income_per_head_is_four_times_the_weighted_mean_of_four_quarters() -> None:
    winter, spring, summer = (
        dt.date(2021, 12, 1),
        dt.date(2022, 3, 1),
        dt.date(2022, 6, 1),
    )
    values = expected_values(
        as_of=JULY,
        household_survey=rows(
            "household_survey",
            interview(winter, 300_000, 2, 1_000),
            interview(spring, 600_000, 2, 1_500, business_income_fen=-100_000),
            interview(summer, 100_000, 1, 500, residence="urban", is_low_income=True),
            # A year and a quarter before June: no longer covered, nor in March.
            interview(dt.date(2021, 3, 1), 9_000_000, 1, 1_000),
        ),
    )
    # 3 000 x 1 + 6 000 x 1.5 yuan of 2 x 1 + 2 x 1.5 persons.
    assert values["wage_income_yuan", "all", HERE, 3] == (12_000, 5, 9_600)
    assert values["wage_income_yuan", "all", HERE, 6] == (
        12_500, Decimal("5.5"), Decimal("9090.9091"),
    )  # fmt: skip
    assert values["business_income_yuan", "rural", HERE, 6] == (-1_500, 5, -1_200)
    assert values["disposable_income_yuan", "rural", HERE, 6] == (10_500, 5, 8_400)
    assert values["disposable_income_yuan", "urban", "522327", 6] == (500, Decimal("0.5"), 4_000)
    assert values["disposable_income_yuan", "low_income", HERE, 6][2] == 4_000
    assert ("wage_income_yuan", "all", HERE, 5) not in values
    assert ("wage_income_yuan", "urban", HERE, 3) not in values
    ratio = values["urban_rural_income_ratio", "all", HERE, 6]
    assert ratio == (4_000, 8_400, Decimal("0.4762"))
    assert ("urban_rural_income_ratio", "all", HERE, 3) not in values


def test_a_share_of_income_is_of_all_income_of_the_same_quarters() -> None:
    spring, summer = dt.date(2022, 3, 1), dt.date(2022, 6, 1)
    values = expected_values(
        as_of=JULY,
        household_survey=rows(
            "household_survey",
            interview(spring, 300_000, 2, 1_000, transfer_income_fen=100_000),
            # A loss makes the whole smaller than its part.
            interview(
                summer, 0, 2, 500, residence="urban",
                business_income_fen=-150_000, transfer_income_fen=200_000,
            ),
        ),
    )  # fmt: skip
    # 1 000 x 1 + 2 000 x 0.5 yuan, of 4 000 x 1 + 500 x 0.5.
    share = values["transfer_income_pct", "all", HERE, 6]
    assert share == (2_000, 4_250, Decimal("47.0588"))
    assert values["transfer_income_pct", "urban", HERE, 6] == (1_000, 250, 400)
    assert values["property_income_pct", "rural", HERE, 3] == (0, 4_000, 0)


def course(person: str, ended: dt.date | None, **more: object) -> dict[str, object]:
    return {
        "identity_number": person, "residence": "rural", "programme_code": "SK-1",
        "programme_kind": "skill", "started_date": dt.date(2022, 1, 10), "ended_date": ended,
        "hours": 40, "has_passed": True, "certificate_level": "none", "subsidy_due_fen": 100_000,
        "subsidy_paid_fen": 0, **more,
    }  # fmt: skip


def test_training_counts_each_course_in_the_month_in_which_it_ended() -> None:
    january, february = dt.date(2022, 1, 31), dt.date(2022, 2, 3)
    values = expected_values(
        training=rows(
            "training",
            course("a", january, subsidy_paid_fen=100_050, is_veteran=True),
            course("a", january, certificate_level="junior", has_passed=False),
            course("b", february, programme_kind="entrepreneurship", residence="urban"),
            course("c", None),
            course("d", dt.date(2022, 3, 1), township_code=THERE),
        )
    )
    assert values["training_persons", "all", HERE, 1][2] == 2
    assert values["training_persons", "rural", HERE, 2][2] == 0
    assert ("training_persons", "all", THERE, 2) not in values
    assert values["training_certificate_persons", "all", HERE, 1][2] == 1
    assert values["entrepreneurship_training_persons", "all", HERE, 2][2] == 1
    assert values["training_subsidised_persons", "veteran", HERE, 1][2] == 1
    assert values["training_pass_pct", "all", HERE, 1] == (1, 2, 50)
    assert values["training_hours", "all", "522327", 1][2] == 80
    mean = values["training_subsidy_mean_yuan", "all", HERE, 1]
    assert mean == (Decimal("1000.5"), 1, Decimal("1000.5"))
    assert ("training_subsidy_mean_yuan", "all", HERE, 2) not in values


def case(
    kind: str, accepted: dt.date | None, closed: dt.date | None, **more: object
) -> dict[str, object]:
    return {
        "employer_code": "e", "case_kind": kind, "filed_date": dt.date(2022, 1, 1),
        "accepted_date": accepted, "closed_date": closed, "workers_persons": 1,
        "outcome": "settled" if closed else "open", "claimed_fen": 1_000, "recovered_fen": 0,
        **more,
    }  # fmt: skip


def test_cases_count_in_the_month_in_which_their_limit_ends() -> None:
    third = dt.date(2022, 1, 3)
    values = expected_values(
        as_of=JULY,
        labour_case=rows(
            "labour_case",
            # Fifteen days from filing on the first: the sixteenth is in time, the next day is not.
            case("mediation", third, dt.date(2022, 1, 16), is_wage_case=True, recovered_fen=900),
            case("mediation", third, dt.date(2022, 1, 17), is_migrant_worker=True),
            # Not accepted, and open.
            case("mediation", None, None, is_wage_case=True),
            # Forty-five days end in February, sixty in March.
            case("arbitration", third, dt.date(2022, 2, 20)),
            case("arbitration", third, dt.date(2022, 3, 1), is_extended=True),
            # Closed after the as-of date, not due by it, and due on the day before it.
            case("complaint", dt.date(2022, 4, 30), dt.date(2022, 8, 1)),
            case("inspection", dt.date(2022, 5, 9), None),
            case("inspection", dt.date(2022, 3, 26), None, is_extended=True),
        ),
    )
    assert values["labour_case_closed_pct", "all", HERE, 1] == (2, 3, Decimal("66.6667"))
    assert values["labour_case_on_time_pct", "all", HERE, 1] == (1, 3, Decimal("33.3333"))
    assert values["mediation_closed_pct", "migrant_worker", HERE, 1] == (1, 1, 100)
    assert values["arbitration_on_time_pct", "all", HERE, 2] == (0, 1, 0)
    assert values["arbitration_on_time_pct", "all", HERE, 3] == (1, 1, 100)
    recovered = values["wage_case_recovered_pct", "all", HERE, 1]
    assert recovered == (9, 20, 45)
    assert values["labour_case_on_time_pct", "all", HERE, 2] == (0, 1, 0)
    assert values["arbitration_closed_pct", "all", HERE, 2] == (1, 1, 100)
    assert values["labour_case_on_time_pct", "all", HERE, 3] == (1, 1, 100)
    assert values["complaint_closed_pct", "all", HERE, 7] == (0, 1, 0)
    assert values["inspection_closed_pct", "all", "52", 7] == (0, 1, 0)


def test_bases_of_contributions_are_shares_of_the_mean_wage() -> None:
    wage = {
        "identity_number": "w", "employer_kind": "government", "post_type": "regular",
        "occupation": "other", "wage_month": dt.date(2022, 1, 1), "is_full_month": True,
        "amount_due_fen": 500_001, "amount_paid_fen": 500_001,
        "due_date": dt.date(2022, 2, 15), "paid_date": dt.date(2022, 2, 15),
    }  # fmt: skip
    values = expected_values(wage_payment=rows("wage_payment", wage))
    floor = values["contribution_base_floor_yuan", "all", HERE, 2]
    assert floor == (Decimal("5000.01"), None, Decimal("3000.006"))
    assert values["contribution_base_ceiling_yuan", "all", HERE, 2][2] == Decimal("15000.03")
    assert ("employment_quality_index", "all", HERE, 2) not in values
