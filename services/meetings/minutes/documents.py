"""What the minutes of an occurrence say. An action's text lies sealed under the youth's key."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from services.meetings.series.documents import LocalStart, Series
from shared.document import Document, Index
from shared.events.agencies.meetings import Attendance
from shared.events.event import Moment
from shared.transaction import Transaction


class OpenAction(BaseModel):
    """An action that minutes gave an agency and that nobody has completed."""

    model_config = ConfigDict(frozen=True)

    action_id: str
    owner: str
    person_ref: str


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
