"""What minutes may say, who was absent, and when actions are reminded of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.meetings.minutes import rules
from services.meetings.minutes.documents import AbsentFunction
from services.meetings.minutes.rules import KnownMeeting
from shared.agencies import AgencyKind
from shared.clock import CLOCK_TOLERANCE
from shared.events.agencies import MeetingMinutesRecorded
from shared.events.meetings import Forum
from shared.intake.faults import Fault
from tests.house import sample
from tests.rules.meetings_plans import planned

COORDINATOR, SOCIAL, POLICE, SCHOOL = "2182-coordinator", "2182-social-services", "2182-police", "2182-school"
STARTS_AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
AFTER = STARTS_AT + timedelta(hours=1)


def recorded(**changes: Any) -> MeetingMinutesRecorded:
    """Return the sample's minutes with some fields changed."""
    return MeetingMinutesRecorded.model_validate(sample("in", "meeting-minutes.recorded.v1")["data"] | changes)


def known(forum: Forum = "weekly_social_police", **changes: Any) -> KnownMeeting:
    """Return what is known of the sample's meeting, with some of it changed."""
    called = frozenset([COORDINATOR, SOCIAL, POLICE])
    fields: dict[str, Any] = {
        "plan": planned(forum=forum),
        "called": called,
        "starts_at": STARTS_AT,
        "cancelled": False,
    }
    return KnownMeeting(**(fields | changes))


def told(faults: list[Fault]) -> list[tuple[str, str]]:
    """Return pointer and code of each fault."""
    return [(fault.pointer, fault.code) for fault in faults]


def there(agency: str, function: str, *, present: bool = True) -> dict[str, Any]:
    """Return a row of the attendance."""
    return {"agency": agency, "function": function, "present": present}


def test_the_organisers_minutes_of_a_meeting_that_has_been_are_fine() -> None:
    """The sample says nothing that its series would contradict."""
    assert [] == rules.faults_by_themselves(recorded())
    assert [] == rules.faults_in_minutes(recorded(), COORDINATOR, AFTER, known())


def test_everything_that_a_series_contradicts_is_found() -> None:
    """A meeting to come, a cancelled one held, an owner not called, a day before it; a stranger is told of none."""
    action = sample("in", "meeting-minutes.recorded.v1")["data"]["actions"][0]
    wrong = recorded(actions=[action | {"owner": SCHOOL, "due_on": "2026-11-23"}])
    too_early = STARTS_AT - CLOCK_TOLERANCE - timedelta(seconds=1)
    expected = [
        ("/occurrence", "wrong_value"),
        ("/held", "wrong_value"),
        ("/actions/0/owner", "wrong_value"),
        ("/actions/0/due_on", "wrong_value"),
    ]
    assert expected == told(rules.faults_in_minutes(wrong, COORDINATOR, too_early, known(cancelled=True)))
    strangers = rules.faults_in_minutes(wrong, POLICE, too_early, known(cancelled=True))
    assert [("/series_id", "not_your_agency")] == told(strangers)


def test_an_occurrence_that_the_series_does_not_give_is_an_unknown_reference() -> None:
    """Nothing is said about days then: there is no meeting to measure them by."""
    found = rules.faults_in_minutes(recorded(), COORDINATOR, AFTER, known(starts_at=None))
    assert [("/occurrence", "unknown_reference")] == told(found)


def test_minutes_may_come_as_early_as_a_clock_may_be_wrong() -> None:
    """A quarter before the start they are taken in, a second earlier not."""
    at = STARTS_AT - CLOCK_TOLERANCE
    assert [] == rules.faults_in_minutes(recorded(), COORDINATOR, at, known())
    found = rules.faults_in_minutes(recorded(), COORDINATOR, at - timedelta(seconds=1), known())
    assert [("/occurrence", "wrong_value")] == told(found)


def test_a_cancelled_meeting_was_not_held() -> None:
    """Minutes that say so are fine."""
    nothing = recorded(held=False, prioritised=[], actions=[])
    assert [] == rules.faults_in_minutes(nothing, COORDINATOR, AFTER, known(cancelled=True))


