"""Each weekday × each policy over eleven years: what every week gets, and when a coordinator is asked."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest

from shared.clock import iso_week_of
from shared.recurrence.facts import SeriesFacts
from shared.recurrence.standings import Standing, standing_of, standings
from shared.working_days import is_working_day, red_days
from tests.rules.meetings_plans import STOCKHOLM, asked_to, facts_of, on_the_clock, planned, weekly

LONG_BEFORE, FIRST, LAST = datetime(2025, 12, 1, tzinfo=UTC), date(2026, 1, 5), date(2036, 12, 31)
UNTIL = datetime(2037, 1, 1, tzinfo=STOCKHOLM)
ANSWERS = ("moved", "cancelled", "unanswered")
POLICIES = ("skip", "previous_working_day", "next_working_day", *(f"ask_coordinator:{each}" for each in ANSWERS))
EVERY = [(weekday, policy) for weekday in range(7) for policy in POLICIES]
ANSWERED_WITH = time(13, 30)


def days_of(weekday: int) -> list[date]:
    """Return every day of 2026-2036 that is that weekday, from the first whole week."""
    first = FIRST + timedelta(days=weekday)
    return [first + timedelta(weeks=n) for n in range(600) if first + timedelta(weeks=n) <= LAST]


def nearest_working_day(day: date, step: int) -> date:
    """Return the working day before or after a day, found by walking."""
    day += timedelta(days=step)
    return day if is_working_day(day) else nearest_working_day(day, step)


def facts_under(weekday: int, policy: str) -> SeriesFacts:
    """Return a weekly series; its coordinator answers about every red day with a move, a cancellation or nothing."""
    red_day_policy, _, answer = policy.partition(":")
    plan = weekly(weekday, red_day_policy)
    reds = [datetime.combine(day, time(9)) for day in days_of(weekday) if day in red_days()]
    moves = [asked_to(red, datetime.combine(nearest_working_day(red.date(), 1), ANSWERED_WITH)) for red in reds]
    cancellations = [asked_to(red, None) for red in reds]
    requests = {"moved": moves, "cancelled": cancellations}.get(answer, [])
    return facts_of(plan, *(each.model_copy(update={"said_at": LONG_BEFORE}) for each in requests))


@cache
def eleven_years(weekday: int, policy: str) -> dict[date, Standing]:
    """Return how every occurrence of 2026-2036 comes to stand, each looked at when its own day begins."""
    facts = facts_under(weekday, policy)
    far = {each.occurrence: each for each in standings(facts, LONG_BEFORE, UNTIL)}
    if policy.endswith("unanswered"):
        for name in [each.occurrence for each in far.values() if each.state == "asked"]:
            standing = standing_of(facts, name, name.replace(tzinfo=STOCKHOLM))
            assert standing is not None
            far[name] = standing
    return {each.date(): standing for each, standing in far.items() if each.date() <= LAST}


@pytest.mark.parametrize(("weekday", "policy"), EVERY)
def test_every_week_that_is_not_red_has_exactly_one_meeting_at_nine(weekday: int, policy: str) -> None:
    """2026-2036, over every clock change: on its own weekday at 09.00 by the clock, an hour long, moved by nobody."""
    held = eleven_years(weekday, policy)
    assert days_of(weekday) == sorted(held)
    plain = [held[day] for day in days_of(weekday) if day not in red_days()]
    assert len(plain) > 500
    for each in plain:
        assert each.state == "called"
        assert each.slot is not None
        assert each.occurrence == on_the_clock(each.slot.starts_at)
        assert (weekday, time(9)) == (each.occurrence.weekday(), each.occurrence.time())
        assert timedelta(hours=1) == each.slot.ends_at - each.slot.starts_at
        assert (None, None) == (each.reason, each.red_day)
    assert {7, 8} == {each.slot.starts_at.hour for each in plain if each.slot}
    weeks = Counter(each.slot.iso_week for each in plain if each.slot)
    assert {iso_week_of(day): 1 for day in days_of(weekday) if day not in red_days()} == weeks


@pytest.mark.parametrize(("weekday", "policy"), EVERY)
def test_a_red_day_goes_the_way_of_its_policy(weekday: int, policy: str) -> None:
    """Not held, the working day before or after at the same time, or what the coordinator answered; always said why."""
    for day in (day for day in days_of(weekday) if day in red_days()):
        standing = eleven_years(weekday, policy)[day]
        expected: tuple[str, str, datetime | None] = {
            "skip": ("cancelled", "red_day", None),
            "previous_working_day": ("called", "red_day", datetime.combine(nearest_working_day(day, -1), time(9))),
            "next_working_day": ("called", "red_day", datetime.combine(nearest_working_day(day, +1), time(9))),
            "ask_coordinator:moved": (
                "called",
                "organiser",
                datetime.combine(nearest_working_day(day, 1), ANSWERED_WITH),
            ),
            "ask_coordinator:cancelled": ("cancelled", "organiser", None),
            "ask_coordinator:unanswered": ("cancelled", "red_day", None),
        }[policy]
        held_at = on_the_clock(standing.slot.starts_at) if standing.slot else None
        assert expected == (standing.state, standing.reason, held_at)
        assert red_days()[day] == standing.red_day


@pytest.mark.parametrize("weekday", range(7))
def test_a_coordinator_is_asked_until_noon_five_working_days_before(weekday: int) -> None:
    """Asked with the free working days around it until 12.00 in Sweden; from that instant it is not held."""
    facts = facts_under(weekday, "ask_coordinator:unanswered")
    reds = [day for day in days_of(weekday) if day in red_days()]
    for day in reds[::7]:
        name, deadline = datetime.combine(day, time(9)), day
        for _ in range(5):
            deadline = nearest_working_day(deadline, -1)
        noon = datetime.combine(deadline, time(12), STOCKHOLM).astimezone(UTC)
        before, at = (standing_of(facts, name, moment) for moment in (noon - timedelta(milliseconds=1), noon))
        assert before is not None
        assert at is not None
        assert ("asked", None, noon) == (before.state, before.reason, before.answer_by)
        around = [nearest_working_day(day, step) for step in (-1, 1)]
        assert [datetime.combine(each, time(9)) for each in around] == [on_the_clock(each) for each in before.proposals]
        assert ("cancelled", "red_day", (), None) == (at.state, at.reason, at.proposals, at.answer_by)


def test_a_coordinator_is_offered_only_days_on_which_the_series_does_not_meet() -> None:
    """Wednesdays, Thursdays and Fridays: Christmas Eve 2026 may go to the Monday after, not to the Wednesday before."""
    plan = planned(
        starts_at=datetime(2026, 11, 25, 9), rrule="FREQ=WEEKLY;BYDAY=WE,TH,FR", red_day_policy="ask_coordinator"
    )
    standing = standing_of(facts_of(plan), datetime(2026, 12, 24, 9), datetime(2026, 12, 1, tzinfo=UTC))
    assert standing is not None
    assert [datetime(2026, 12, 28, 9)] == [on_the_clock(each) for each in standing.proposals]


def test_weeks_53_and_1_have_a_meeting_each() -> None:
    """2026 ends in week 53: Tuesday 29 December is in it, Tuesday 5 January 2027 in week 1; likewise 2032 into 2033."""
    held = eleven_years(1, "skip")
    days = [date(2026, 12, 29), date(2027, 1, 5), date(2032, 12, 28), date(2033, 1, 4)]
    weeks = [standing.slot.iso_week for day in days if (standing := held[day]).slot]
    assert ["2026-W53", "2027-W01", "2032-W53", "2033-W01"] == weeks


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", None),
        ("previous_working_day", datetime(2030, 12, 23, 9)),
        ("next_working_day", datetime(2030, 12, 27, 9)),
        ("ask_coordinator:moved", datetime(2030, 12, 27, 13, 30)),
        ("ask_coordinator:unanswered", None),
    ],
)
def test_a_tuesday_that_is_christmas_eve(policy: str, expected: datetime | None) -> None:
    """24 December 2030 is a Tuesday: Monday is the working day before, Friday the one after; the weeks around meet."""
    standing = eleven_years(1, policy)[date(2030, 12, 24)]
    assert expected == (on_the_clock(standing.slot.starts_at) if standing.slot else None)
    assert "Julafton" == standing.red_day
    around = [eleven_years(1, policy)[day].state for day in (date(2030, 12, 17), date(2031, 1, 7))]
    assert ["called", "called"] == around


def test_the_frozen_red_days_and_clock_changes_of_2027() -> None:
    """Four weekdays' red days, the working day after Christmas Eve, and the Sundays on which the clocks change."""
    assert date(2027, 12, 27) == red_days().get_nth_working_day(date(2027, 12, 24), 1)
    sundays = [date(2027, 1, 3) + timedelta(weeks=n) for n in range(52)]
    noon = {day: datetime.combine(day, time(12), STOCKHOLM).utcoffset() for day in sundays}
    changes = [day for day in sundays[1:] if noon[day] != noon[day - timedelta(weeks=1)]]
    assert [date(2027, 3, 28), date(2027, 10, 31)] == changes


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("year", range(2026, 2037))
def test_nine_is_eight_utc_in_winter_and_seven_in_summer(weekday: int, year: int) -> None:
    """The meetings on both sides of both changes: the first one after each change has moved an hour in UTC alone."""
    held = eleven_years(weekday, "skip")
    for month, before, after in ((3, 8, 7), (10, 7, 8)):
        change = max(day for n in range(31) if (day := date(year, month, 31 - n)).weekday() == 6)
        last, first = max(d for d in held if d < change), min(d for d in held if d >= change)
        hours = {day: held[day].original.starts_at.hour for day in (last, first)}
        assert {last: before, first: after} == hours


