"""What agencies say about meetings: the recurring series and the minutes of one occurrence."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Final

from dateutil.rrule import rrulestr
from pydantic import AfterValidator, Field, TypeAdapter, ValidationInfo, field_validator

from shared.events.agencies.submission import (
    AuthorityAgency,
    Day,
    Email,
    Id,
    KnownAgency,
    Line,
    Part,
    Prose,
    Submission,
    WallClock,
    Youth,
    ZoneName,
    not_authorities,
    refuse_repeats,
)
from shared.events.meetings import Forum
from shared.intake.faults import fault, refusal
from shared.person import holds_number

LONGEST_REMINDER: Final = timedelta(days=55)
"""A meeting is called eight weeks before it: what is to remind of it earlier than that would never go out."""
_ANY_START: Final = datetime.fromisoformat("2026-01-01T09:00")
_SEARCHED: Final = timedelta(days=5 * 366)
_RULE_PART: Final = re.compile(
    r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)|(INTERVAL|COUNT)=[1-9][0-9]{0,3}|WKST=[A-Z]{2}"
    r"|(BYDAY|BYMONTHDAY|BYMONTH|BYYEARDAY|BYWEEKNO|BYSETPOS)=[-+A-Z0-9,]{1,200}"
)
_DURATION: Final = re.compile(r"P(?=[0-9T])([0-9]{1,3}W|([0-9]{1,3}D)?(T(?=[0-9])([0-9]{1,4}H)?([0-9]{1,5}M)?)?)")


def duration_of(text: str) -> timedelta:
    """Return the length of an ISO 8601 duration in weeks, days, hours and minutes; ValueError for anything else."""
    if _DURATION.fullmatch(text) is None:
        raise ValueError("not an ISO 8601 duration")
    return TypeAdapter(timedelta).validate_python(text)


def _before_start(text: str) -> str:
    try:
        length = duration_of(text)
    except ValueError:
        length = timedelta(0)
    if not timedelta(0) < length <= LONGEST_REMINDER:
        raise refusal(fault("wrong_value", why="reminder"))
    return text


def _gives_a_meeting(rule: str, starts_at: datetime) -> bool:
    # The parts are checked before dateutil sees them: INTERVAL=0 would never end, and UNTIL has a field of its own.
    parts = rule.split(";")
    names = [part.partition("=")[0] for part in parts]
    if len(set(names)) != len(names) or "FREQ" not in names:
        return False
    if not all(_RULE_PART.fullmatch(part) for part in parts):
        return False
    try:
        # dateutil looks for the first occurrence up to the year 9999, which for a rule without any takes seconds.
        # The calendar repeats every 400 years to the weekday, so the same question is asked in the last whole period.
        late = starts_at.replace(year=starts_at.year + (9999 - 400 - starts_at.year) // 400 * 400)
        first = next(iter(rrulestr(rule, dtstart=late)), None)
        return first is not None and first - late <= _SEARCHED
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return False


def _names_nobody(text: str) -> str:
    if holds_number(text):
        raise refusal(fault("wrong_value", why="identity_number"))
    return text


OpenLine = Annotated[Line, AfterValidator(_names_nobody)]
"""A line that everybody who is called may read, and that stands in mails: it holds no identity number."""


class Organiser(Part):
    """The function that leads the meetings, and its mailbox."""

    agency: AuthorityAgency
    function: OpenLine
    email: Email


class Participant(Part):
    """A function that is called, and its mailbox."""

    agency: KnownAgency
    function: OpenLine
    email: Email
    required: bool


class MeetingSeriesPlanned(Submission):
    """A recurring meeting is planned; `starts_at` is the first one's local wall clock."""

    series_id: Id
    forum: Forum
    title: OpenLine
    starts_at: WallClock
    timezone: ZoneName
    duration_minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    rrule: str
    until: Day | None = None
    red_day_policy: Line
    place: OpenLine
    organiser: Organiser
    participants: tuple[Participant, ...] = Field(min_length=1)
    reminders: tuple[Annotated[str, AfterValidator(_before_start)], ...]

    @field_validator("rrule")
    @classmethod
    def _recurs(cls, rule: str, info: ValidationInfo) -> str:
        starts_at = info.data.get("starts_at", _ANY_START)
        if len(rule) > 500 or not _gives_a_meeting(rule, starts_at):
            raise refusal(fault("wrong_value", why="rrule"))
        return rule

    @field_validator("until")
    @classmethod
    def _after_the_first(cls, until: date | None, info: ValidationInfo) -> date | None:
        starts_at = info.data.get("starts_at")
        if until is not None and isinstance(starts_at, datetime) and until < starts_at.date():
            raise refusal(fault("wrong_value", why="ends_before_start"))
        return until

    @field_validator("participants")
    @classmethod
    def _allowed_in_forum(cls, participants: tuple[Participant, ...], info: ValidationInfo) -> tuple[Participant, ...]:
        # Every forum but EST speaks about persons.
        if info.data.get("forum", "est") != "est":
            places = not_authorities([each.agency for each in participants], info)
            if places:
                raise refusal(*(fault("not_an_authority", f"/{place}/agency") for place in places))
        return participants

    @property
    def called(self) -> tuple[Organiser | Participant, ...]:
        """Every function that is called, the organiser's first."""
        return (self.organiser, *self.participants)

    @property
    def entity_id(self) -> str:
        """The series."""
        return self.series_id


class Attendance(Part):
    """Whether a function of an agency was there."""

    agency: KnownAgency
    function: OpenLine
    present: bool


class Prioritised(Part):
    """A youth that agencies put first in their own work."""

    youth: Youth
    by: tuple[AuthorityAgency, ...] = Field(min_length=1)


class AgreedAction(Part):
    """What an agency is to do about a youth, and by when."""

    action_id: Id
    owner: AuthorityAgency
    what: Prose
    due_on: Day
    youth: Youth


class MeetingMinutesRecorded(Submission):
    """One occurrence, named by its original local start, was held or not, and what it led to."""

    series_id: Id
    occurrence: WallClock
    held: bool
    attendance: tuple[Attendance, ...]
    secrecy_reminder_given: bool
    prioritised: tuple[Prioritised, ...]
    actions: tuple[AgreedAction, ...]

    @field_validator("actions")
    @classmethod
    def _each_once(cls, actions: tuple[AgreedAction, ...]) -> tuple[AgreedAction, ...]:
        refuse_repeats((each.action_id for each in actions), "action_id")
        return actions

    @property
    def entity_id(self) -> str:
        """The occurrence: its series and original local start."""
        return f"{self.series_id}/{self.occurrence.isoformat()}"
