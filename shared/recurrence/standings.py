"""How each occurrence of a series stands: called at a slot, not held, or its organiser asked about a red day.

The same facts and the same moment always give the same standings, so a series can be brought in line with them after
every fact and whenever time passes. What must not be broken: a revision never decides a meeting that began before it
was taken in, and between one `next_look` and the next nothing changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from shared.events.event import Moment
from shared.events.meetings import CancellationReason, MoveReason
from shared.recurrence.calendar import ASK, LONGEST_RED_DAY_MOVE, Slot, starts_after
from shared.recurrence.facts import SeriesFacts
from shared.recurrence.views import View, deciding, views_of
from shared.working_days import red_days

HORIZON: Final = timedelta(weeks=8)
"""How far ahead meetings are called."""
ANSWER_DAYS: Final = 5
ANSWER_TIME: Final = time(12)
"""A coordinator may answer about a red day until this local time so many working days before it."""
State = Literal["called", "cancelled", "asked"]
Reason = MoveReason | CancellationReason | None
_ANY_ZONE: Final = timedelta(days=2)
"""More than any zone's offset: starts are looked through by local time, then judged by the instant."""
_MARGIN: Final = LONGEST_RED_DAY_MOVE + _ANY_ZONE


@dataclass(frozen=True)
class Standing:
    """How one occurrence stands. `original` is its slot before anything moved it, `slot` where it is held, if it is.

    `reason` says why it is moved or not held. `proposals` and `answer_by` go with a question; `red_day` with the day of
    the original start, however the occurrence stands.
    """

    occurrence: datetime
    state: State
    original: Slot
    slot: Slot | None
    place: str
    reason: Reason
    red_day: str | None
    proposals: tuple[Moment, ...] = ()
    answer_by: Moment | None = None

    @property
    def begins_at(self) -> datetime:
        """Return when it begins, or would have."""
        return (self.slot or self.original).starts_at

    @property
    def enters_at(self) -> datetime:
        """Return when it comes within the horizon: by its original start, or an earlier one that it is moved to."""
        return min(self.begins_at, self.original.starts_at) - HORIZON


def standings(facts: SeriesFacts, now: datetime, until: datetime, names: Collection[datetime] = ()) -> list[Standing]:
    """Return how each occurrence stands that begins after `now` and whose start, original or moved, is at most `until`.

    And each of `names`, the occurrences called before, wherever it lies; one that the series gives no longer is
    cancelled. They come in order of start.
    """
    views = views_of(facts, until, [*names, *(each.occurrence for each in facts.requests)])
    if not views:
        return []
    candidates = {*names, *_near(facts, views[-1], now, until)}
    found = [_standing(deciding(views, each), each, facts.last_on, now) for each in candidates]
    wanted = [each for each in found if each.occurrence in names or _is_within(each, now, until)]
    return sorted(wanted, key=lambda each: (each.begins_at, each.occurrence))


def standing_of(facts: SeriesFacts, occurrence: datetime, now: datetime) -> Standing | None:
    """Return how one occurrence stands; None where the revision that decides it gives no such start."""
    views = views_of(facts, now, [occurrence])
    view = deciding(views, occurrence) if views else None
    return _standing(view, occurrence, facts.last_on, now) if view and view.gives(occurrence) else None


def slot_of(facts: SeriesFacts, occurrence: datetime) -> Slot | None:
    """Return where an occurrence is or was held, its original slot where it is not, None where there is no such."""
    views = views_of(facts, occurrence.replace(tzinfo=UTC), [occurrence])
    view = deciding(views, occurrence) if views else None
    return (view.slot(occurrence) or view.original(occurrence)) if view and view.gives(occurrence) else None


def next_look(facts: SeriesFacts, now: datetime) -> datetime | None:
    """Return the next instant at which a standing, or what lies within the horizon, changes; None where none does."""
    deadlines = [each.answer_by for each in standings(facts, now, now + HORIZON) if each.answer_by is not None]
    entry = _next_entry(facts, now)
    return min(deadlines if entry is None else [*deadlines, entry], default=None)


def _near(facts: SeriesFacts, view: View, now: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the starts of a revision that may lie between two instants; a request may have moved one from anywhere."""
    zone = ZoneInfo(view.plan.timezone)
    first, last = (each.astimezone(zone).replace(tzinfo=None) for each in (now, until))
    for start in view.expansion.starts:
        is_near = first - _MARGIN <= start <= last + _MARGIN
        if (is_near or start in view.requests) and not _is_over(facts.last_on, start):
            yield start


def _is_within(standing: Standing, now: datetime, until: datetime) -> bool:
    return standing.begins_at > now and standing.enters_at + HORIZON <= until


def _is_over(last_on: date | None, occurrence: datetime) -> bool:
    return last_on is not None and occurrence.date() > last_on


def _standing(view: View, occurrence: datetime, last_on: date | None, now: datetime) -> Standing:
    original = view.original(occurrence)
    state, reason = _verdict(view, occurrence, last_on, now)
    request = view.requests.get(occurrence)
    is_asked = state == "asked"
    return Standing(
        occurrence=occurrence,
        state=state,
        original=original,
        slot=view.slot(occurrence) if state == "called" else None,
        place=(request and request.place) or view.plan.place,
        reason=reason,
        red_day=red_days().get(occurrence.date()),
        proposals=tuple(each.starts_at for each in view.expansion.proposals(occurrence)) if is_asked else (),
        answer_by=_answer_by(original) if is_asked else None,
    )


def _verdict(view: View, occurrence: datetime, last_on: date | None, now: datetime) -> tuple[State, Reason]:
    if _is_over(last_on, occurrence):
        return "cancelled", "series_ended"
    if not view.gives(occurrence):
        return "cancelled", "series_changed"
    is_held = view.slot(occurrence) is not None
    if occurrence in view.requests:
        return "called" if is_held else "cancelled", "organiser"
    if is_held:
        return "called", "red_day" if occurrence.date() in red_days() else None
    if view.plan.red_day_policy == ASK and now < _answer_by(view.original(occurrence)):
        return "asked", None
    return "cancelled", "red_day"


def _answer_by(original: Slot) -> datetime:
    day = red_days().get_nth_working_day(original.occurrence.date(), -ANSWER_DAYS)
    return datetime.combine(day, ANSWER_TIME, original.zone).astimezone(UTC)


def _next_entry(facts: SeriesFacts, now: datetime) -> datetime | None:
    """Return when the next occurrence comes within the horizon."""
    plan = facts.plan
    if plan is None:
        return None
    edge = now + HORIZON
    requested = {each.occurrence for each in facts.requests}
    # So far beyond the edge that no policy moves it back over it. One with a request may be moved anywhere.
    far = edge.astimezone(ZoneInfo(plan.timezone)).replace(tzinfo=None) + _MARGIN
    beyond = next((start for start in starts_after(plan, far) if start not in requested), far)
    views = views_of(facts, edge, [beyond, *requested])
    near = _near(facts, views[-1], edge, beyond.replace(tzinfo=UTC) + _ANY_ZONE)
    found = [_standing(deciding(views, each), each, facts.last_on, now) for each in near]
    return min((each.enters_at for each in found if each.enters_at > now), default=None)