@pytest.mark.parametrize("policy", ["previous_working_day", "next_working_day"])
def test_a_moved_meeting_falls_out_where_the_series_meets_already(policy: str) -> None:
    """Mondays to Fridays: a red day's meeting has nowhere to go, says so, and no day has two."""
    plan = planned(starts_at=datetime(2026, 1, 5, 9), rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", red_day_policy=policy)
    found = standings(facts_of(plan), LONG_BEFORE, UNTIL)
    days = Counter(each.slot.starts_at.date() for each in found if each.slot)
    assert {1} == set(days.values())
    assert not [day for day in days if day in red_days()]
    fallen = [each for each in found if each.slot is None]
    assert {("cancelled", "red_day")} == {(each.state, each.reason) for each in fallen}
    assert len(fallen) > 80


def test_of_two_red_days_with_one_working_day_the_first_takes_it() -> None:
    """Christmas Day 2026 is a Friday and both 24th and 25th go to Monday the 28th: only the 24th is held there."""
    plan = planned(
        starts_at=datetime(2026, 11, 26, 9), rrule="FREQ=WEEKLY;BYDAY=TH,FR", red_day_policy="next_working_day"
    )
    advent, twelfth_night = datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 6, tzinfo=UTC)
    found = {each.occurrence.day: each for each in standings(facts_of(plan), advent, twelfth_night)}
    assert found[24].slot is not None
    assert datetime(2026, 12, 28, 9) == on_the_clock(found[24].slot.starts_at)
    assert ("cancelled", "red_day", None) == (found[25].state, found[25].reason, found[25].slot)
