"""What a calendar shows after the mails is what the series says: rule, last day, exceptions, moves, cancellations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from services.notifier.documents import Delivery
from tests.services.itip import calendar_after
from tests.services.notifier_samples import (
    MEETING,
    SERIES,
    a_cancellation,
    a_change,
    a_farewell,
    a_move,
    a_reminder,
    an_invitation,
    arrived,
    parts_of,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
RULES = (
    "FREQ=WEEKLY;BYDAY={day}",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
    "FREQ=WEEKLY;COUNT=7;BYDAY={day}",
    "FREQ=MONTHLY;BYDAY=2{day}",
    "FREQ=MONTHLY;BYDAY={day};BYSETPOS=-1",
    "FREQ=DAILY;INTERVAL=3",
)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SEEN = timedelta(days=400)
Shown = list[tuple[datetime, datetime, str]]


def message_in(delivery: Delivery) -> Calendar:
    """Return the calendar part of a delivery's letter, parsed."""
    return Calendar.from_ical(parts_of(arrived(delivery))["text/calendar"].get_content())


def instants(local: datetime, minutes: int = 60) -> tuple[datetime, datetime]:
    """Return when a meeting at a local start begins and ends."""
    begins = local.replace(tzinfo=STOCKHOLM).astimezone(UTC)
    return begins, begins + timedelta(minutes=minutes)


@dataclass
class Plan:
    """A series as its organiser thinks of it: local starts, and what holds of some of them instead."""

    rule: str
    first: datetime
    until: date | None
    elsewhere: dict[datetime, datetime | None]

    def announced(self) -> dict[str, Any]:
        """Return the announcement's fields."""
        exceptions = []
        for original, held in self.elsewhere.items():
            begins, ends = (None, None) if held is None else instants(held)
            place = None if held is None else "Kommunhuset"
            exceptions.append(
                {"occurrence": original, "starts_at": begins, "ends_at": ends, "place": place, "sequence": 1}
            )
        named = {"rrule": self.rule, "starts_at": self.first, "until": self.until, "exceptions": tuple(exceptions)}
        return {**named, "change": "changed", "sequence": 2, "next_at": instants(self.first)[0]}

    def meetings(self) -> Shown:
        """Return what it comes to, by dateutil on the wall clock and no calendar library."""
        found = []
        for start in rrulestr(self.rule, dtstart=self.first):
            if start > self.first + SEEN or (self.until is not None and start.date() > self.until):
                break
            held = self.elsewhere.get(start, start)
            if held is not None:
                place = "Kommunhuset" if start in self.elsewhere else SERIES["place"]
                found.append((*instants(held), place))
        begin, end = self.seen()
        return sorted(each for each in found if begin <= each[0] < end)

    def seen(self) -> tuple[datetime, datetime]:
        """Return between which instants it is compared."""
        begin = instants(self.first)[0] - timedelta(days=30)
        return begin, begin + SEEN


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Return a series between 2026 and 2036, over clock changes, some of its meetings moved and some not held."""
    day = draw(st.dates(date(2026, 1, 1), date(2035, 12, 1)))
    clock = time(draw(st.sampled_from((0, 8, 9, 13, 22))), draw(st.sampled_from((0, 30))))
    rule = draw(st.sampled_from(RULES)).format(day=DAYS[day.weekday()])
    first = next(iter(rrulestr(rule, dtstart=datetime.combine(day, clock))))
    until = draw(st.none() | st.integers(0, 380).map(lambda days: first.date() + timedelta(days=days)))
    starts = list(rrulestr(rule, dtstart=first).xafter(first, count=12, inc=True))
    counted = [each for each in starts if until is None or each.date() <= until]
    chosen = draw(st.lists(st.sampled_from(counted), max_size=4, unique=True))
    # Not onto another meeting's own start, which is what the house keeps its moves from.
    moves = st.none() | st.integers(1, 20).map(lambda hours: timedelta(hours=hours, minutes=15))
    elsewhere = {each: None if (by := draw(moves)) is None else _kept_clear(each + by) for each in chosen}
    return Plan(rule, first, until, elsewhere)


def _kept_clear(local: datetime) -> datetime:
    """Return a wall-clock time that every day has once: the clocks change between two and three."""
    return local.replace(hour=4) if local.hour in (1, 2, 3) else local


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_the_calendar_shows_what_the_series_says(plan: Plan) -> None:
    """Rule, COUNT or last day, moved meetings and those not held: expanded from the mail they are the same instants."""
    shown = calendar_after([message_in(an_invitation(**plan.announced()))]).meetings(*plan.seen())

    assert plan.meetings() == shown


MOVED: dict[str, Any] = {
    "occurrence": datetime(2026, 12, 1, 9),
    "starts_at": datetime(2026, 12, 2, 9, tzinfo=UTC),
    "ends_at": datetime(2026, 12, 2, 10, tzinfo=UTC),
}
AUTUMN = (datetime(2026, 11, 20, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def tuesdays(*days: tuple[int, int]) -> list[datetime]:
    """Return the starts of ordinary meetings on these days of 2026."""
    return [instants(datetime(2026, month, day, 9))[0] for month, day in days]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_in_which_mails_come_makes_no_difference(order: tuple[int, ...]) -> None:
    """Invitation, move, move back elsewhere and cancellation: whichever comes first, the calendar ends the same."""
    mails = [
        an_invitation(),
        a_move(**{**MOVED, "sequence": 1}),
        a_move(**{**MOVED, "starts_at": datetime(2026, 12, 3, 9, tzinfo=UTC), "sequence": 2,
                  "ends_at": datetime(2026, 12, 3, 10, tzinfo=UTC)}),
        a_cancellation(occurrence=datetime(2026, 12, 15, 9), starts_at=datetime(2026, 12, 15, 8, tzinfo=UTC),
                       ends_at=datetime(2026, 12, 15, 9, tzinfo=UTC), sequence=3),
    ]  # fmt: skip
    calendar = calendar_after(message_in(mails[place]) for place in order)

    expected = [*tuesdays((11, 24), (12, 8), (12, 22), (12, 29)), datetime(2026, 12, 3, 9, tzinfo=UTC)]
    assert sorted(expected) == [begins for begins, _, _ in calendar.meetings(*AUTUMN)]


def test_a_move_said_before_the_change_does_not_come_back() -> None:
    """After an announcement with its exceptions an older move that comes late is nothing to the calendar."""
    late = message_in(a_move(**{**MOVED, "sequence": 4}))
    announced = message_in(a_change())

    assert calendar_after([announced]).meetings(*AUTUMN) == calendar_after([announced, late]).meetings(*AUTUMN)


def test_who_is_called_no_more_has_no_meetings_left() -> None:
    """After the farewell the calendar is empty, also if an older invitation comes late; called anew, it fills."""
    farewell, invitation = message_in(a_farewell()), message_in(an_invitation())

    assert [] == calendar_after([invitation, farewell]).meetings(*AUTUMN)
    assert [] == calendar_after([farewell, invitation]).meetings(*AUTUMN)
    assert calendar_after([invitation, farewell, message_in(a_change(sequence=6))]).meetings(*AUTUMN)


def test_a_reminder_makes_no_entry() -> None:
    """It has nothing that a calendar could take in."""
    assert "text/calendar" not in parts_of(arrived(a_reminder(starts_at=MEETING["starts_at"])))
