"""What `meetings` says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.events.event import AgencyId, Event, Moment

Forum = Literal["weekly_social_police", "sspf", "sig", "est"]
Answered = Literal["accepted", "tentative", "declined"]
"""What somebody who is called answers (RFC 5545, 3.2.12)."""
MoveReason = Literal["organiser", "red_day"]
CancellationReason = Literal["organiser", "red_day", "series_changed", "series_ended"]


class Invited(BaseModel):
    """A function of an agency and its mailbox; never a person about whom the meeting is."""

    model_config = ConfigDict(frozen=True)

    agency: AgencyId
    function: str
    email: str


class CalledMeeting(BaseModel):
    """A meeting as those called to it know it. `occurrence` is its original local start, its name for ever.

    `sequence` is the series' own count of what has been announced about it, a meeting at a time or all of it
    (RFC 5546, 2.1.4): what is said later has a higher one.
    """

    model_config = ConfigDict(frozen=True)

    meeting_id: str
    series_id: str
    occurrence: datetime
    forum: Forum
    starts_at: Moment
    ends_at: Moment
    timezone: str
    place: str
    organiser: Invited
    invited: tuple[Invited, ...]
    sequence: int


class SeriesException(BaseModel):
    """An occurrence that is not held as the rule says: at another time or place, or not at all (`starts_at` None)."""

    model_config = ConfigDict(frozen=True)

    occurrence: datetime
    starts_at: Moment | None
    ends_at: Moment | None
    place: str | None
    sequence: int


class MeetingSeriesAnnounced(Event):
    """A series is planned, changed or ended, and those called to it are to know all of it as it is now.

    `starts_at` is the local wall clock of the first occurrence that counts, one that `rrule` gives; no start after
    `until` does. `next_at` is when the next meeting begins, None when there is none.
    """

    series_id: str
    sequence: int
    change: Literal["planned", "changed", "ended"]
    forum: Forum
    starts_at: datetime
    duration_minutes: int
    timezone: str
    rrule: str
    until: date | None
    place: str
    organiser: Invited
    invited: tuple[Invited, ...]
    no_longer_invited: tuple[Invited, ...]
    exceptions: tuple[SeriesException, ...]
    next_at: Moment | None


class MeetingCalled(Event):
    """An occurrence of a series is called."""

    meeting: CalledMeeting


class MeetingMoved(Event):
    """A meeting is held at another time or place than those called were told before, `was_at`."""

    meeting: CalledMeeting
    was_at: Moment
    reason: MoveReason


class MeetingCancelled(Event):
    """A meeting is not held; `starts_at` is when it would have been."""

    meeting: CalledMeeting
    reason: CancellationReason


class MeetingMoveProposed(Event):
    """A meeting falls on a red day and its organiser is asked what to do: without an answer it is not held."""

    meeting: CalledMeeting
    proposals: tuple[Moment, ...]
    answer_by: Moment


class ReminderTimeReached(Event):
    """It is time to remind those invited (posted early, due at the reminder's moment)."""

    meeting: CalledMeeting
    before: str


class SeriesTimeReached(Event):
    """The time has come at which a series has to be looked at again: a meeting to call, a question unanswered."""

    series_id: str


class AgendaTimeReached(Event):
    """It is 24 hours before a meeting, so each agency is to have its agenda (posted early)."""

    meeting_id: str


class MeetingHeld(Event):
    """Minutes say that a meeting was held, or not; `quorate` that all whom its forum requires were there."""

    meeting_id: str
    series_id: str
    forum: Forum
    municipality: str | None
    starts_at: Moment
    held: bool
    quorate: bool
    recorded_at: Moment


class ActionTimeReached(Event):
    """An agency's actions of one day are due tomorrow, or were due yesterday (posted early)."""

    series_id: str
    owner: AgencyId
    due_on: date
    overdue: bool


class ActionReminderIssued(Event):
    """Actions that are not completed are soon due, which their owner is told, or overdue, which the organiser is.

    Counted, never described: what is to be done, and about whom, stands on the agenda alone.
    """

    series_id: str
    forum: Forum
    owner: AgencyId
    due_on: date
    overdue: bool
    actions: int
    organiser: Invited
    recipients: tuple[Invited, ...]


class EarlyWaitReached(Event):
    """What an agency said of a series, or of an action, came before the plan, or the minutes, a day ago (posted early).

    `needs` is the id of that series or action.
    """

    told_by: AgencyId
    submission: str
    entity_id: str
    since: Moment
    waits_for: Literal["series", "minutes"]
    needs: str


class FollowUpWaitReached(Event):
    """What a coordinator told about a place came before what it needs, a day ago (posted early)."""

    municipality: str
    submission: str
    entity_id: str
