"""The expected action list, compared with items worked out by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from simulator import STREAMS
from simulator.oracle.worklists.actions import expected_actions
from tests.unit.simulator.handwritten import HERE, STANDARDS, THERE, rows

TODAY = dt.date(2022, 6, 15)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def listed(monitor: str, **streams: pl.DataFrame) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return opening and due date, persons, yuan and reason by township and plain subject."""
    frames = {stream: streams.get(stream, rows(stream)) for stream in STREAMS}
    table = expected_actions(frames, TODAY, lambda identifiers, _: identifiers, STANDARDS)
    assert table.select("monitor_code", "region_code", "subject").is_unique().all()
    columns = ("opened_on", "due_on", "persons", "amount_yuan", "reason_code")
    return {
        (row["region_code"], row["subject"]): tuple(row[name] for name in columns)
        for row in table.filter(pl.col("monitor_code") == monitor).iter_rows(named=True)
    }


def spell(person: str, status: str, begins: str, **more: object) -> dict[str, object]:
    return {
        "identity_number": person, "household_number": "H", "status": status,
        "effective_date": day(begins), "birth_year": 1980, "has_working_capacity": True, **more,
    }  # fmt: skip


def test_a_household_is_out_of_work_since_a_member_was_unemployed_after_the_last_work() -> None:
    until_may = {"end_date": day("2022-05-31")}
    table = rows(
        "employment",
        spell("a", "employed", "2021-01-01", **until_may),
        spell("a", "outside_labour_force", "2022-06-01"),
        # Unemployed all the time.
        spell("b", "unemployed", "2020-01-01", is_monitored=True),
        spell("c", "unemployed", "2022-06-10", household_number="G"),
        spell("d", "employed", "2022-06-15", household_number="G"),
        spell("e", "unemployed", "2022-06-10", household_number="G", township_code=THERE),
    )
    households = {
        (HERE, "H"): (day("2022-06-01"), None, 1, None, "work_ended"),
        (THERE, "G"): (day("2022-06-10"), None, 1, None, "no_work_recorded"),
    }
    assert listed("zero_employment_household", employment=table) == households
    monitored = listed("monitored_household_out_of_work", employment=table)
    assert monitored.keys() == {(HERE, "H")}


def test_work_counts_until_its_last_day_and_the_last_spell_gives_the_reason() -> None:
    exited = {"is_exited_poverty": True}
    table = rows(
        "employment",
        spell("today", "employed", "2021-01-01", end_date=TODAY, **exited),
        spell("gone", "employed", "2021-01-01", end_date=day("2022-06-14"), **exited),
        spell("idle", "employed", "2021-01-01", **exited),
        spell("idle", "outside_labour_force", "2022-06-01", **exited),
        spell("ill", "employed", "2021-01-01", **exited),
        spell(
            "ill", "outside_labour_force", "2022-06-01", **exited | {"has_working_capacity": False}
        ),
        spell("never", "unemployed", "2021-01-01", **exited),
    )
    assert listed("exited_poverty_out_of_work", employment=table) == {
        (HERE, "gone"): (TODAY, None, 1, None, "not_known_of"),
        (HERE, "idle"): (day("2022-06-01"), None, 1, None, "left_labour_force"),
    }


def test_the_term_is_three_years_of_posts_without_interruption() -> None:
    post = {"post_type": "public_welfare"}
    table = rows(
        "employment",
        spell("row", "employed", "2019-06-15", **post),
        spell("row", "employed", "2022-01-01", **post),
        spell("day short", "employed", "2019-06-16", **post),
        spell("broken", "employed", "2019-01-01", **post),
        spell("broken", "unemployed", "2020-01-01"),
        spell("broken", "employed", "2020-01-02", **post),
        spell("old", "employed", "2019-01-01", **post, birth_year=1974),
    )
    assert listed("public_welfare_term", employment=table) == {
        (HERE, "row"): (TODAY, day("2022-06-14"), 1, None, "term_over"),
        (HERE, "old"): (day("2022-01-01"), day("2021-12-31"), 1, None, "may_be_extended"),
    }


def test_refusals_count_from_the_revision_that_recorded_three() -> None:
    def revision(
        number: int, refused: int, recorded_at: dt.datetime, **more: object
    ) -> dict[str, object]:
        refusals = {"refused_offers_count": refused, "recorded_at": recorded_at, "revision": number}
        return spell("a", "unemployed", "2022-01-01", record_id="a") | refusals | more

    # Late in the evening of the tenth in London is the eleventh in China.
    evening = dt.datetime(2022, 4, 10, 20, tzinfo=dt.UTC)
    refusals = [
        revision(1, 2, evening - dt.timedelta(days=9)),
        revision(2, 3, evening),
        revision(3, 4, evening + dt.timedelta(days=9)),
    ]
    items = listed("three_refusals", employment=rows("employment", *refusals))
    assert items == {(HERE, "a"): (day("2022-04-11"), None, 1, None, "unemployed")}
    back = revision(4, 4, evening + dt.timedelta(days=20), operation="withdraw")
    assert not listed("three_refusals", employment=rows("employment", *refusals, back))


