"""The calendar that weekly reports live by: ISO 8601 weeks and their deadlines, in Swedish local time.

A week is text, `2026-W46`, which sorts as time does. Every rule takes the moment: nothing here asks what time it is,
and a deadline is reckoned on the local clock, so it is 10.00 on both sides of a clock change.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from shared.clock import LOCAL_ZONE, iso_week_of, local_day

DEADLINE_TIME = time(10, 0)
"""Monday 10.00 after the week has ended."""

CATCH_UP_WEEKS = 8
"""How far back deadlines that passed while the house was down are still asked about."""


def week_of(moment: datetime) -> str:
    """Return the ISO week of an instant's local day."""
    return iso_week_of(local_day(moment))


def monday_of(iso_week: str) -> date:
    """Return the first day of a week; `ValueError` for a week that its year does not have."""
    year, week = iso_week.split("-W")
    return date.fromisocalendar(int(year), int(week), 1)


def next_week(iso_week: str) -> str:
    """Return the week after: `2026-W53` is followed by `2027-W01`."""
    return iso_week_of(monday_of(iso_week) + timedelta(weeks=1))


def deadline_of(iso_week: str) -> datetime:
    """Return when the week's reports are due, as a local instant: the offset is what people's clocks show."""
    return datetime.combine(monday_of(next_week(iso_week)), DEADLINE_TIME, LOCAL_ZONE)


def is_past_deadline(iso_week: str, now: datetime) -> bool:
    """Tell whether the week's reports were due at or before `now`."""
    return deadline_of(iso_week) <= now


def week_awaited(now: datetime) -> str:
    """Return the week whose deadline is the next to come: on a Monday before 10.00 that is last week."""
    last = iso_week_of(local_day(now) - timedelta(weeks=1))
    return next_week(last) if is_past_deadline(last, now) else last


def week_to_ask_about(asked: str | None, now: datetime) -> str:
    """Return the week whose deadline is to be posted, after `asked`: the first not asked about, within the bound."""
    awaited = week_awaited(now)
    if asked is None:
        return awaited
    earliest = iso_week_of(monday_of(awaited) - timedelta(weeks=CATCH_UP_WEEKS))
    return max(next_week(asked), earliest)
