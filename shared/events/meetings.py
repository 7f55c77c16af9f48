"""What `meetings` says."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.events.event import AgencyId, Event, Moment

Forum = Literal["weekly_social_police", "sspf", "sig", "est"]


class Invited(BaseModel):
    """A function of an agency and its mailbox; never a person about whom the meeting is."""

    model_config = ConfigDict(frozen=True)

    agency: AgencyId
    function: str
    email: str


class MeetingCalled(Event):
    """An occurrence of a series is called. `occurrence` is its original local start, its name for ever."""

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


class ReminderTimeReached(Event):
    """It is time to remind those invited (posted early, due at the reminder's moment)."""

    meeting_id: str
    before: str
    forum: Forum
    starts_at: Moment
    ends_at: Moment
    timezone: str
    place: str
    organiser: Invited
    invited: tuple[Invited, ...]


class CallTimeReached(Event):
    """A meeting has begun, so the next occurrence of its series is to be called (posted early)."""

    series_id: str
    after: datetime


class AgendaTimeReached(Event):
    """It is 24 hours before a meeting, so each agency is to have its agenda (posted early)."""

    meeting_id: str


class MeetingHeld(Event):
    """Minutes say that a meeting was held, or not."""

    meeting_id: str
    series_id: str
    forum: Forum
    municipality: str | None
    starts_at: Moment
    held: bool
    recorded_at: Moment
