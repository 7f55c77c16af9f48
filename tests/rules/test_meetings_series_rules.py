"""What may be planned."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from services.meetings.series import rules
from shared.events.agencies import MeetingSeriesPlanned
from tests.rules.meetings_plans import NOW, planned


def faults(plan: MeetingSeriesPlanned, sender: str = "2182-coordinator", now: datetime = NOW) -> set[tuple[str, str]]:
    """Return the pointer and code of each fault."""
    return {(fault.pointer, fault.code) for fault in rules.faults_in_plan(plan, sender, now)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"starts_at": datetime(2026, 11, 25, 9)}, {("/starts_at", "wrong_value")}),
        ({"starts_at": datetime(1926, 11, 24, 9), "rrule": "FREQ=DAILY"}, {("/starts_at", "wrong_value")}),
        ({"rrule": "FREQ=DAILY;BYMONTH=11;BYDAY=TU;COUNT=1"}, set()),
        ({"starts_at": datetime(2026, 11, 3, 9), "until": date(2026, 11, 10)}, {("/until", "wrong_value")}),
        ({"starts_at": datetime(2026, 11, 3, 9), "rrule": "FREQ=DAILY;COUNT=3"}, {("/rrule", "wrong_value")}),
        ({"red_day_policy": "ask_somebody"}, {("/red_day_policy", "wrong_value")}),
        ({"duration_minutes": 4}, {("/duration_minutes", "wrong_value")}),
        ({"duration_minutes": 721}, {("/duration_minutes", "wrong_value")}),
        ({"reminders": ("P1D", "PT24H")}, {("/reminders/1", "wrong_value")}),
        ({"reminders": ("P1D", "P2D", "P3D", "P4D", "P5D", "P6D")}, {("/reminders", "wrong_value")}),
        ({"participants": planned().participants * 2}, {("/participants/1", "wrong_value")}),
    ],
)
def test_a_plan_is_refused_for_what_its_fields_alone_cannot_tell(
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """Each fault has its pointer; a plan without faults has none."""
    assert expected == faults(planned(**changes))


def test_every_fault_of_a_plan_is_found_not_only_the_first() -> None:
    """Another agency's series with two wrong fields has three faults."""
    plan = planned(red_day_policy="never", duration_minutes=1)
    expected = {
        ("/organiser/agency", "not_your_agency"),
        ("/red_day_policy", "wrong_value"),
        ("/duration_minutes", "wrong_value"),
    }
    assert expected == faults(plan, sender="2182-police")


def test_a_rule_that_never_fires_from_its_start_is_seen_at_once() -> None:
    """dateutil alone would look for 30 February until the year 9999, a day at a time."""
    never = planned().model_copy(update={"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"})
    assert {("/starts_at", "wrong_value")} == faults(never)
