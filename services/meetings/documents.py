"""What is stored: series, meetings, minutes, and for each agency the docket of concerns it has been told of.

Series and dockets are also where handlers meet. Whoever adds a fact to one, or decides by it, saves it, so that two
decisions that do not know of each other are never both committed. Read them before anything that is found by them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from services.meetings.rules import AgencyAgenda, OpenAction
from shared.document import Document, Index
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.agencies.meetings import Attendance
from shared.events.event import Moment
from shared.events.meetings import Forum
from shared.events.observations import ConcernNoticed
from shared.transaction import Transaction

LocalStart = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""Wall-clock time without zone, stored as text: MongoDB would take it for UTC."""


class Series(Document):
    """A recurring meeting. Without a plan it is only the place where minutes wait that came before it."""

    collection: ClassVar[str] = "series"

    plan_as_sent: dict[str, Any] | None = None
    fingerprint: str | None = None
    last_called: LocalStart | None = None
    waiting_minutes: tuple[str, ...] = ()
    counted_minutes: tuple[str, ...] = ()

    @property
    def plan(self) -> MeetingSeriesPlanned | None:
        """Return what the organiser planned."""
        return None if self.plan_as_sent is None else MeetingSeriesPlanned.model_validate(self.plan_as_sent)


class IssuedAgenda(BaseModel):
    """The agenda that an agency was told last; `revision` counts from 1."""

    model_config = ConfigDict(frozen=True)

    revision: int
    content: AgencyAgenda


class Meeting(Document):
    """A called occurrence, and the last agenda that each agency was told."""

    collection: ClassVar[str] = "meetings"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "which_coming_meetings_of_an_agency_have_agendas", (("agencies", 1), ("agenda_issued", 1), ("ends_at", 1))
        ),
        Index(
            "which_coming_meetings_of_a_series_have_agendas", (("series_id", 1), ("agenda_issued", 1), ("ends_at", 1))
        ),
    )

    series_id: str
    occurrence: LocalStart
    forum: Forum
    starts_at: Moment
    ends_at: Moment
    agencies: tuple[str, ...]
    agenda_issued: bool = False
    agendas: dict[str, IssuedAgenda] = Field(default_factory=dict)


class KeptAction(OpenAction):
    """What a meeting gave an agency to do about a youth, its text sealed under the youth's key."""

    model_config = ConfigDict(frozen=True)

    due_on: date
    sealed_what: bytes


class KeptPriority(BaseModel):
    """A youth whom agencies are to put first in their own missions."""

    model_config = ConfigDict(frozen=True)

    person_ref: str
    by: tuple[str, ...]


class Minutes(Document):
    """One agency's minutes of an occurrence. They count, once, if that agency turns out to be the organiser."""

    collection: ClassVar[str] = "minutes"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("which_minutes_gave_this_action", (("actions.action_id", 1),)),
        Index("which_minutes_gave_an_action_about_this_youth", (("actions.person_ref", 1),)),
    )

    series_id: str
    occurrence: LocalStart
    recorded_by: str
    recorded_at: Moment
    fingerprint: str
    held: bool
    secrecy_reminder_given: bool
    attendance: tuple[Attendance, ...]
    prioritised: tuple[KeptPriority, ...]
    actions: tuple[KeptAction, ...]


class Docket(Document):
    """The concerns one agency has been told of, and whom it knows that its own observations may not be told to."""

    collection: ClassVar[str] = "dockets"
    indexes: ClassVar[tuple[Index, ...]] = (Index("which_agencies_know_a_concern", (("concerns.person_ref", 1),)),)

    concerns: tuple[ConcernNoticed, ...] = ()
    denied: tuple[str, ...] = ()


def meeting_id(series_id: str, occurrence: datetime) -> str:
    """Return the id of an occurrence, called or not."""
    return f"{series_id}:{occurrence.isoformat()}"


async def series_of(tx: Transaction, series_id: str) -> Series:
    """Return a series, planned or not, and hold it: a commit fails if another handler adds a fact to it meanwhile."""
    series = await tx.get(Series, series_id) or Series(id=series_id)
    tx.save(series)
    return series


async def docket_of(tx: Transaction, agency: str) -> Docket:
    """Return an agency's docket and hold it, as `series_of` does."""
    docket = await tx.get(Docket, agency) or Docket(id=agency)
    tx.save(docket)
    return docket


async def issued_meetings(tx: Transaction, where: dict[str, Any]) -> list[Meeting]:
    """Return the meetings that match, have not ended, and whose agendas are out."""
    return await tx.find(Meeting, {**where, "agenda_issued": True, "ends_at": {"$gt": tx.now}})


async def issued_meetings_about(tx: Transaction, person_ref: str) -> list[Meeting]:
    """Return the meetings, not ended and with agendas out, on whose agendas a person may stand or come to stand."""
    dockets = await tx.find(Docket, {"concerns.person_ref": person_ref})
    minutes = await tx.find(Minutes, {"actions.person_ref": person_ref})
    agencies, series_ids = {each.id for each in dockets}, {each.series_id for each in minutes}
    either = [{"agencies": {"$in": sorted(agencies)}}, {"series_id": {"$in": sorted(series_ids)}}]
    return await issued_meetings(tx, {"$or": either})


async def actions_before(tx: Transaction, series: Series, occurrence: datetime) -> list[KeptAction]:
    """Return what the counted minutes of a series' earlier occurrences gave agencies to do, oldest first."""
    found = {each.id: each for each in await tx.find(Minutes, {"_id": {"$in": list(series.counted_minutes)}})}
    for id_ in series.counted_minutes:
        # Minutes counted by this very handler are not committed yet, so they are not found, but they can be got.
        if id_ not in found and (minutes := await tx.get(Minutes, id_)) is not None:
            found[id_] = minutes
    earlier = (minutes for minutes in found.values() if minutes.occurrence < occurrence)
    return [action for minutes in sorted(earlier, key=lambda each: each.occurrence) for action in minutes.actions]


async def known_actions(tx: Transaction, action_ids: list[str], recorded_by: str, but_not_in: str) -> set[str]:
    """Return which of these ids an agency's other minutes have given to actions already."""
    where = {"actions.action_id": {"$in": action_ids}, "recorded_by": recorded_by, "_id": {"$ne": but_not_in}}
    return {action.action_id for minutes in await tx.find(Minutes, where) for action in minutes.actions}
