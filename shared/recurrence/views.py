"""A series as its revisions see it, and which of them decides an occurrence.

A meeting that began before a change was taken in belongs to the revision before it, for ever: minutes of it must find
it where it was held.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.events.agencies import MeetingSeriesPlanned
from shared.recurrence.calendar import Expansion, Slot, expansion, slot_at
from shared.recurrence.facts import Request, SeriesFacts


@dataclass(frozen=True)
class View:
    """A revision that decides something: its rule expanded, and the organiser's requests that count in it."""

    plan: MeetingSeriesPlanned
    taken_in_at: datetime
    expansion: Expansion
    requests: dict[datetime, Request]

    def gives(self, occurrence: datetime) -> bool:
        """Say whether the rule gives the occurrence."""
        return self.expansion.gives(occurrence)

    def original(self, occurrence: datetime) -> Slot:
        """Return its slot before anything moves it."""
        return slot_at(self.plan, occurrence, occurrence)

    def slot(self, occurrence: datetime) -> Slot | None:
        """Return where an occurrence that the rule gives is held, None where it is not (or not yet)."""
        request = self.requests.get(occurrence)
        if request is None:
            return self.expansion.slot(occurrence)
        return None if request.starts_at is None else slot_at(self.plan, occurrence, request.starts_at)

    def begins_at(self, occurrence: datetime) -> datetime:
        """Return when an occurrence begins, or would have."""
        return (self.slot(occurrence) or self.original(occurrence)).starts_at


def views_of(facts: SeriesFacts, until: datetime, names: Iterable[datetime] = ()) -> list[View]:
    """Return the revisions in force, oldest first, expanded up to an instant and as far as each of `names`."""
    views: list[View] = []
    replanned_at: datetime | None = None
    for revision in facts.in_force:
        zone = ZoneInfo(revision.plan.timezone)
        local = until.astimezone(zone).replace(tzinfo=None)
        expanded = expansion(revision.plan, max([local, *names]))
        if not revision.moved_kept:
            replanned_at = revision.taken_in_at
        counting = {
            each.occurrence: each
            for each in facts.requests
            if each.by == facts.organiser and _counts(each, zone, replanned_at)
        }
        requests = _carried_over(expanded, counting.values(), revision.taken_in_at) | counting
        views.append(View(revision.plan, revision.taken_in_at, expanded, requests))
    return views


def deciding(views: list[View], occurrence: datetime) -> View:
    """Return the view that decides an occurrence: the last one that was there before its meeting began."""
    current = views[0]
    for later in views[1:]:
        view = next((each for each in (current, later) if each.gives(occurrence)), None)
        if view is not None and view.begins_at(occurrence) <= later.taken_in_at:
            break
        current = later
    return current


def _carried_over(expanded: Expansion, requests: Collection[Request], taken_in_at: datetime) -> dict[datetime, Request]:
    """Return the requests about meetings that have only changed their hour, by the new name: they stand for the day.

    That is what was asked before the change, of a start it does not give, where it gives one other on that day. What
    is asked of the new name itself comes before it.
    """
    lost = [each for each in requests if not expanded.gives(each.occurrence) and each.said_at <= taken_in_at]
    on_day: dict[date, list[datetime]] = {each.occurrence.date(): [] for each in lost}
    for start in expanded.starts if lost else ():
        on_day.get(start.date(), []).append(start)
    found = {}
    for each in sorted(lost, key=lambda each: (each.said_at, each.occurrence)):
        starts = on_day[each.occurrence.date()]
        if len(starts) == 1:
            is_there = each.starts_at == each.occurrence  # only its place was another
            found[starts[0]] = each.model_copy(update={"starts_at": starts[0]}) if is_there else each
    return found


def _counts(request: Request, zone: ZoneInfo, replanned_at: datetime | None) -> bool:
    """Say whether a request counts: no move into the past, nor one made before moved meetings were planned anew."""
    if request.starts_at is None:
        return True
    is_ahead = request.starts_at.replace(tzinfo=zone) > request.said_at
    return is_ahead and (replanned_at is None or request.said_at > replanned_at)
