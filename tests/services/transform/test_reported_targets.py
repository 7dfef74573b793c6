"""Targets measured by reports only: judged by the valid version, even if it arrives late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from livelihood.load import load
from livelihood.settings import Settings
from livelihood.transform import build
from livelihood.warehouse import connect
from testkit.message_factory import message
from testkit.topics import send
from tests.reported import reported_target

STREAM = "reported_figure"
PLAN = "ceheng_income_2022"
OFFICE = "县人社局"
# A sum of persons to be reached each year.
YEARLY = reported_target(
    plan_id=PLAN, owner=OFFICE, periodicity="annual", comparator=">=", unit="persons"
)
SUM, ALL = YEARLY.target_id, float(YEARLY.value or 0)
# A share of 90 percent to be reached by the end of 2024.
COMMUNITIES = "ceheng_full_employment_communities"
# The 18th of the month, or earlier.
DEADLINE = "ceheng_quarterly_reports"
UNITS = {
    SUM: "persons",
    COMMUNITIES: "pct",
    DEADLINE: "day_of_month",
    "employed_persons": "persons",
}
Row = tuple[Any, ...]


@pytest.fixture
def report(platform: Settings) -> Callable[..., None]:
    """Sends and loads one report of the county; equal code and period are one record."""

    def send_and_load(code: str, period: str, value: float, **changes: Any) -> None:
        row = {
            "record_id": f"{code}-{period}",
            "revision": 1,
            "figure_code": code,
            "region_code": "522327",
            "period_end_date": period,
            "value_ten_thousandths": round(value * 10_000),
            "unit": UNITS[code],
            "office": OFFICE,
            "submitted_at": f"{period[:7]}-17T08:00:00Z",
            **changes,
        }
        send(platform, STREAM, [message(STREAM, **row)])
        assert load(platform, STREAM).rejected == 0

    return send_and_load


def rows(settings: Settings, query: str, *parameters: Any) -> list[Row]:
    with connect(settings) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def progress(settings: Settings, target_id: str) -> dict[int, Row]:
    """Return value and status by month of 2022."""
    months = rows(
        settings,
        "select extract(month from period_month)::int, value, status from marts.target_progress"
        " where target_id = %s order by 1",
        target_id,
    )
    return {
        month: (None if value is None else float(value), status) for month, value, status in months
    }


def compared(settings: Settings) -> list[Row]:
    """Return two reported values, compared with the records."""
    return rows(
        settings,
        "select figure_code, reported_value::float, computed_value, is_flagged, is_implausible"
        " from marts.report_comparison where figure_code in (%s, %s) order by 1, period_month",
        SUM,
        "employed_persons",
    )


def clock(settings: Settings) -> dict[str, Row]:
    """Return the state of each office's report of December."""
    offices = rows(
        settings,
        "select office, figures_on_time, figures_received, status, days_late"
        " from marts.report_clock where plan_id = %s and due_date = '2022-12-18'",
        PLAN,
    )
    return {office: tuple(state) for office, *state in offices}


def test_reports_decide_from_the_month_they_are_of(
    platform: Settings, report: Callable[..., None]
) -> None:
    report(SUM, "2022-06-30", 0.45 * ALL)
    report(COMMUNITIES, "2022-09-30", 70)
    report(DEADLINE, "2022-12-31", 19)
    report("employed_persons", "2022-12-31", 1000, population="all")
    build(platform)
    reached = progress(platform, SUM)
    assert reached[5] == (None, "no_data")
    # Half of the year has passed, less than half of the sum is reached; a report is valid until the
    # next one.
    assert reached[6] == reached[11] == (0.45 * ALL, "behind")
    assert progress(platform, COMMUNITIES)[12] == (70, "on_track")
    assert progress(platform, DEADLINE)[12] == (19, "missed")

    # Late: the report of March arrives after that of June; revised: June was wrong.
    report(SUM, "2022-03-31", 0.3 * ALL, submitted_at="2022-12-20T08:00:00Z")
    report(SUM, "2022-06-30", 0.5 * ALL, revision=2)
    report(DEADLINE, "2022-12-31", 18, revision=2)
    build(platform)
    reached = progress(platform, SUM)
    assert reached[2] == (None, "no_data")
    assert reached[3] == reached[5] == (0.3 * ALL, "on_track")
    assert reached[6] == reached[11] == (0.5 * ALL, "on_track")
    assert reached[12] == (0.5 * ALL, "missed")
    assert progress(platform, DEADLINE)[12] == (18, "met")

    # Taken back: what was reported before it holds again.
    report(SUM, "2022-06-30", 0.5 * ALL, revision=3, operation="withdraw")
    report(SUM, "2022-11-30", ALL)
    # One second decides between in time and late.
    report(SUM, "2022-12-31", ALL, submitted_at="2022-12-18T16:00:00Z")
    report(COMMUNITIES, "2022-12-31", 70, submitted_at="2022-12-18T15:59:59Z")
    build(platform)
    reached = progress(platform, SUM)
    assert reached[6] == reached[10] == (0.3 * ALL, "on_track")
    assert reached[11] == reached[12] == (ALL, "met")
    assert compared(platform) == [
        (SUM, 0.3 * ALL, None, False, False),
        (SUM, ALL, None, False, False),
        (SUM, ALL, None, False, False),
        ("employed_persons", 1000, None, False, False),
    ]
    offices = clock(platform)
    assert offices.pop(OFFICE) == (2, 3, "missing", 13)
    assert set(offices.values()) == {(0, 0, "missing", 13)}
