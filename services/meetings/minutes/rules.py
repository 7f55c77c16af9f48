"""What minutes may say, who was absent, and when an action's owner is reminded: pure verdicts.

What depends on the series is judged when that is there, as it stood when the minutes were recorded: minutes that came
early and would have been refused do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from services.meetings.minutes.documents import AbsentFunction
from shared.agencies import AgencyKind
from shared.clock import CLOCK_TOLERANCE, LOCAL_ZONE, local_day
from shared.events.agencies import MeetingMinutesRecorded, MeetingSeriesPlanned
from shared.events.agencies.meetings import Attendance, Participant
from shared.events.agencies.submission import twice
from shared.events.meetings import Forum
from shared.intake.faults import Fault, fault
from shared.policy.forums import forum_rule
from shared.working_days import is_working_day

REMINDED_AT: Final = time(8)
"""When an owner is reminded, on the clocks in Sweden."""


class Agreed(Protocol):
    """An action, as it was sent or as it is kept."""

    @property
    def owner(self) -> str:
        """The agency that is to do it."""

    @property
    def due_on(self) -> date:
        """The day by which it is to be done."""


class Recorded(Protocol):
    """Minutes, as they were sent or as they are kept."""

    @property
    def held(self) -> bool:
        """Whether there was a meeting."""

    @property
    def prioritised(self) -> Sequence[object]:
        """The youths put first."""

    @property
    def actions(self) -> Sequence[Agreed]:
        """What agencies are to do."""


@dataclass(frozen=True)
class KnownMeeting:
    """What a series says about an occurrence. `plan` is what decides it, `called` the agencies called to it.

    `starts_at` is when it began, or would have; None where the series has no such occurrence.
    """

    plan: MeetingSeriesPlanned
    called: frozenset[str]
    starts_at: datetime | None
    cancelled: bool

    @property
    def day(self) -> date | None:
        """Return the local day of the meeting."""
        return None if self.starts_at is None else self.starts_at.astimezone(ZoneInfo(self.plan.timezone)).date()


def faults_by_themselves(sent: MeetingMinutesRecorded) -> list[Fault]:
    """Return what is wrong with minutes, whatever their series is."""
    found = _repeats("/attendance/{}", [(each.agency, each.function.strip().casefold()) for each in sent.attendance])
    numbers = [each.youth.personal_identity_number for each in sent.prioritised]
    found += _repeats("/prioritised/{}/youth/personal_identity_number", numbers)
    for place, each in enumerate(sent.prioritised):
        found += _repeats(f"/prioritised/{place}/by/{{}}", each.by)
    return found + faults_of_what_was_not_held(sent)


def faults_of_what_was_not_held(minutes: Recorded) -> list[Fault]:
    """Return what is wrong with decisions of a meeting that there was not."""
    decided = {"prioritised": minutes.prioritised, "actions": minutes.actions}
    return [
        fault("wrong_value", f"/{field}", why="not_held") for field in decided if decided[field] and not minutes.held
    ]


def faults_in_minutes(minutes: Recorded, by: str, at: datetime, meeting: KnownMeeting) -> list[Fault]:
    """Return what is wrong with minutes that an agency recorded at an instant, given what their series says."""
    if meeting.plan.organiser.agency != by:
        # Nothing else: which meetings there are, and who is called to them, is no business of a stranger's.
        return [fault("not_your_agency", "/series_id", why="organiser")]
    found = []
    if meeting.starts_at is None:
        found.append(fault("unknown_reference", "/occurrence", why="occurrence"))
    elif meeting.starts_at > at + CLOCK_TOLERANCE:
        found.append(fault("wrong_value", "/occurrence", why="meeting_ahead"))
    if meeting.cancelled and minutes.held:
        found.append(fault("wrong_value", "/held", why="cancelled"))
    found += _where(minutes.actions, "owner", "not_called", lambda each: each.owner not in meeting.called)
    day = meeting.day
    if day is not None:
        found += _where(minutes.actions, "due_on", "before_meeting", lambda each: each.due_on < day)
    return found + (_persons_at_est(minutes) if not forum_rule(meeting.plan.forum).persons else [])


def absent_kinds(forum: Forum, present: Iterable[AgencyKind]) -> tuple[AgencyKind, ...]:
    """Return the kinds of agency without which a forum cannot decide and that were not there."""
    return forum_rule(forum).absent(present)


def absent_functions(
    participants: Iterable[Participant], attendance: Collection[Attendance]
) -> tuple[AbsentFunction, ...]:
    """Return the functions that a series requires and of which nobody was there, in the series' order."""
    there = {(each.agency, each.function.strip().casefold()) for each in attendance if each.present}
    absent = [
        AbsentFunction(agency=each.agency, function=each.function)
        for each in participants
        if each.required and (each.agency, each.function.strip().casefold()) not in there
    ]
    return tuple(dict.fromkeys(absent))


def due_reminder_at(due_on: date) -> datetime:
    """Return when an owner is reminded of what is due on a day: on the last working day before it."""
    return _working_day_from(due_on, timedelta(days=-1))


def overdue_reminder_at(due_on: date) -> datetime:
    """Return when the organiser is told of what was due on a day and is still open: on the first working day after."""
    return _working_day_from(due_on, timedelta(days=1))


def may_remind(due_on: date, now: datetime) -> bool:
    """Say whether there is any use in reminding of what is due on a day: not when that has passed."""
    return local_day(now) <= due_on


def _working_day_from(day: date, step: timedelta) -> datetime:
    day += step
    while not is_working_day(day):
        day += step
    return datetime.combine(day, REMINDED_AT, LOCAL_ZONE)


def _repeats(pointer: str, values: Iterable[object]) -> list[Fault]:
    return [fault("wrong_value", pointer.format(place), why="twice") for place in twice(values)]


def _where(actions: Sequence[Agreed], field: str, why: str, is_wrong: Callable[[Agreed], bool]) -> list[Fault]:
    wrong = [place for place, each in enumerate(actions) if is_wrong(each)]
    return [fault("wrong_value", f"/actions/{place}/{field}", why=why) for place in wrong]


def _persons_at_est(minutes: Recorded) -> list[Fault]:
    counts = {"prioritised": len(minutes.prioritised), "actions": len(minutes.actions)}
    named = [f"/{field}/{place}/youth" for field, count in counts.items() for place in range(count)]
    return [fault("personal_data_in_place_report", youth, why="est") for youth in named]
