"""What each agency is told before a meeting: an agenda of its own.

Beside its actions and concerns every part is optional, and left out where there is nothing to say. Free text stands in
an action's `what` and in what was decided about places; everything else is codes, ids, days and fixed sentences.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, NaiveDatetime

from shared.agencies import AgencyKind
from shared.events.agencies.submission import Part, Youth
from shared.events.answers.answer import Answer, LocalMoment
from shared.events.answers.disclosures import Basis
from shared.events.event import AgencyId
from shared.events.meetings import Answered

PointName = Literal[
    "attendance", "open_actions", "concerns", "priorities", "places", "decisions", "next_meeting"
]  # fmt: skip


class AgendaPoint(Part):
    """A heading, in the order in which the meeting goes through them; `name` is the field that holds its content."""

    number: int
    name: PointName
    heading: str


class ExpectedFunction(Part):
    """A function that is called to the meeting; `answer` is what it has said about coming, when the agenda was made."""

    agency: AgencyId
    function: str
    required: bool
    answer: Answered | None = Field(default=None, exclude_if=lambda value: value is None)


class LastMeeting(Part):
    """The meeting before: `absent` are the kinds of agency whose absence kept it from being quorate."""

    occurrence: NaiveDatetime
    held: bool
    quorate: bool
    absent: tuple[AgencyKind, ...] = Field(default=(), exclude_if=lambda value: not value)


class AgendaAttendance(Part):
    """Whom the meeting expects, and what is read out about secrecy before it begins."""

    secrecy_reminder: str
    expected: tuple[ExpectedFunction, ...]
    last_meeting: LastMeeting | None = Field(default=None, exclude_if=lambda value: value is None)


class OpenAction(Part):
    """Something the receiver of the agenda still has to do, or has said (`outcome`) was not done."""

    action_id: str
    owner: AgencyId
    what: str
    due_on: date
    youth: Youth | None = Field(default=None, exclude_if=lambda value: value is None)
    overdue: bool = Field(default=False, exclude_if=lambda value: not value)
    outcome: Literal["not_done"] | None = Field(default=None, exclude_if=lambda value: value is None)


class AgendaConcern(Part):
    """A concern the receiver of the agenda may see, the observations behind it that it may see, and on which bases."""

    concern_id: str
    youth: Youth
    observation_ids: tuple[str, ...]
    bases: tuple[Basis, ...] = Field(default=(), exclude_if=lambda value: not value)


class AgendaPriority(Part):
    """A youth that the receiver puts first in its own work, with those others that it may know do so too."""

    youth: Youth
    by: tuple[AgencyId, ...]


class AgendaMeasure(Part):
    """A measure and what it came to; `evaluation_due` once its day has come by the meeting and nobody has said."""

    measure_id: str
    what: str
    owner: AgencyId
    evaluate_on: date
    effect: Literal["improved", "unchanged", "worse", "unclear"] | None = Field(
        default=None, exclude_if=lambda value: value is None
    )
    evaluation_due: bool = Field(default=False, exclude_if=lambda value: not value)


class OlderMeasure(AgendaMeasure):
    """A measure of an area that was put first before, whose evaluation is due."""

    priority_id: str
    area: str


class AgendaArea(Part):
    """A priority area: who owns it, when it is followed up, how many weeks in a row it has been one."""

    priority_id: str
    area: str
    problem: str
    owner: AgencyId
    follow_up_on: date
    weeks_in_a_row: int
    measures: tuple[AgendaMeasure, ...] = Field(default=(), exclude_if=lambda value: not value)


class AgendaPlaces(Part):
    """The areas that the municipality put first last (`iso_week`), and older measures that are due for evaluation."""

    iso_week: str | None = Field(default=None, exclude_if=lambda value: value is None)
    areas: tuple[AgendaArea, ...]
    older_due: tuple[OlderMeasure, ...] = Field(default=(), exclude_if=lambda value: not value)


class DecidedActions(Part):
    """How many actions the last meeting gave an agency."""

    owner: AgencyId
    actions: int


class AgendaDecisions(Part):
    """What the last meeting decided, counted: about whom stands with each owner alone."""

    occurrence: NaiveDatetime
    actions: tuple[DecidedActions, ...]


class NextMeeting(Part):
    """The meeting after this one."""

    occurrence: NaiveDatetime
    starts_at: LocalMoment


class MeetingAgendaIssued(Answer):
    """Each agency's own agenda: only what it may be told of."""

    series_id: str
    occurrence: NaiveDatetime
    open_actions: tuple[OpenAction, ...]
    concerns: tuple[AgendaConcern, ...]
    points: tuple[AgendaPoint, ...] = Field(default=(), exclude_if=lambda value: not value)
    attendance: AgendaAttendance | None = Field(default=None, exclude_if=lambda value: value is None)
    priorities: tuple[AgendaPriority, ...] = Field(default=(), exclude_if=lambda value: not value)
    places: AgendaPlaces | None = Field(default=None, exclude_if=lambda value: value is None)
    decisions: AgendaDecisions | None = Field(default=None, exclude_if=lambda value: value is None)
    next_meeting: NextMeeting | None = Field(default=None, exclude_if=lambda value: value is None)
