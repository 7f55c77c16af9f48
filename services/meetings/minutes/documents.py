"""What the minutes of an occurrence say. An action's text lies sealed under the youth's key."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from services.meetings.series.documents import Series
from shared.agencies import AgencyKind
from shared.document import Document, Index
from shared.events.agencies.meetings import Attendance
from shared.events.event import Moment
from shared.recurrence.facts import LocalStart
from shared.transaction import Transaction


class KeptAction(BaseModel):
    """What a meeting gave an agency to do about a youth, its text sealed under the youth's key."""

    model_config = ConfigDict(frozen=True)

    action_id: str
    owner: str
    person_ref: str
    due_on: date
    sealed_what: bytes


class KeptPriority(BaseModel):
    """A youth whom agencies are to put first in their own missions."""

    model_config = ConfigDict(frozen=True)

    person_ref: str
    by: tuple[str, ...]


class AbsentFunction(BaseModel):
    """A function whose presence the series requires, and that was not there."""

    model_config = ConfigDict(frozen=True)

    agency: str
    function: str


class Minutes(Document):
    """One agency's minutes of an occurrence. They count, once, if that agency turns out to be the organiser.

    The last five fields follow from the series, and are there when the minutes count; `followed_by` is the ids of what
    is known of the actions. What came early and turned out to be wrong is `forgotten`: nothing in it stands, and it may
    be sent anew.
    """

    collection: ClassVar[str] = "minutes"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("which_minutes_gave_this_action", (("actions.action_id", 1),)),
        Index("which_minutes_gave_an_action_about_this_youth", (("actions.person_ref", 1),)),
        Index("which_minutes_put_this_youth_first", (("prioritised.person_ref", 1),)),
    )

    series_id: str
    occurrence: LocalStart
    recorded_by: str
    recorded_at: Moment
    fingerprint: str
    forgotten: bool = False
    held: bool
    secrecy_reminder_given: bool
    attendance: tuple[Attendance, ...]
    prioritised: tuple[KeptPriority, ...]
    actions: tuple[KeptAction, ...]
    held_on: date | None = None
    quorate: bool = False
    absent_kinds: tuple[AgencyKind, ...] = ()
    absent_functions: tuple[AbsentFunction, ...] = ()
    followed_by: tuple[str, ...] = ()


async def counted_minutes(tx: Transaction, series: Series) -> list[Minutes]:
    """Return the minutes of a series that count, in the order of what they are about."""
    found = {each.id: each for each in await tx.find(Minutes, {"_id": {"$in": list(series.counted_minutes)}})}
    for id_ in series.counted_minutes:
        # Minutes counted by this very handler are not committed yet, so they are not found, but they can be got.
        if id_ not in found and (minutes := await tx.get(Minutes, id_)) is not None:
            found[id_] = minutes
    return sorted(found.values(), key=lambda each: each.occurrence)


async def last_minutes(tx: Transaction, series: Series, occurrence: datetime) -> Minutes | None:
    """Return the last counted minutes of what was before an occurrence: held or not, quorate, who was absent."""
    earlier = [each for each in await counted_minutes(tx, series) if each.occurrence < occurrence]
    return earlier[-1] if earlier else None


async def known_actions(tx: Transaction, action_ids: list[str], recorded_by: str, but_not_in: str) -> set[str]:
    """Return which of these ids an agency's other minutes have given to actions already."""
    where = {"actions.action_id": {"$in": action_ids}, "recorded_by": recorded_by, "_id": {"$ne": but_not_in}}
    return {action.action_id for minutes in await tx.find(Minutes, where) for action in minutes.actions}
