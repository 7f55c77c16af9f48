"""What has been heard of one meeting, and which week it belongs to: the same in the end, whatever the order.

A meeting is moved from week to week, so it is settled here and not in a week: of what is said about it the highest
`sequence` holds, of its minutes the latest, and minutes hold against every call. Nothing here points to a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from services.reporting.facts import MeetingSeen, Standing
from services.reporting.weeks import week_of
from shared.events.event import Moment
from shared.events.meetings import Forum


class Announced(BaseModel):
    """What those called were told: it is held at this slot, or is not held there."""

    model_config = ConfigDict(frozen=True)

    sequence: int
    starts_at: Moment
    cancelled: bool

    @property
    def rank(self) -> tuple[float, ...]:
        """Return a rank by which what is announced later holds, and of two at once the cancellation."""
        return (self.sequence, self.cancelled, self.starts_at.timestamp())


class Recorded(BaseModel):
    """What minutes say; `starts_at` is the slot they belong to."""

    model_config = ConfigDict(frozen=True)

    recorded_at: Moment
    starts_at: Moment
    held: bool
    quorate: bool

    @property
    def rank(self) -> tuple[float, ...]:
        """Return a rank by which later minutes hold against earlier."""
        return (self.recorded_at.timestamp(), self.starts_at.timestamp(), self.held, self.quorate)


class MeetingFacts(BaseModel):
    """All that counts of what has been heard of one meeting."""

    model_config = ConfigDict(frozen=True)

    forum: Forum
    announced: Announced | None = None
    recorded: Recorded | None = None

    def plus(self, fact: Announced | Recorded) -> MeetingFacts:
        """Return these facts and one more: whatever the order and the repeats, the same in the end."""
        if isinstance(fact, Announced):
            return self.model_copy(update={"announced": _stronger(self.announced, fact)})
        return self.model_copy(update={"recorded": _stronger(self.recorded, fact)})

    @property
    def starts_at(self) -> datetime | None:
        """Return the start of the slot at which the meeting counts, None while nothing has been heard of it."""
        holding = self.recorded or self.announced
        return holding.starts_at if holding else None

    @property
    def iso_week(self) -> str | None:
        """Return the ISO week to which the meeting belongs, None while nothing has been heard of it."""
        return week_of(self.starts_at) if self.starts_at else None

    @property
    def standing(self) -> Standing:
        """Return how the meeting stands."""
        if self.recorded is not None:
            if not self.recorded.held:
                return "cancelled" if self.announced and self.announced.cancelled else "not_held"
            return "held" if self.recorded.quorate else "not_quorate"
        return "cancelled" if self.announced and self.announced.cancelled else "called"

    def seen_as(self, meeting_id: str) -> MeetingSeen:
        """Return the meeting as it stands in its week."""
        return MeetingSeen(meeting_id=meeting_id, forum=self.forum, standing=self.standing)


F = TypeVar("F", Announced, Recorded)


def _stronger(known: F | None, new: F) -> F:
    return new if known is None or known.rank < new.rank else known
