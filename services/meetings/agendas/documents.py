"""What agendas are made from and what they said: each agency's docket, and the agendas that a meeting has out."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.meetings.agendas.shown import AgencyAgenda
from services.meetings.minutes.documents import Minutes
from services.meetings.series.documents import Meeting
from shared.document import Document, Index
from shared.events.event import Moment
from shared.events.observations import ConcernNoticed
from shared.transaction import Transaction


class IssuedAgenda(BaseModel):
    """The agenda that an agency was told last; `revision` counts from 1.

    `content` is None once it has been withdrawn: the meeting was cancelled, or the agency is not called any more.
    """

    model_config = ConfigDict(frozen=True)

    revision: int
    content: AgencyAgenda | None
    held_on: date | None = None

    def is_news_after(self, last: IssuedAgenda | None, is_due: bool) -> bool:
        """Say whether it has to be told: it says something else, or is the first for a day that is near."""
        if last is None or last.content is None:
            return is_due
        is_of_another_day = last.held_on is not None and last.held_on != self.held_on
        return self.content != last.content or (is_due and is_of_another_day)


class MeetingAgendas(Document):
    """The last agenda that each agency was told of a meeting, once any is out. Its id is the meeting's."""

    collection: ClassVar[str] = "agendas"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("which_coming_meetings_of_an_agency_have_agendas", (("agencies", 1), ("ends_at", 1))),
        Index("which_coming_meetings_of_a_series_have_agendas", (("series_id", 1), ("ends_at", 1))),
    )

    series_id: str
    agencies: tuple[str, ...]
    ends_at: Moment
    issued: dict[str, IssuedAgenda] = Field(default_factory=dict)

    @property
    def told(self) -> frozenset[str]:
        """Return the agencies that have one, out or about to go out."""
        return frozenset(agency for agency, each in self.issued.items() if each.content is not None)


class Docket(Document):
    """The concerns one agency has been told of, and whom it knows that its own observations may not be told to."""

    collection: ClassVar[str] = "dockets"
    indexes: ClassVar[tuple[Index, ...]] = (Index("which_agencies_know_a_concern", (("concerns.person_ref", 1),)),)

    concerns: tuple[ConcernNoticed, ...] = ()
    denied: tuple[str, ...] = ()


async def agendas_of(tx: Transaction, meeting: Meeting) -> MeetingAgendas:
    """Return a meeting's agendas, about to be told or told before, and hold them, as `series_of` does."""
    agendas = await tx.get(MeetingAgendas, meeting.id) or MeetingAgendas(
        id=meeting.id, series_id=meeting.series_id, agencies=meeting.agencies, ends_at=meeting.ends_at
    )
    agendas.agencies, agendas.ends_at = meeting.agencies, meeting.ends_at
    tx.save(agendas)
    return agendas


async def docket_of(tx: Transaction, agency: str) -> Docket:
    """Return an agency's docket and hold it, as `series_of` does."""
    docket = await tx.get(Docket, agency) or Docket(id=agency)
    tx.save(docket)
    return docket


async def issued_agendas(tx: Transaction, where: dict[str, Any]) -> list[MeetingAgendas]:
    """Return the agendas that match and are out, of meetings that have not ended."""
    return await tx.find(MeetingAgendas, {**where, "ends_at": {"$gt": tx.now}})


async def issued_agendas_about(tx: Transaction, person_ref: str) -> list[MeetingAgendas]:
    """Return the agendas that are out, of meetings not ended, on which a person may stand or come to stand."""
    dockets = await tx.find(Docket, {"concerns.person_ref": person_ref})
    given = {"actions.person_ref": person_ref}, {"prioritised.person_ref": person_ref}
    minutes = await tx.find(Minutes, {"$or": list(given)})
    agencies, series_ids = {each.id for each in dockets}, {each.series_id for each in minutes}
    either = [{"agencies": {"$in": sorted(agencies)}}, {"series_id": {"$in": sorted(series_ids)}}]
    return await issued_agendas(tx, {"$or": either})
