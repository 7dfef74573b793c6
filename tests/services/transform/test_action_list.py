"""The action list of hand-written records: each monitor lists its case and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from livelihood.cli import app
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.message_factory import TOWNSHIP, message, token
from testkit.platforms import publish_all
from testkit.topics import send

NEIGHBOUR = "522327002"
NEW = {"contract_version": "1.1.0"}


def person(number: int) -> str:
    return token(f"person_token-{number}")


def household(number: int) -> str:
    return token(f"household_token-{number}")


def employer(number: int) -> str:
    return token(f"employer_token-{number}")


def employment() -> Iterator[bytes]:
    """Yield a person who refused three offers, one in a post too long, and a regular case."""
    able = {"has_working_capacity": True, "is_exited_poverty": True}
    yield message("employment", 1, effective_date="2021-01-01", **able)
    idle = {"status": "unemployed", "effective_date": "2022-03-01", "refused_offers_count": 3}
    yield message("employment", 1, record_id="idle", **idle, **able, **NEW)
    post = {"post_type": "public_welfare", "effective_date": "2019-12-31"}
    yield message("employment", 2, township_code=NEIGHBOUR, **post)
    yield message("employment", 3, refused_offers_count=3, **NEW)


def social_insurance() -> Iterator[bytes]:
    """Cover for all but the first; pensions late, short, for nothing, and long unproven."""
    paid = {"insurance_type": "employee_pension", "period_month": "2022-11-01"}
    # The gate wants figures without a gap between months.
    paid |= {"due_date": "2022-12-15", "paid_date": "2022-12-15"}
    yield message("social_insurance", 2, employer_token=employer(9), **paid)
    yield message("social_insurance", 3, **paid)
    benefit: dict[str, Any] = {**NEW, "insurance_type": "resident_pension"}
    benefit |= {"record_kind": "benefit", "period_month": "2022-12-01", "due_date": "2022-12-20"}
    benefit |= {"paid_date": None, "last_proof_of_life_date": "2021-12-31"}
    proven = "2021-12-30"
    yield message("social_insurance", 4, **benefit | {"benefit_paid_fen": 0})
    yield message("social_insurance", 5, **benefit | {"benefit_paid_fen": 99_999})
    yield message("social_insurance", 6, **benefit | {"benefit_due_fen": 0})
    yield message("social_insurance", 7, **benefit | {"last_proof_of_life_date": proven})


def wages() -> Iterator[bytes]:
    """Yield ten unpaid workers; one underpaid, one without contract, one unregistered."""
    good: dict[str, Any] = {"wage_month": "2022-11-01", "due_date": "2022-12-15"}
    good |= {"paid_date": "2022-12-15", "has_labour_contract": True, "employer_token": employer(8)}
    site = good | {"project_code": "P-1", "project_kind": "construction"}
    site |= {"occupation": "construction_worker", "is_real_name_registered": True}
    for number in range(10, 20):
        yield message("wage_payment", number, **site | {"amount_paid_fen": 0, "paid_date": None})
    yield message("wage_payment", 20, **good | {"is_full_month": True, "amount_due_fen": 156_900})
    unsigned = {"wage_month": "2022-10-01", "has_labour_contract": False}
    yield message("wage_payment", 21, **good | unsigned)
    yield message("wage_payment", 22, **site | {"is_real_name_registered": False})
    yield message("wage_payment", 23, **site)


def labour_cases() -> Iterator[bytes]:
    """Yield a complaint that exceeds its 84 days, and one that does not."""
    yield message("labour_case", 30, accepted_date="2022-10-07", recovered_fen=0)
    yield message("labour_case", 31, accepted_date="2022-10-08")


def trainings() -> Iterator[bytes]:
    """Yield a certificate without subsidy, a subsidy without certificate, and a regular case."""
    course: dict[str, Any] = {"started_date": "2022-11-01", "ended_date": "2022-11-30"}
    course |= {"certificate_level": "junior", "certificate_date": "2022-12-11"}
    course |= {"subsidy_paid_date": "2022-12-21"}
    yield message("training", 40, **course | {"subsidy_paid_fen": 0, "subsidy_paid_date": None})
    without = {"certificate_level": "none", "certificate_date": None}
    yield message("training", 41, **course | without)
    yield message("training", 42, **course)


def cases() -> dict[str, Iterator[bytes]]:
    return {
        "employment": employment(),
        "social_insurance": social_insurance(),
        "wage_payment": wages(),
        "labour_case": labour_cases(),
        "training": trainings(),
    }


# (monitor, township, subject) -> opened, due, days open, persons, yuan, case.
EXPECTED = {
    ("zero_employment_household", TOWNSHIP, household(1)):
        ("2022-03-01", None, 305, 1, None, "work_ended"),
    ("exited_poverty_household_out_of_work", TOWNSHIP, household(1)):
        ("2022-03-01", None, 305, 1, None, "work_ended"),
    ("exited_poverty_out_of_work", TOWNSHIP, person(1)):
        ("2022-03-01", None, 305, 1, None, "unemployed"),
    ("three_refusals", TOWNSHIP, person(1)): ("2022-03-01", None, 305, 1, None, "unemployed"),
    ("uninsured_person", TOWNSHIP, person(1)): ("2021-01-01", None, 729, 1, None, "never_insured"),
    ("public_welfare_term", NEIGHBOUR, person(2)):
        ("2022-12-31", "2022-12-30", 0, 1, None, "term_over"),
    ("public_welfare_insured_elsewhere", NEIGHBOUR, person(2)):
        ("2022-11-01", None, 60, 1, None, None),
    ("benefit_late", TOWNSHIP, f"{person(4)}/resident_pension"):
        ("2022-12-20", "2022-12-20", 11, 1, 1000, "resident_pension"),
    ("benefit_short", TOWNSHIP, f"{person(5)}/resident_pension"):
        ("2022-12-20", "2022-12-20", 11, 1, 0.01, "resident_pension"),
    ("benefit_not_entitled", TOWNSHIP, f"{person(6)}/resident_pension/not_entitled"):
        ("2022-12-20", None, 11, 1, 1000, "not_entitled"),
    ("proof_of_life_overdue", TOWNSHIP, person(7)):
        ("2022-12-31", "2022-12-30", 0, 1, 1000, None),
    ("unpaid_wage_project", TOWNSHIP, "P-1"):
        ("2022-12-15", "2022-12-15", 16, 10, 10_000, "group_arrears"),
    ("wage_below_minimum", TOWNSHIP, f"{person(20)}/{employer(8)}"):
        ("2022-12-15", "2024-12-15", 16, 1, 1, None),
    ("worker_without_contract", TOWNSHIP, f"{person(21)}/{employer(8)}"):
        ("2022-12-01", "2022-12-01", 30, 1, None, "never"),
    ("worker_without_real_name", TOWNSHIP, f"{person(22)}/P-1"):
        ("2022-11-01", None, 60, 1, None, "never"),
    ("labour_case_overdue", TOWNSHIP, f"{employer(30)}/test/test-labour_case-30"):
        ("2022-12-31", "2022-12-30", 0, 1, 1000, "complaint"),
    ("certificate_without_subsidy", TOWNSHIP, f"{person(40)}/test/test-training-40"):
        ("2022-12-11", None, 20, 1, 1000, "unpaid"),
    ("subsidy_without_certificate", TOWNSHIP, f"{person(41)}/test/test-training-41"):
        ("2022-12-21", None, 10, 1, 1000, "not_passed"),
}  # fmt: skip


@pytest.fixture
def acted_upon(platform: Settings) -> Settings:
    """Settings of a platform that has published the hand-written records."""
    for stream, messages in cases().items():
        send(platform, stream, messages)
    assert publish_all(platform) is not None
    return platform


def listed(settings: Settings) -> dict[tuple[str, ...], tuple[Any, ...]]:
    with connect(settings, role="caseworker") as connection:
        rows = connection.execute(
            "select monitor_code, region_code, subject, opened_on::text, due_on::text,"
            " (select as_of_date from published.release) - opened_on,"
            " persons, amount_yuan::float, reason_code from published.action_list"
        ).fetchall()
    return {row[:3]: row[3:] for row in rows}


def test_each_monitor_lists_its_case_and_no_other(
    acted_upon: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed(acted_upon) == EXPECTED

    monkeypatch.setattr("livelihood.cli.queries.get_settings", lambda: acted_upon)
    # Wide enough for tokens.
    runner = CliRunner(env={"COLUMNS": "250"})
    project_list = runner.invoke(app, ["actions", "--monitor", "项目欠薪", "--township", TOWNSHIP])
    assert project_list.exit_code == 0
    assert "P-1" in project_list.output
    counted = runner.invoke(app, ["actions", "--township", NEIGHBOUR])
    assert counted.output.count("public_welfare") == 2
    refused = runner.invoke(app, ["actions", "--monitor", "imagined"])
    assert "is not in the release" in str(refused.exception)
