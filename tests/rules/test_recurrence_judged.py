"""The expansion before two judges of their own: one that reads the series as a calendar does, one that counts days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from icalendar.prop import vRecur

from shared.events.agencies import MeetingSeriesPlanned
from shared.recurrence.calendar import starts_by_its_rule
from shared.recurrence.standings import standings
from shared.working_days import red_days
from tests.rules.meetings_plans import STOCKHOLM, WEEKDAYS, asked_to, facts_of, planned

LONG_BEFORE = datetime(2025, 12, 1, tzinfo=UTC)
RULES = (
    "FREQ=WEEKLY;BYDAY=TU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
    "FREQ=MONTHLY;BYDAY=1TU",
    "FREQ=MONTHLY;BYDAY=-1TU",
    "FREQ=MONTHLY;BYMONTHDAY=6,31",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=4",
    "FREQ=YEARLY;BYMONTH=1,6,12;BYDAY=1TU,TU",
    "FREQ=YEARLY;BYWEEKNO=1,2,53;BYDAY=TU",
    "FREQ=DAILY;INTERVAL=10;COUNT=150",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
)


def original_starts(plan: MeetingSeriesPlanned, until: datetime) -> list[datetime]:
    """Return the instants that we say the rule gives, in order."""
    return sorted(each.original.starts_at for each in standings(facts_of(plan), LONG_BEFORE, until))


def as_a_calendar_reads(plan: MeetingSeriesPlanned, until: datetime, **moved: Any) -> list[tuple[datetime, datetime]]:
    """Return the instants at which a calendar shows the series, from its rule, the exceptions and its time zone."""
    zone = ZoneInfo(plan.timezone)
    event, calendar = Event(), Calendar()
    event.add("uid", plan.series_id)
    event.add("dtstart", plan.starts_at.replace(tzinfo=zone))
    event.add("duration", timedelta(minutes=plan.duration_minutes))
    event.add("rrule", vRecur.from_ical(plan.rrule))
    calendar.add_component(event)
    for name, start in moved.get("exceptions", {}).items():
        if start is None:
            event.add("exdate", name.replace(tzinfo=zone))
            continue
        override = Event()
        override.add("uid", plan.series_id)
        override.add("recurrence-id", name.replace(tzinfo=zone))
        override.add("dtstart", start.replace(tzinfo=zone))
        override.add("duration", timedelta(minutes=plan.duration_minutes))
        calendar.add_component(override)
    found = recurring_ical_events.of(calendar).between(LONG_BEFORE, until)
    return sorted((each.start.astimezone(UTC), each.end.astimezone(UTC)) for each in found)


def first_start(rule: str) -> datetime:
    """Return the first day of 2026 at 09.00 that a rule gives."""
    days = (datetime(2026, 1, 1, 9) + timedelta(days=n) for n in range(366))
    return next(day for day in days if starts_by_its_rule(planned(starts_at=day, rrule=rule)))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("zone", ["Europe/Stockholm", "America/New_York"])
def test_a_calendar_shows_the_series_where_the_house_holds_it(rule: str, zone: str) -> None:
    """Four years of every kind of rule, clock changes and weeks 53 and 1 among them."""
    plan, until = planned(starts_at=first_start(rule), rrule=rule, timezone=zone), datetime(2030, 1, 1, tzinfo=UTC)
    shown = [start for start, _ in as_a_calendar_reads(plan, until)]
    assert len(shown) >= 8
    assert shown == original_starts(plan, until)


@given(
    weekday=st.integers(0, 6),
    policy=st.sampled_from(["skip", "previous_working_day", "next_working_day"]),
    changes=st.dictionaries(st.integers(0, 150), st.none() | st.integers(-60, 60), max_size=6),
)
@settings(max_examples=25)
def test_a_calendar_with_the_exceptions_shows_what_stands(
    weekday: int, policy: str, changes: dict[int, int | None]
) -> None:
    """Three years with red days and the organiser's changes: RECURRENCE-ID or EXDATE for each, and nothing else."""
    plan = planned(
        starts_at=datetime(2026, 1, 5 + weekday, 9),
        rrule=f"FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday]}",
        red_day_policy=policy,
    )
    weeks = {week: plan.starts_at + timedelta(weeks=week) for week in changes}
    requests = [
        asked_to(name, None if changes[week] is None else name + timedelta(minutes=changes[week] or 0), LONG_BEFORE)
        for week, name in weeks.items()
    ]
    until = datetime(2029, 1, 1, tzinfo=UTC)
    found = standings(facts_of(plan, *requests), LONG_BEFORE, until)
    exceptions = {
        each.occurrence: each.slot and each.slot.starts_at.astimezone(STOCKHOLM).replace(tzinfo=None)
        for each in found
        if each.reason is not None
    }
    assert [
        (each.slot.starts_at, each.slot.ends_at) for each in found if each.slot and each.slot.starts_at < until
    ] == [each for each in as_a_calendar_reads(plan, until, exceptions=exceptions) if each[0] > LONG_BEFORE]


def counted_days(plan: MeetingSeriesPlanned, weekdays: set[int], interval: int) -> Iterator[datetime]:
    """Yield a weekly rule's starts by counting days and weeks from the first, without any library of rules."""
    monday = plan.starts_at.date() - timedelta(days=plan.starts_at.weekday())
    day: date = plan.starts_at.date()
    while day < date(2037, 1, 1):
        if day.weekday() in weekdays and (day - monday).days // 7 % interval == 0:
            yield datetime.combine(day, plan.starts_at.time(), STOCKHOLM).astimezone(UTC)
        day += timedelta(days=1)


@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    interval=st.integers(1, 5),
    minute=st.integers(0, 24 * 60 - 1),
    count=st.none() | st.integers(1, 400),
)
@settings(max_examples=40)
def test_a_weekly_rule_is_counted_days(weekdays: set[int], interval: int, minute: int, count: int | None) -> None:
    """Any weekdays, every n-th week, any minute of the day and any count: the same eleven years as on the fingers."""
    names = ",".join(WEEKDAYS[each] for each in sorted(weekdays))
    at = time(minute // 60, minute % 60)
    plan = planned(
        starts_at=datetime.combine(date(2026, 1, 5 + min(weekdays)), at),
        rrule=f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={names}" + (f";COUNT={count}" if count else ""),
    )
    expected = list(counted_days(plan, weekdays, interval))[: count or None]
    until = datetime(2037, 1, 1, tzinfo=STOCKHOLM)
    assert expected == original_starts(plan, until)[: len(expected)]
    assert len(expected) == len([each for each in original_starts(plan, until) if each < until])


def test_the_judges_see_a_red_day_as_a_day_like_any_other() -> None:
    """What the rule gives is one thing, what is held another: a skipped red day is among the original starts."""
    plan = planned(starts_at=datetime(2026, 12, 24, 9), rrule="FREQ=DAILY;COUNT=3")
    starts = original_starts(plan, datetime(2027, 1, 1, tzinfo=UTC))
    assert [24, 25, 26] == [each.day for each in starts]
    assert {True} == {each.date() in red_days() for each in starts}
