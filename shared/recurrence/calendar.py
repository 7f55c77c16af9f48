"""When a series meets: its rule expanded over local wall-clock times, red days minded, zone attached last.

The order is what must not be broken: a rule expanded in UTC moves the meeting an hour when the clocks change. A start
in the hour that is skipped in March is held an hour later by the clock; in the hour that is repeated in October the
first of the two is meant (RFC 5545, 3.3.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import islice
from typing import cast
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from shared.clock import iso_week_of
from shared.events.agencies import MeetingSeriesPlanned
from shared.working_days import red_days

SEARCHED = timedelta(days=3660)
"""How far beyond today (or the first start) occurrences are looked for."""
LONGEST_RED_DAY_MOVE = timedelta(days=14)
"""No red-day policy moves a meeting further than this."""
ASK = "ask_coordinator"
_COUNT = re.compile(r"COUNT=([0-9]+);?")
_BEYOND_THE_YEAR_9999 = {"YEARLY": 10_000, "MONTHLY": 120_000, "WEEKLY": 530_000, "DAILY": 3_700_000}


@dataclass(frozen=True)
class Slot:
    """One occurrence: its original local start, which names it for ever, and the instants (UTC) it begins and ends."""

    occurrence: datetime
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo

    @property
    def iso_week(self) -> str:
        """Return the ISO 8601 week in which it is held, such as `2026-W53`."""
        return iso_week_of(self.starts_at.astimezone(self.zone).date())


def starts_by_its_rule(plan: MeetingSeriesPlanned) -> bool:
    """Say whether the first start is one that the rule gives; RFC 5545, 3.8.5.3, leaves undefined what else would mean.

    Only the rule's first period is looked at. It must be asked before anything below: dateutil follows a rule that
    never fires to the year 9999, and one that fires at its start fires again.
    """
    frequency = next(name for name in _BEYOND_THE_YEAR_9999 if f"FREQ={name}" in plan.rrule)
    only_once = _endless(plan).replace(interval=_BEYOND_THE_YEAR_9999[frequency])
    return next(iter(only_once), None) == plan.starts_at


def original_starts(plan: MeetingSeriesPlanned, no_later_than: datetime) -> Iterator[datetime]:
    """Yield the local starts that the rule gives, before any red day is minded. `until` is the last day that counts."""
    last = no_later_than if plan.until is None else min(no_later_than, datetime.combine(plan.until, time.max))
    count = _COUNT.search(plan.rrule)
    return islice(_endless(plan).replace(until=last), int(count[1]) if count else None)


def is_occurrence(plan: MeetingSeriesPlanned, local_start: datetime) -> bool:
    """Say whether the rule gives that local start."""
    return local_start in original_starts(plan, no_later_than=local_start)


def has_start_after(plan: MeetingSeriesPlanned, moment: datetime) -> bool:
    """Say whether the rule gives any start after a moment, red or not."""
    local = moment.astimezone(ZoneInfo(plan.timezone)).replace(tzinfo=None)
    return next(starts_after(plan, local), None) is not None


@dataclass(frozen=True)
class Expansion:
    """The starts that a plan's rule gives up to some day, and what its red-day policy makes of each."""

    plan: MeetingSeriesPlanned
    starts: tuple[datetime, ...]

    def gives(self, start: datetime) -> bool:
        """Say whether the rule gives that local start."""
        return start in self._places

    def slot(self, start: datetime) -> Slot | None:
        """Return where a start that the rule gives is held without anybody's word, None where it is not."""
        held_on = self._held_on(start)
        return None if held_on is None else slot_at(self.plan, start, datetime.combine(held_on, start.time()))

    def proposals(self, start: datetime) -> list[Slot]:
        """Return the slots that a start on a red day may be moved to: the working days around it that are free."""
        days = (red_days().get_nth_working_day(start.date(), step) for step in (-1, +1))
        free = (datetime.combine(day, start.time()) for day in days if day not in self._plain_days)
        return [slot_at(self.plan, start, each) for each in free]

    @cached_property
    def _places(self) -> dict[datetime, int]:
        return {start: place for place, start in enumerate(self.starts)}

    @cached_property
    def _plain_days(self) -> frozenset[date]:
        return frozenset(start.date() for start in self.starts if start.date() not in red_days())

    def _held_on(self, start: datetime) -> date | None:
        day = start.date()
        if day not in red_days():
            return day
        policy = POLICIES[self.plan.red_day_policy]
        moved = policy(day)
        place = self._places[start]
        # Red days in a row lead to one working day: the first of them takes it.
        before = (each.date() for each in self.starts[max(0, place - LONGEST_RED_DAY_MOVE.days) : place])
        if moved in self._plain_days or moved in {policy(each) for each in before if each in red_days()}:
            return None
        return moved


