"""Each rule on the mildest condition that raises it, and on the nearest that does not."""

from __future__ import annotations

import pytest

from livelihood.alerts import RULES, list_alerts, raise_alerts
from tests.services.alerts.monitored_county import County


@pytest.mark.parametrize(
    ("target_id", "status", "region", "level"),
    [
        ("stated", "missed", "522327", "red"),
        ("our_reading", "missed", "522327", "orange"),
        ("stated", "missed", "522327001", "orange"),
        ("stated", "behind", "522327", "yellow"),
        ("stated", "behind", "522327001", None),
        ("stated", "on_track", "522327", None),
        ("stated", "met", "522327", None),
        ("stated", "not_measurable", "522327", None),
    ],
)
def test_target_alert_depends_on_status_basis_and_region(
    county: County, target_id: str, status: str, region: str, level: str | None
) -> None:
    county.progress(target_id, status, region)
    raise_alerts(county.settings)
    expected = [("target", f"{target_id}:{region}", level, "open")] if level else []
    assert county.alerts == expected


def test_only_the_latest_month_counts(county: County) -> None:
    county.progress("stated", "missed", period_month="2023-05-01")
    county.progress("stated", "on_track", period_month="2023-06-01")
    raise_alerts(county.settings)
    assert county.alerts == []


def test_alert_names_gap_owner_and_parts(county: County) -> None:
    county.progress("stated", "missed")
    county.progress("stated", "behind", "522327001")
    raise_alerts(county.settings)
    (alert,) = list_alerts(county.settings)
    assert (
        alert.title
        == "册亨县“工资按时足额支付”未达标 | Wages paid in full: missed in Ceheng County"
    )
    assert alert.owner == "县人社局"
    assert alert.detail["summary_zh"] == "现为 93.5%，应达 100%，自 2023-03-31 起"
    assert alert.detail["short_parts"] == ["者楼街道"]


def test_missing_value_alerts_only_if_the_plan_has_other_values(county: County) -> None:
    county.progress("our_reading", "no_data")
    raise_alerts(county.settings)
    assert county.alerts == []
    county.progress("stated", "met")
    raise_alerts(county.settings)
    assert county.alerts == [("figure_overdue", "our_reading:522327", "yellow", "open")]
    county.progress("our_reading", "no_data", status_since="2023-06-01")
    raise_alerts(county.settings)
    assert county.alerts == [("figure_overdue", "our_reading:522327", "yellow", "cleared")]


def test_reported_value_raises_no_second_overdue_alert(county: County) -> None:
    county.progress("stated", "met")
    county.progress("our_reading", "no_data", indicator_code=None)
    raise_alerts(county.settings)
    assert county.alerts == []


@pytest.mark.parametrize(
    ("status", "days_late", "level"),
    [
        ("missing", 1, "yellow"),
        ("missing", 30, "yellow"),
        ("missing", 31, "orange"),
        ("late", 31, None),
        ("on_time", None, None),
    ],
)
def test_missing_report_raises_an_alert(
    county: County, status: str, days_late: int | None, level: str | None
) -> None:
    county.report("2023-06-18", status, days_late)
    county.report("2023-09-18", "pending")
    raise_alerts(county.settings)
    expected = [("report_overdue", "plan:县财政局", level, "open")] if level else []
    assert county.alerts == expected


def test_missing_report_names_its_office_and_is_cleared_by_the_next(county: County) -> None:
    county.report("2023-06-18", "missing", 12)
    raise_alerts(county.settings)
    (alert,) = list_alerts(county.settings)
    assert alert.owner == "县财政局"
    assert alert.title.startswith(
        "县财政局未按时报送，缺 1 项 | Report of 县财政局 is missing: 1 of 3"
    )
    county.report("2023-09-18", "on_time")
    raise_alerts(county.settings)
    assert county.alerts == [("report_overdue", "plan:县财政局", "yellow", "cleared")]


