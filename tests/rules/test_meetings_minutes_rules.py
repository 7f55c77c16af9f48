"""What minutes may say."""

from __future__ import annotations

from datetime import datetime

from services.meetings.minutes import rules
from tests.rules.meetings_plans import planned


def test_minutes_are_refused_from_others_of_no_occurrence_and_about_persons_at_est() -> None:
    """The organiser's minutes of an occurrence that the rule gives are fine, a red day's too."""
    plan = planned(organiser=planned().organiser)
    assert [] == rules.faults_in_minutes(plan, "2182-coordinator", datetime(2026, 12, 1, 9), ["/actions/0/youth"])
    est = planned(forum="est")
    found = rules.faults_in_minutes(est, "2182-police", datetime(2026, 12, 1, 10), ["/actions/0/youth"])
    expected = [
        ("/series_id", "not_your_agency"),
        ("/occurrence", "unknown_reference"),
        ("/actions/0/youth", "personal_data_in_place_report"),
    ]
    assert expected == [(fault.pointer, fault.code) for fault in found]


def test_minutes_of_a_year_nobody_lives_in_are_answered_at_once() -> None:
    """A daily series is not followed to the year 9999 to find that the occurrence is not there."""
    plan = planned(rrule="FREQ=DAILY")
    found = rules.faults_in_minutes(plan, "2182-coordinator", datetime(9999, 12, 31, 9), [])
    assert ["unknown_reference"] == [fault.code for fault in found]
