"""What is known of a series, and each meeting that it has called.

Every fact that a series is decided by is added to its document, which every handler of a series holds: two facts that
come at once can never miss each other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import PlainSerializer

from shared.document import Document
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.event import Moment
from shared.events.meetings import Forum
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


class Meeting(Document):
    """A called occurrence."""

    collection: ClassVar[str] = "meetings"
    series_id: str
    occurrence: LocalStart
    forum: Forum
    starts_at: Moment
    ends_at: Moment
    agencies: tuple[str, ...]


def meeting_id(series_id: str, occurrence: datetime) -> str:
    """Return the id of an occurrence, called or not."""
    return f"{series_id}:{occurrence.isoformat()}"


async def series_of(tx: Transaction, series_id: str) -> Series:
    """Return a series, planned or not, and hold it: a commit fails if another handler adds a fact to it meanwhile."""
    series = await tx.get(Series, series_id) or Series(id=series_id)
    tx.save(series)
    return series