def test_arrears_of_ten_workers_are_red_and_smaller_ones_share_an_alert(county: County) -> None:
    county.arrears(
        ("P1", "e1", "522327001", 10),
        ("", "e2", "522327001", 1),
        ("P3", "e3", "522327001", 9),
    )
    raise_alerts(county.settings)
    assert county.alerts == [
        ("wage_arrears", "522327001", "yellow", "open"),
        ("wage_arrears", "P1:e1:522327001", "red", "open"),
    ]
    (title,) = county.rows("select title from ops.alert where level = 'yellow'")[0]
    assert "2 家单位，10 人" in title


def test_closed_gate_alerts_until_it_opens(county: County) -> None:
    county.gate("closed")
    raise_alerts(county.settings)
    assert county.alerts == [("gate_closed", "gate", "red", "open")]
    county.gate("open")
    raise_alerts(county.settings)
    assert county.alerts == [("gate_closed", "gate", "red", "cleared")]


def test_failed_build_alerts_until_the_next_succeeds(county: County) -> None:
    county.gate("open")
    county.execute("update ops.build set status = 'failed', message = 'no such column'")
    raise_alerts(county.settings)
    assert county.alerts == [("build_failed", "build", "orange", "open")]
    county.gate("open")
    raise_alerts(county.settings)
    assert county.alerts == [("build_failed", "build", "orange", "cleared")]


@pytest.mark.parametrize(("loaded_on", "is_silent"), [("2023-05-01", True), ("2023-06-29", False)])
def test_stream_is_silent_after_its_freshness_days(
    county: County, loaded_on: str, is_silent: bool
) -> None:
    # No stream has a record, so each counts from the first load of the platform.
    county.execute(
        "insert into ops.load values (1, 'employment', 'load', %s, %s, 0, 0, '{}', '{}')",
        [loaded_on, loaded_on],
    )
    raise_alerts(county.settings)
    silent = [alert for alert in county.alerts if alert[0] == "stream_silent"]
    assert bool(silent) is is_silent


def test_rejected_records_alert_until_they_are_replayed(county: County) -> None:
    county.execute(
        'insert into ops.quarantine (stream, partition, "offset", produced_at, reasons, load_id) '
        "values ('employment', 0, 7, now(), '{unknown_region: township_code: No such region.}', 1)"
    )
    raise_alerts(county.settings)
    assert county.alerts == [("quarantine", "employment", "yellow", "open")]
    (alert,) = list_alerts(county.settings)
    assert alert.detail["common_reason"] == "unknown_region"
    county.execute("update ops.quarantine set replayed_load_id = 2")
    raise_alerts(county.settings)
    assert county.alerts == [("quarantine", "employment", "yellow", "cleared")]


def test_rejects_beyond_the_quota_alert_for_seven_days(county: County) -> None:
    county.execute(
        "insert into ops.quarantine_overflow (load_id, stream, code, partition, from_offset,"
        " to_offset, messages, bytes) values (1, 'employment', 'too_large', 0, 5, 9, 3, 900)"
    )
    raise_alerts(county.settings)
    assert county.alerts == [("quarantine_quota", "employment", "orange", "open")]
    (alert,) = list_alerts(county.settings)
    assert (alert.detail["records"], alert.detail["codes"]) == (3, "too_large")
    county.execute("update ops.quarantine_overflow set counted_at = now() - interval '8 days'")
    raise_alerts(county.settings)
    assert county.alerts == [("quarantine_quota", "employment", "orange", "cleared")]


def test_rules_on_published_tables_are_skipped_without_them(county: County) -> None:
    county.progress("stated", "missed")
    raise_alerts(county.settings)
    county.execute("drop view published.target_status")
    report = raise_alerts(county.settings)
    assert report.skipped_rules == ("target", "figure_overdue")
    assert county.alerts == [("target", "stated:522327", "red", "open")]


def test_table_in_the_docstring_lists_every_rule() -> None:
    from livelihood.alerts import rules

    assert rules.__doc__ is not None
    assert [rule.name for rule in RULES if f"| {rule.name} " not in rules.__doc__] == []