def test_what_is_due_on_the_day_of_the_meeting_is_fine() -> None:
    """The day is the local one, of a meeting just after midnight too."""
    action = sample("in", "meeting-minutes.recorded.v1")["data"]["actions"][0]
    minutes = recorded(actions=[action | {"due_on": "2026-11-24"}])
    just_after_midnight = known(starts_at=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert [] == rules.faults_in_minutes(minutes, COORDINATOR, AFTER, just_after_midnight)


def test_minutes_of_est_that_name_youths_are_refused() -> None:
    """Each place where a youth stands is pointed at."""
    expected = [(f"/{field}/0/youth", "personal_data_in_place_report") for field in ("prioritised", "actions")]
    assert expected == told(rules.faults_in_minutes(recorded(), COORDINATOR, AFTER, known("est")))


def test_what_stands_twice_is_found_wherever_it_stands() -> None:
    """A function's attendance, a youth and an agency that puts that youth first."""
    (youth,) = sample("in", "meeting-minutes.recorded.v1")["data"]["prioritised"]
    wrong = recorded(
        attendance=[there(POLICE, "områdespolis"), there(SOCIAL, "chef"), there(POLICE, "Områdespolis", present=False)],
        prioritised=[youth, youth | {"by": [POLICE, SOCIAL, POLICE]}],
    )
    expected = [
        ("/attendance/2", "wrong_value"),
        ("/prioritised/1/youth/personal_identity_number", "wrong_value"),
        ("/prioritised/1/by/2", "wrong_value"),
    ]
    assert expected == told(rules.faults_by_themselves(wrong))


def test_a_meeting_that_was_not_held_has_decided_nothing() -> None:
    """Youths put first and actions are both refused."""
    expected = [("/prioritised", "wrong_value"), ("/actions", "wrong_value")]
    assert expected == told(rules.faults_by_themselves(recorded(held=False)))
    assert [] == rules.faults_by_themselves(recorded(held=False, prioritised=[], actions=[]))


@pytest.mark.parametrize(
    ("forum", "present", "absent"),
    [
        ("weekly_social_police", ("social_services", "police"), ()),
        ("weekly_social_police", ("social_services", "coordinator"), ("police",)),
        ("sspf", ("school", "leisure"), ("social_services", "police")),
        ("sig", ("social_services",), ()),
        ("est", ("police", "housing"), ("coordinator",)),
    ],
)
def test_a_forum_says_whose_absence_keeps_it_from_deciding(
    forum: Forum, present: tuple[AgencyKind, ...], absent: tuple[AgencyKind, ...]
) -> None:
    """Kinds of agency, not agencies: any police there are the police."""
    assert absent == rules.absent_kinds(forum, present)


def test_required_functions_that_nobody_filled_are_named() -> None:
    """Absent, or not mentioned at all; capital letters make no difference, and what is not required is not named."""
    functions = [(SOCIAL, "socialsekreterare", True), (SOCIAL, "chef", False), (POLICE, "områdespolis", True)]
    participants = [
        {"agency": agency, "function": function, "email": "a@b.example", "required": required}
        for agency, function, required in functions
    ]
    plan = planned(participants=participants)
    attendance = recorded(attendance=[there(SOCIAL, "Socialsekreterare"), there(POLICE, "chef")]).attendance
    expected = (AbsentFunction(agency=POLICE, function="områdespolis"),)
    assert expected == rules.absent_functions(plan.participants, attendance)


@pytest.mark.parametrize(
    ("due_on", "before", "after"),
    [
        ("2026-12-02", "2026-12-01T08:00+01:00", "2026-12-03T08:00+01:00"),
        ("2026-11-30", "2026-11-27T08:00+01:00", "2026-12-01T08:00+01:00"),  # a Monday
        ("2026-11-27", "2026-11-26T08:00+01:00", "2026-11-30T08:00+01:00"),  # a Friday
        ("2026-12-25", "2026-12-23T08:00+01:00", "2026-12-28T08:00+01:00"),  # Christmas and its eve
        ("2026-03-30", "2026-03-27T08:00+01:00", "2026-03-31T08:00+02:00"),  # the clocks change in between
    ],
)
def test_reminders_of_actions_come_at_eight_on_working_days(due_on: str, before: str, after: str) -> None:
    """The last one before the day and the first one after it, by the clock on the wall."""
    day = date.fromisoformat(due_on)
    assert datetime.fromisoformat(before) == rules.due_reminder_at(day)
    assert datetime.fromisoformat(after) == rules.overdue_reminder_at(day)


def test_nobody_is_reminded_of_a_day_that_has_passed() -> None:
    """On the day itself it is still of use; the local day counts."""
    assert rules.may_remind(date(2026, 12, 1), datetime(2026, 12, 1, 22, 59, tzinfo=UTC))
    assert not rules.may_remind(date(2026, 12, 1), datetime(2026, 12, 1, 23, 0, tzinfo=UTC))
