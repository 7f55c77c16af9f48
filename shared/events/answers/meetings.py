"""What agencies are told about meetings and weeks."""

from __future__ import annotations

from datetime import date

from pydantic import Field, NaiveDatetime

from shared.events.agencies.submission import Part, Youth
from shared.events.answers.answer import Answer, LocalMoment
from shared.events.event import AgencyId
from shared.events.meetings import Forum


class MeetingCalled(Answer):
    """An occurrence of a series is called; `occurrence` is its original local start."""

    series_id: str
    occurrence: NaiveDatetime
    starts_at: LocalMoment
    ends_at: LocalMoment
    forum: Forum
    place: str
    iso_week: str


class OpenAction(Part):
    """Something the receiver of the agenda still has to do."""

    action_id: str
    owner: AgencyId
    what: str
    due_on: date
    youth: Youth | None = Field(default=None, exclude_if=lambda value: value is None)


class AgendaConcern(Part):
    """A concern the receiver of the agenda may see, and the observations behind it that it may see."""

    concern_id: str
    youth: Youth
    observation_ids: tuple[str, ...]


class MeetingAgendaIssued(Answer):
    """Each agency's own agenda: only what it may be told of."""

    series_id: str
    occurrence: NaiveDatetime
    open_actions: tuple[OpenAction, ...]
    concerns: tuple[AgendaConcern, ...]


class WeeklyReportMissing(Answer):
    """The week's report had not come by the deadline."""

    iso_week: str
    deadline: LocalMoment
