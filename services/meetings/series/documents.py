"""What is known of a series, and each of its meetings as those called to it were told last.

Every fact that a series is decided by is added to its document, which every handler of a series holds: two facts that
come at once can never miss each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.document import Document, Index
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.event import AgencyId, Moment
from shared.events.meetings import CancellationReason, Forum
from shared.recurrence.facts import LocalStart, SeriesFacts
from shared.recurrence.standings import slot_of
from shared.transaction import Transaction


class Announced(BaseModel):
    """What those called to a series were told of all of it last: which revision, until when, counted from when."""

    model_config = ConfigDict(frozen=True)

    revision: int
    last_on: date | None
    starts_at: LocalStart


class Series(Document):
    """A recurring meeting. Until it is planned it is only the place where what comes before its plan waits.

    `fingerprints` is of each revision, by who sent it and its number; `last_days` is the last day that each agency has
    given. `sequence` counts what has been announced about the series (RFC 5546, 2.1.4).
    """

    collection: ClassVar[str] = "series"

    facts: SeriesFacts = SeriesFacts()
    fingerprints: dict[str, str] = Field(default_factory=dict)
    last_days: dict[AgencyId, date] = Field(default_factory=dict)
    sequence: int = 0
    announced: Announced | None = None
    waiting_since: Moment | None = None
    last_called: LocalStart | None = None
    waiting_minutes: tuple[str, ...] = ()
    counted_minutes: tuple[str, ...] = ()

    @property
    def plan(self) -> MeetingSeriesPlanned | None:
        """Return the plan in force: the highest revision of the agency that planned the series."""
        return self.facts.plan


class Meeting(Document):
    """An occurrence as it was told last. One that is not called stands where it would have begun.

    `reminders` is how long before its start each reminder was posted for, as written in the posting's key.
    """

    collection: ClassVar[str] = "meetings"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("which_meetings_of_a_series_have_not_begun", (("series_id", 1), ("starts_at", 1))),
        Index("which_meetings_of_a_series_lie_after_a_name", (("series_id", 1), ("occurrence", 1))),
    )

    series_id: str
    occurrence: LocalStart
    forum: Forum
    state: Literal["called", "cancelled", "asked"]
    reason: CancellationReason | None
    starts_at: Moment
    ends_at: Moment
    place: str
    agencies: tuple[AgencyId, ...]
    sequence: int
    reminders: tuple[str, ...] = ()

    @property
    def is_called(self) -> bool:
        """Say whether it is to be held."""
        return self.state == "called"


def meeting_id(series_id: str, occurrence: datetime) -> str:
    """Return the id of an occurrence, called or not."""
    return f"{series_id}:{occurrence.isoformat()}"


async def series_of(tx: Transaction, series_id: str) -> Series:
    """Return a series, planned or not, and hold it: a commit fails if another handler adds a fact to it meanwhile."""
    series = await tx.get(Series, series_id) or Series(id=series_id, waiting_since=tx.now)
    tx.save(series)
    return series


async def meetings_ahead(tx: Transaction, series_id: str) -> dict[datetime, Meeting]:
    """Return the meetings of a series that those called were told of and that have not begun, by name."""
    found = await tx.find(Meeting, {"series_id": series_id, "starts_at": {"$gt": tx.now}})
    return {each.occurrence: each for each in found}


async def begun_among(tx: Transaction, series_id: str, names: Iterable[datetime]) -> set[datetime]:
    """Return which of these names are of meetings that have begun: held on an earlier day than their own, say."""
    ids = [meeting_id(series_id, each) for each in names]
    found = await tx.find(Meeting, {"_id": {"$in": ids}, "starts_at": {"$lte": tx.now}}) if ids else []
    return {each.occurrence for each in found}


async def meetings_since(tx: Transaction, series_id: str, first: datetime) -> dict[datetime, Meeting]:
    """Return the meetings of a series, begun or not, that are named by a local start or a later one, by name."""
    where: dict[str, Any] = {"series_id": series_id, "occurrence": {"$gte": first.isoformat()}}
    return {each.occurrence: each for each in await tx.find(Meeting, where)}


async def begins_or_began(tx: Transaction, series: Series, occurrence: datetime) -> datetime | None:
    """Return when an occurrence begins, or would have: as told, else by the facts; None where there is no such."""
    told = await tx.get(Meeting, meeting_id(series.id, occurrence))
    if told is not None:
        return told.starts_at
    slot = slot_of(series.facts, occurrence)
    return slot.starts_at if slot else None
