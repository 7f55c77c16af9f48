"""What agencies are told about meetings and weeks."""

from __future__ import annotations

from datetime import date

from pydantic import NaiveDatetime

from shared.events.answers.answer import Answer, LocalMoment
from shared.events.event import AgencyId
from shared.events.meetings import CancellationReason, Forum


class MeetingCalled(Answer):
    """An occurrence of a series is called; `occurrence` is its original local start."""

    series_id: str
    occurrence: NaiveDatetime
    starts_at: LocalMoment
    ends_at: LocalMoment
    forum: Forum
    place: str
    iso_week: str


class MeetingMoved(Answer):
    """A called meeting is held at another time or place."""

    series_id: str
    occurrence: NaiveDatetime
    starts_at: LocalMoment
    ends_at: LocalMoment
    place: str


class MeetingCancelled(Answer):
    """A meeting is not held."""

    series_id: str
    occurrence: NaiveDatetime
    reason: CancellationReason


class MeetingMoveProposed(Answer):
    """A meeting falls on a red day: the organiser answers with a move or a cancellation, or it is not held."""

    series_id: str
    occurrence: NaiveDatetime
    red_day: str
    proposals: tuple[LocalMoment, ...]
    answer_by: LocalMoment


class ActionOverdue(Answer):
    """An action that a meeting gave an agency is not completed, and its day has passed; told to the organiser."""

    action_id: str
    owner: AgencyId
    due_on: date
    series_id: str
    occurrence: NaiveDatetime


class WeeklyReportMissing(Answer):
    """The week's report had not come by the deadline."""

    iso_week: str
    deadline: LocalMoment
