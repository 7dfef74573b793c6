"""Life cycle: an alert is raised once, changes, is cleared and reopens as the same alert."""

from __future__ import annotations

import pytest

from livelihood.alerts import acknowledge, handle, list_alerts, raise_alerts
from livelihood.errors import LivelihoodError
from tests.services.alerts.monitored_county import County


def only_alert(county: County) -> int:
    ((alert_id,),) = county.rows("select alert_id from ops.alert")
    return int(alert_id)


def test_alert_is_raised_once(county: County) -> None:
    county.progress("stated", "missed")
    first = raise_alerts(county.settings)
    second = raise_alerts(county.settings)
    assert (first.opened, first.changed, first.active) == (1, 1, 1)
    assert (second.changed, second.active) == (0, 1)
    assert county.events == ["opened"]


def test_alert_is_cleared_and_reopens_as_the_same_alert(county: County) -> None:
    county.progress("stated", "missed")
    raise_alerts(county.settings)
    alert_id = only_alert(county)
    acknowledge(county.settings, alert_id, "李主任", "已约谈")
    county.progress("stated", "on_track")
    assert raise_alerts(county.settings).cleared == 1
    assert list_alerts(county.settings) == []
    county.progress("stated", "behind")
    assert raise_alerts(county.settings).reopened == 1
    (alert,) = list_alerts(county.settings)
    assert (alert.alert_id, alert.state, alert.level) == (alert_id, "open", "yellow")
    assert (alert.times_opened, alert.acknowledged_by, alert.handling_note) == (2, None, None)
    assert county.events == ["opened", "acknowledged", "cleared", "reopened"]


@pytest.fixture
def delayed(county: County) -> County:
    changes = {"alert_clear_delay_minutes": 10}
    return County(county.settings.model_copy(update=changes))


def let_time_pass(county: County) -> None:
    county.execute("update ops.outbox set next_attempt_at = next_attempt_at - interval '1 hour'")


def test_a_condition_that_flaps_sends_its_first_message_only(delayed: County) -> None:
    delayed.progress("stated", "behind")
    raise_alerts(delayed.settings)
    acknowledge(delayed.settings, only_alert(delayed), "李主任", "已约谈")
    for _ in range(3):
        delayed.progress("stated", "on_track")
        assert raise_alerts(delayed.settings).cleared == 1
        delayed.progress("stated", "behind")
        report = raise_alerts(delayed.settings)
        assert (report.resumed, report.reopened, report.changed) == (1, 0, 0)
    assert delayed.events == ["opened", "acknowledged"]
    (alert,) = list_alerts(delayed.settings)
    assert (alert.state, alert.acknowledged_by, alert.times_opened) == ("acknowledged", "李主任", 4)


def test_a_condition_that_stays_away_is_cleared_after_the_delay(delayed: County) -> None:
    due = "select count(*) from ops.outbox where event = 'cleared' and next_attempt_at <= now()"
    delayed.progress("stated", "behind")
    raise_alerts(delayed.settings)
    delayed.progress("stated", "on_track")
    raise_alerts(delayed.settings)
    assert delayed.rows(due) == [(0,)]
    let_time_pass(delayed)
    assert delayed.rows(due) == [(1,)]
    delayed.progress("stated", "behind")
    assert raise_alerts(delayed.settings).reopened == 1
    assert delayed.events == ["opened", "cleared", "reopened"]


def test_a_condition_that_returns_worse_says_so(delayed: County) -> None:
    delayed.progress("stated", "behind")
    raise_alerts(delayed.settings)
    delayed.progress("stated", "on_track")
    raise_alerts(delayed.settings)
    delayed.progress("stated", "missed")
    report = raise_alerts(delayed.settings)
    assert (report.resumed, report.level_changed) == (1, 1)
    assert delayed.events == ["opened", "raised"]


def test_a_level_that_flaps_sends_no_pair(delayed: County) -> None:
    delayed.progress("stated", "missed")
    raise_alerts(delayed.settings)
    for _ in range(3):
        delayed.progress("stated", "behind")
        raise_alerts(delayed.settings)
        delayed.progress("stated", "missed")
        raise_alerts(delayed.settings)
    assert delayed.events == ["opened"]
    assert delayed.alerts == [("target", "stated:522327", "red", "open")]


def test_level_rises_and_falls(county: County) -> None:
    county.progress("stated", "behind")
    raise_alerts(county.settings)
    county.progress("stated", "missed")
    assert raise_alerts(county.settings).level_changed == 1
    county.progress("stated", "behind")
    assert raise_alerts(county.settings).level_changed == 1
    assert county.events == ["opened", "raised", "lowered"]
    headings = [title[:6] for (title,) in county.rows("select title from ops.outbox order by 1")]
    assert any(heading.startswith("【升为红色】") for heading in headings)


@pytest.mark.parametrize(
    ("state", "afterwards"), [("acknowledged", "acknowledged"), ("handled", "open")]
)
def test_handled_alert_opens_again_when_its_level_rises(
    county: County, state: str, afterwards: str
) -> None:
    county.progress("stated", "behind")
    raise_alerts(county.settings)
    change_state = acknowledge if state == "acknowledged" else handle
    change_state(county.settings, only_alert(county), "李主任", "已处理")
    raise_alerts(county.settings)
    assert county.alerts[0][3] == state
    county.progress("stated", "missed")
    raise_alerts(county.settings)
    assert county.alerts == [("target", "stated:522327", "red", afterwards)]


def test_state_never_moves_backwards(county: County) -> None:
    county.progress("stated", "missed")
    raise_alerts(county.settings)
    alert_id = only_alert(county)
    handled = handle(county.settings, alert_id, "李主任", "工资已补发")
    assert (handled.state, handled.handled_by, handled.handling_note) == (
        "handled",
        "李主任",
        "工资已补发",
    )
    with pytest.raises(LivelihoodError, match="already handled"):
        acknowledge(county.settings, alert_id, "李主任")
    with pytest.raises(LivelihoodError, match="no alert 999"):
        acknowledge(county.settings, 999, "李主任")
    county.progress("stated", "met")
    raise_alerts(county.settings)
    with pytest.raises(LivelihoodError, match="already cleared"):
        handle(county.settings, alert_id, "李主任", "again")


def test_text_is_updated_without_a_message(county: County) -> None:
    county.progress("stated", "missed")
    raise_alerts(county.settings)
    county.progress("stated", "missed", value="97.25")
    raise_alerts(county.settings)
    (alert,) = list_alerts(county.settings)
    assert alert.detail["value"] == 97.25
    assert county.events == ["opened"]


def test_failed_evaluation_writes_neither_alert_nor_message(county: County) -> None:
    county.progress("stated", "missed")
    county.execute("alter table ops.outbox add constraint refuse check (event <> 'opened')")
    with pytest.raises(Exception, match="refuse"):
        raise_alerts(county.settings)
    assert county.alerts == []
