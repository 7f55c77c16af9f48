"""What has been heard of a week: facts that may come in any order and more than once.

`plus` gives the same facts in the end, whatever the order and the repeats. A meeting can change weeks, so its own facts
are settled in `meetings.py` and only its standing lies here. Nothing here points to a person: of a concern only a mark
is kept, by which the same one told to several agencies counts once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.events.meetings import Forum

Standing = Literal["called", "held", "not_quorate", "not_held", "cancelled"]
"""How a meeting stands: `not_quorate` is held, but without all whom its forum requires (shared/policy/forums.yaml)."""


class Fact(BaseModel):
    """One thing heard about a week. `key` is what it is about; of two facts about the same, the higher rank holds."""

    model_config = ConfigDict(frozen=True)

    @property
    def key(self) -> str:
        """Return what the fact is about, unique among its kind and week."""
        raise NotImplementedError

    @property
    def rank(self) -> tuple[float, ...]:
        """Return how strongly the fact holds against another about the same thing."""
        return ()


class PlaceEventSeen(Fact):
    """Something happened at a place on a local day."""

    place_event_id: str
    area: str
    category: str
    severity: Literal[1, 2, 3]
    day: date

    @property
    def key(self) -> str:
        """Return the event's id."""
        return self.place_event_id


class ReportSeen(Fact):
    """An agency has answered for the week; the first answer is the one that counts."""

    agency_id: str
    nil_report: bool
    place_events: int
    registered_at: datetime

    @property
    def key(self) -> str:
        """Return the agency: one report a week."""
        return self.agency_id

    @property
    def rank(self) -> tuple[float, ...]:
        """Return a rank by which the earliest report holds."""
        return (-self.registered_at.timestamp(),)


class MeetingSeen(BaseModel):
    """How a meeting stands in the week that it belongs to; `meetings.py` says which week, and is the one to say it."""

    model_config = ConfigDict(frozen=True)

    meeting_id: str
    forum: Forum
    standing: Standing


class NoticedInWeek(BaseModel):
    """What a concern's mark is made from. The week is in it, so that marks of two weeks cannot be laid side by side."""

    model_config = ConfigDict(frozen=True)

    concern_id: str
    iso_week: str


class ConcernSeen(Fact):
    """A concern was noticed in the week; several agencies may tell of the same one, and it counts once.

    A concern has one id for as long as its youth is known, so the id would point to the person: kept is a keyed mark
    (`NoticedInWeek` under the house's secret) that only says whether this one has been counted.
    """

    mark: str

    @property
    def key(self) -> str:
        """Return the mark."""
        return self.mark


F = TypeVar("F", bound=Fact)


class WeekFacts(BaseModel):
    """All that is known of one municipality's week, each kind sorted by key."""

    model_config = ConfigDict(frozen=True)

    place_events: tuple[PlaceEventSeen, ...] = ()
    reports: tuple[ReportSeen, ...] = ()
    meetings: tuple[MeetingSeen, ...] = ()
    concerns: tuple[ConcernSeen, ...] = ()

    def plus(self, fact: Fact) -> WeekFacts:
        """Return these facts and one more: whatever the order and the repeats, the same in the end."""
        match fact:
            case PlaceEventSeen():
                return self.model_copy(update={"place_events": _settled(self.place_events, fact)})
            case ReportSeen():
                return self.model_copy(update={"reports": _settled(self.reports, fact)})
            case ConcernSeen():
                return self.model_copy(update={"concerns": _settled(self.concerns, fact)})
        raise TypeError(f"{type(fact).__name__} is no fact of a week")

    def with_meeting(self, seen: MeetingSeen) -> WeekFacts:
        """Return these facts with a meeting as it stands now, whatever stood of it here before."""
        others = self.without_meeting(seen.meeting_id).meetings
        return self.model_copy(update={"meetings": tuple(sorted((*others, seen), key=lambda each: each.meeting_id))})

    def without_meeting(self, meeting_id: str) -> WeekFacts:
        """Return these facts without a meeting that belongs to another week now."""
        left = tuple(fact for fact in self.meetings if fact.meeting_id != meeting_id)
        return self.model_copy(update={"meetings": left})


def _settled(known: tuple[F, ...], new: F) -> tuple[F, ...]:
    about_the_same = [fact for fact in known if fact.key == new.key]
    # The text breaks ties, so that even two contents under one id end the same in any order.
    holds = max((*about_the_same, new), key=lambda fact: (fact.rank, fact.model_dump_json()))
    return tuple(sorted((*(fact for fact in known if fact.key != new.key), holds), key=lambda fact: fact.key))
