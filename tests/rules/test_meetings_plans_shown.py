"""What stands in a meeting's letters, and how early they go: no place or function points anybody out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.meetings.series.rules import faults_in_request
from shared.events.agencies import MeetingSeriesPlanned
from shared.recurrence.facts import SeriesFacts
from shared.recurrence.plans import faults_in_plan
from tests.rules.meetings_plans import FIRST, NOW, ORGANISER, asked_to, facts_of, planned


def faults(plan: MeetingSeriesPlanned) -> set[tuple[str, str]]:
    """Return the pointer and code of each fault of a plan."""
    found = faults_in_plan(plan, ORGANISER, NOW, ("coordinator", "social_services", "police"))
    return {(each.pointer, each.code) for each in found}


@pytest.mark.parametrize("text", ["Hemma hos Kalle Andersson", "Storgatan 12 lgh 1203", "Rum 13 06 15 23 88", "Каllе"])
def test_neither_a_place_nor_a_function_points_anybody_out(text: str) -> None:
    """They stand in mails and calendars: no name, no home, no number in parts, nothing that cannot be read."""
    organiser = {"agency": "2182-coordinator", "function": text, "email": "s@soderhamn.example"}
    police = {"agency": "2182-police", "function": text, "email": "op@polisen.example", "required": True}
    assert {("/place", "wrong_value")} == faults(planned(place=text))
    assert {("/organiser/function", "wrong_value")} == faults(planned(organiser=organiser))
    assert {("/participants/0/function", "wrong_value")} == faults(planned(participants=(police,)))
    moved = asked_to(FIRST, FIRST + timedelta(hours=1), place=text)
    for series in (facts_of(planned()), SeriesFacts()):
        found = faults_in_request(series, moved, datetime(2026, 11, 24, 8, tzinfo=UTC), (), NOW)
        assert ["/place"] == [each.pointer for each in found]


@pytest.mark.parametrize(
    "place",
    ["Polisstationen, rum 3", "Kommunhuset, plan 2", "Sankta Anna kyrka", "Teams, tel. 0270-123 45", "Stora salen"],
)
def test_an_ordinary_place_may_be_met_at(place: str) -> None:
    """A floor of a public house, a church with a saint's name, a number to call."""
    assert set() == faults(planned(place=place))


def test_a_reminder_longer_than_meetings_are_called_ahead_is_refused() -> None:
    """It would never go out: a meeting is called eight weeks before it."""
    assert set() == faults(planned(reminders=("P55D",)))
    with pytest.raises(ValueError, match="faults"):
        planned(reminders=("P56D",))
