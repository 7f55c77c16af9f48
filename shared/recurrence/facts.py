"""What is known of a series: its revisions, its last day, and what its organiser has asked about single occurrences.

Added in any order and any number of times, the same facts come out the same. That is what must not be broken: adding
may neither depend on what was added before, nor throw away what may count once the plan is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, NaiveDatetime, PlainSerializer

from shared.events.agencies import MeetingSeriesPlanned
from shared.events.event import AgencyId, Moment

LocalStart = Annotated[NaiveDatetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""Wall-clock time without zone, stored as text: MongoDB would take it for UTC."""


def _plan_alone(plan: object) -> object:
    # A change is a plan with a number and a word about moves; those stand in the revision itself.
    if isinstance(plan, MeetingSeriesPlanned) and type(plan) is not MeetingSeriesPlanned:
        return MeetingSeriesPlanned.model_construct(**{name: getattr(plan, name) for name in _PLANNED})
    return plan


def _as_sent(plan: MeetingSeriesPlanned) -> dict[str, Any]:
    return plan.model_dump(mode="json")


_PLANNED = frozenset(MeetingSeriesPlanned.model_fields)
KeptPlan = Annotated[MeetingSeriesPlanned, BeforeValidator(_plan_alone), PlainSerializer(_as_sent)]
"""A plan, stored as it was sent: its local start is text too."""


class Revision(BaseModel):
    """A plan and its number: 1 is the plan, a change has a higher one. `moved_kept` False plans moved meetings anew."""

    model_config = ConfigDict(frozen=True)

    number: int
    plan: KeptPlan
    taken_in_at: Moment
    moved_kept: bool = True


class Request(BaseModel):
    """What an agency asks about one occurrence: another local start, or that it is not held (`starts_at` None)."""

    model_config = ConfigDict(frozen=True)

    occurrence: LocalStart
    by: AgencyId
    starts_at: LocalStart | None
    place: str | None
    said_at: Moment


class SeriesFacts(BaseModel):
    """Everything that decides when a series meets. Without the revision 1 it is not planned: the others wait for it."""

    model_config = ConfigDict(frozen=True)

    revisions: tuple[Revision, ...] = ()
    last_on: date | None = None
    requests: tuple[Request, ...] = ()

    @property
    def organiser(self) -> AgencyId | None:
        """Return the agency whose word counts: the one that planned the series."""
        plans = [each for each in self.revisions if each.number == 1]
        return min(plans, key=_first).plan.organiser.agency if plans else None

    @property
    def in_force(self) -> tuple[Revision, ...]:
        """Return the organiser's revisions that decide anything, oldest first; the last one decides what is ahead.

        One that was taken in after a higher one never counts: that one decided all that it could have.
        """
        counting: list[Revision] = []
        for revision in sorted(self.revisions, key=lambda each: -each.number):
            is_late = bool(counting) and counting[-1].taken_in_at <= revision.taken_in_at
            if revision.plan.organiser.agency == self.organiser and not is_late:
                counting.append(revision)
        return tuple(reversed(counting))

    @property
    def plan(self) -> MeetingSeriesPlanned | None:
        """Return the plan that decides what is ahead, None while the series is not planned."""
        return self.in_force[-1].plan if self.in_force else None

    def with_revision(self, revision: Revision) -> SeriesFacts:
        """Return the facts with a revision. Of one number from one agency, what was taken in first stays."""
        known = {(each.number, each.plan.organiser.agency): each for each in self.revisions}
        key = (revision.number, revision.plan.organiser.agency)
        known[key] = min(known.get(key, revision), revision, key=_first)
        return self.model_copy(update={"revisions": _in_order(known)})

    def with_request(self, request: Request) -> SeriesFacts:
        """Return the facts with a request. Of one agency's about one occurrence, what was said later holds."""
        known = {(each.occurrence, each.by): each for each in self.requests}
        key = (request.occurrence, request.by)
        known[key] = max(known.get(key, request), request, key=lambda each: (each.said_at, each.model_dump_json()))
        return self.model_copy(update={"requests": _in_order(known)})

    def with_end(self, last_on: date) -> SeriesFacts:
        """Return the facts with a last day; of two, the earlier."""
        return self.model_copy(update={"last_on": min(self.last_on or last_on, last_on)})


def _first(revision: Revision) -> tuple[datetime, str]:
    return revision.taken_in_at, revision.model_dump_json()


def _in_order(known: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(known[key] for key in sorted(known))