def expansion(plan: MeetingSeriesPlanned, no_later_than: datetime) -> Expansion:
    """Expand a plan so far that every start up to a local time can be asked about."""
    return Expansion(plan, tuple(original_starts(plan, no_later_than + LONGEST_RED_DAY_MOVE)))


def starts_after(plan: MeetingSeriesPlanned, local: datetime) -> Iterator[datetime]:
    """Yield the local starts that the rule gives after a local time, for as far ahead as anybody looks."""
    last = max(plan.starts_at, local) + SEARCHED
    return (start for start in original_starts(plan, last) if start > local)


def slots(plan: MeetingSeriesPlanned, no_later_than: datetime) -> Iterator[Slot]:
    """Yield the occurrences that are held without anybody's word, by name."""
    expanded = expansion(plan, no_later_than)
    for start in expanded.starts:
        if start <= no_later_than and (slot := expanded.slot(start)) is not None:
            yield slot


def next_slot(plan: MeetingSeriesPlanned, moment: datetime) -> Slot | None:
    """Return the occurrence that begins first after a moment."""
    coming = (slot for slot in slots(plan, _horizon(plan, moment)) if slot.starts_at > moment)
    # A moved one may begin after those named by later starts, but not after as many as a fortnight holds.
    return min(islice(coming, LONGEST_RED_DAY_MOVE.days), key=lambda slot: slot.starts_at, default=None)


def slot_at(plan: MeetingSeriesPlanned, occurrence: datetime, local_start: datetime) -> Slot:
    """Return an occurrence held at a local start, its length in real minutes."""
    zone = ZoneInfo(plan.timezone)
    starts_at = local_start.replace(tzinfo=zone).astimezone(UTC)
    return Slot(occurrence, starts_at, starts_at + timedelta(minutes=plan.duration_minutes), zone)


def reminder_at(slot: Slot, before: timedelta) -> datetime:
    """Return when to remind: whole days back by the calendar at the same wall-clock time, the rest in real time."""
    # Adding days to a local time with its zone keeps the wall clock; in UTC it would keep the 24 hours.
    same_time = slot.starts_at.astimezone(slot.zone) - timedelta(days=before.days)
    return same_time.astimezone(UTC) - timedelta(seconds=before.seconds)


def _skipped(day: date) -> date | None:
    del day
    return None


def _working_day(step: int) -> Callable[[date], date | None]:
    return lambda day: red_days().get_nth_working_day(day, step)


POLICIES: dict[str, Callable[[date], date | None]] = {
    "skip": _skipped,
    "previous_working_day": _working_day(-1),
    "next_working_day": _working_day(+1),
    ASK: _skipped,
}
"""Where a policy moves a meeting on a red day of its own accord. A coordinator who is asked may say otherwise."""


def _horizon(plan: MeetingSeriesPlanned, moment: datetime) -> datetime:
    return max(plan.starts_at, moment.replace(tzinfo=None)) + SEARCHED


def _endless(plan: MeetingSeriesPlanned) -> rrule:
    """Return the rule without COUNT, which dateutil does not take together with a last day."""
    return cast(rrule, rrulestr(_COUNT.sub("", plan.rrule).rstrip(";"), dtstart=plan.starts_at))