def contribution(person: str, month: str, **more: object) -> dict[str, object]:
    return {
        "identity_number": person, "insurance_type": "employee_pension", "period_months": 1,
        "record_kind": "contribution", "period_month": day(month), "contribution_paid_fen": 1,
        "due_date": day(month), **more,
    }  # fmt: skip


def benefit(person: str, due_date: str, due: int, paid: int, **more: object) -> dict[str, object]:
    return {
        "identity_number": person, "insurance_type": "resident_pension", "period_months": 1,
        "record_kind": "benefit", "period_month": day(due_date).replace(day=1),
        "benefit_due_fen": due, "benefit_paid_fen": paid, "due_date": day(due_date), **more,
    }  # fmt: skip


def test_cover_of_last_month_suffices_and_another_employer_is_listed() -> None:
    post = {"post_type": "public_welfare", "employer_code": "village"}
    people = [spell(name, "employed", "2022-03-02", **post) for name in ("in", "out", "pensioner")]
    paid = rows(
        "social_insurance",
        contribution("in", "2022-04-01", employer_code="former"),
        contribution("in", "2022-05-01", employer_code="firm"),
        # Before the post began, and by the employer of the post.
        contribution("out", "2022-03-01", employer_code="firm"),
        contribution("out", "2022-04-01", employer_code="village"),
        benefit("pensioner", "2022-05-20", 1, 1),
        benefit("out", "2022-05-20", 0, 1),
    )
    streams = {"employment": rows("employment", *people), "social_insurance": paid}
    assert listed("uninsured_person", **streams) == {
        (HERE, "out"): (day("2022-05-01"), None, 1, None, "lapsed")
    }
    assert listed("public_welfare_insured_elsewhere", **streams) == {
        (HERE, "in"): (day("2022-04-01"), None, 1, None, None)
    }


def test_benefits_are_late_short_or_too_much_to_the_fen() -> None:
    paid = rows(
        "social_insurance",
        benefit("late", "2022-06-14", 100, 0),
        benefit("late", "2022-05-15", 100, 0),
        benefit("late", "2022-06-15", 100, 0),
        benefit("short", "2022-05-15", 100, 99),
        benefit("over", "2022-05-15", 100, 101),
        benefit("none", "2022-05-15", 0, 1),
        benefit("right", "2022-05-15", 100, 100),
    )
    kind, since = "resident_pension", day("2022-05-15")
    assert listed("benefit_late", social_insurance=paid) == {
        (HERE, f"late/{kind}"): (since, since, 1, 2, kind)
    }
    short = listed("benefit_short", social_insurance=paid)
    assert [(key, float(row[3])) for key, row in short.items()] == [((HERE, f"short/{kind}"), 0.01)]
    assert listed("benefit_not_entitled", social_insurance=paid).keys() == {
        (HERE, f"none/{kind}/not_entitled"),
        (HERE, f"over/{kind}/overpaid"),
    }


def test_a_proof_of_life_holds_for_a_year() -> None:
    def drawn(person: str, due_date: str, proven: str | None) -> dict[str, object]:
        proof = day(proven) if proven else None
        return benefit(person, due_date, 11_800, 11_800, last_proof_of_life_date=proof)

    paid = rows(
        "social_insurance",
        drawn("year", "2022-05-20", "2021-06-15"),
        drawn("over", "2022-05-20", "2021-06-14"),
        drawn("stopped", "2022-04-20", "2020-01-01"),
        drawn("unknown", "2022-05-20", None),
    )
    assert listed("proof_of_life_overdue", social_insurance=paid) == {
        (HERE, "over"): (TODAY, day("2022-06-14"), 1, 118, None)
    }


def wage(worker: str, month: str, **more: object) -> dict[str, object]:
    due = day(month) + dt.timedelta(days=45)
    return {
        "identity_number": worker, "employer_code": "e", "employer_kind": "enterprise",
        "project_code": "P", "project_kind": "construction", "occupation": "construction_worker",
        "wage_month": day(month), "due_date": due, "amount_due_fen": 200_000,
        "amount_paid_fen": 200_000, "is_full_month": True, "has_labour_contract": True,
        "is_real_name_registered": True, **more,
    }  # fmt: skip


def test_ten_workers_of_a_project_are_a_group_in_any_township() -> None:
    unpaid = {"amount_paid_fen": 150_000, "due_date": day("2022-05-15")}
    workers = [wage(str(number), "2022-04-01", **unpaid) for number in range(9)]
    elsewhere = wage("0", "2022-04-01", township_code=THERE, **unpaid)
    since = day("2022-05-15")
    nine = listed("unpaid_wage_project", wage_payment=rows("wage_payment", *workers, elsewhere))
    assert nine == {
        (HERE, "P"): (since, since, 9, 4_500, "arrears"),
        (THERE, "P"): (since, since, 1, 500, "arrears"),
    }
    tenth = elsewhere | {"identity_number": "9"}
    ten = listed("unpaid_wage_project", wage_payment=rows("wage_payment", *workers, tenth))
    assert {row[4] for row in ten.values()} == {"group_arrears"}


def test_a_wage_is_below_the_minimum_of_its_month_for_two_years() -> None:
    paid = rows(
        "wage_payment",
        # 1 570 yuan until January, 1 660 from February on.
        wage("a", "2022-01-01", amount_due_fen=156_999),
        wage("a", "2022-02-01", amount_due_fen=165_900),
        wage("b", "2022-01-01", amount_due_fen=157_000),
        wage("c", "2022-01-01", amount_due_fen=1, is_full_month=False),
        wage("d", "2020-04-30", amount_due_fen=1, due_date=day("2020-06-14")),
    )
    items = listed("wage_below_minimum", wage_payment=paid)
    since = day("2022-02-15")
    assert items.keys() == {(HERE, "a/e")}
    assert items[HERE, "a/e"][:3] == (since, day("2024-02-15"), 1)
    assert float(items[HERE, "a/e"][3]) == 1.01


def test_the_latest_payroll_decides_on_contract_and_registration() -> None:
    lacking = {"has_labour_contract": False, "is_real_name_registered": False}
    due = {"due_date": day("2022-05-15")}
    paid = rows(
        "wage_payment",
        wage("never", "2022-04-01", **lacking, **due),
        wage("ended", "2022-03-01", **due),
        wage("ended", "2022-04-01", **lacking, **due),
        wage("signed", "2022-03-01", **lacking, **due),
        wage("signed", "2022-04-01", **due),
        wage("begun", "2022-05-01", **lacking, due_date=day("2022-06-14")),
        wage("today", "2022-05-01", **lacking, due_date=TODAY),
        wage("gone", "2022-03-01", **lacking, due_date=day("2022-04-15")),
    )
    june, may, april = day("2022-06-01"), day("2022-05-01"), day("2022-04-01")
    assert listed("worker_without_contract", wage_payment=paid) == {
        (HERE, "never/e"): (june, june, 1, None, "never"),
        (HERE, "ended/e"): (april, april, 1, None, "lapsed"),
    }
    assert listed("worker_without_real_name", wage_payment=paid) == {
        (HERE, "never/P"): (april, None, 1, None, "never"),
        (HERE, "ended/P"): (april, None, 1, None, "dropped"),
        (HERE, "begun/P"): (may, None, 1, None, "never"),
    }


def test_a_case_is_overdue_the_day_after_its_limit() -> None:
    case = {
        "employer_code": "e", "case_kind": "mediation", "filed_date": day("2022-05-30"),
        "workers_persons": 3, "claimed_fen": 1_000, "recovered_fen": 100,
    }  # fmt: skip
    cases = rows(
        "labour_case",
        case | {"accepted_date": day("2022-05-31"), "record_id": "open"},
        case | {"filed_date": day("2022-05-31"), "record_id": "last day"},
        case | {"closed_date": TODAY, "record_id": "closed"},
    )
    items = listed("labour_case_overdue", labour_case=cases)
    assert items == {(HERE, "e/test/open"): (TODAY, day("2022-06-14"), 3, 9, "mediation")}


def test_subsidies_and_certificates_that_lack_each_other_are_listed() -> None:
    course = {
        "identity_number": "p", "started_date": day("2022-05-01"), "ended_date": day("2022-05-31"),
        "certificate_level": "junior", "certificate_date": TODAY, "subsidy_due_fen": 100_000,
        "subsidy_paid_fen": 0,
    }  # fmt: skip
    without = {"certificate_level": "none", "certificate_date": None, "subsidy_paid_fen": 100_000}
    trainings = rows(
        "training",
        course | {"record_id": "unpaid"},
        course | {"record_id": "short", "subsidy_paid_fen": 60_000, "certificate_date": None},
        course | {"record_id": "tomorrow", "certificate_date": day("2022-06-16")},
        course | {"record_id": "paid", "subsidy_paid_fen": 100_000},
        course | without | {"record_id": "passed", "has_passed": True},
        course | without | {"record_id": "under way", "ended_date": None},
    )
    since = day("2022-05-31")
    assert listed("certificate_without_subsidy", training=trainings) == {
        (HERE, "p/test/unpaid"): (TODAY, None, 1, 1_000, "unpaid"),
        (HERE, "p/test/short"): (since, None, 1, 400, "short"),
    }
    assert listed("subsidy_without_certificate", training=trainings) == {
        (HERE, "p/test/passed"): (since, None, 1, 1_000, "passed_without_certificate"),
        (HERE, "p/test/under way"): (day("2022-05-01"), None, 1, 1_000, "not_ended"),
    }
