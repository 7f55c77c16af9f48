"""When a series meets: every weekday and policy over eleven years, clock changes, red days, ISO weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.agencies import MeetingSeriesPlanned
from shared.recurrence import calendar
from shared.recurrence.calendar import Slot, next_slot, reminder_at, slot_named, slots
from shared.working_days import red_days
from tests.rules.meetings_plans import NOW, planned

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FIRST_WEEK = [datetime(2026, 1, 5 + n, 9) for n in range(7)]
END = datetime(2036, 12, 31)


def weekly(weekday: int, red_day_policy: str = "skip") -> MeetingSeriesPlanned:
    """Return a series that meets every week on a weekday at 09.00 from the first week of 2026."""
    return planned(
        starts_at=FIRST_WEEK[weekday], rrule=f"FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday]}", red_day_policy=red_day_policy
    )


def on_the_clock(slot: Slot) -> datetime:
    """Return the wall-clock time at which a meeting begins."""
    return slot.starts_at.astimezone(STOCKHOLM).replace(tzinfo=None)


@pytest.mark.parametrize("weekday", range(7))
def test_every_weekday_keeps_nine_o_clock_over_both_clock_changes_for_eleven_years(weekday: int) -> None:
    """Each occurrence of 2026-2036 begins at 09.00 by the clock on its own weekday and lasts an hour."""
    held = list(slots(weekly(weekday), END))
    assert len(held) > 530
    for slot in held:
        local = on_the_clock(slot)
        assert (weekday, 9, 0) == (local.weekday(), local.hour, local.minute)
        assert timedelta(hours=1) == slot.ends_at - slot.starts_at
    assert {7, 8} == {slot.starts_at.hour for slot in held}


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("policy", sorted(calendar.POLICIES))
def test_every_week_that_is_not_red_meets_exactly_once(weekday: int, policy: str) -> None:
    """2026-2036: a plain day is never moved; a red one is skipped or moved to a working day by the policy's own way."""
    held = {slot.occurrence: slot for slot in slots(weekly(weekday, red_day_policy=policy), END)}
    day = FIRST_WEEK[weekday]
    while day <= END:
        slot = held.pop(day, None)
        if day.date() not in red_days():
            assert slot is not None
            assert day == on_the_clock(slot)
        elif policy in {"skip", "ask_coordinator"}:
            assert slot is None
        elif slot is not None:
            moved = on_the_clock(slot)
            assert (moved > day) == (policy == "next_working_day")
            assert moved.weekday() < 5
            assert moved.date() not in red_days()
            assert day.time() == moved.time()
        day += timedelta(weeks=1)
    assert not held


def test_the_red_weekdays_of_2027() -> None:
    """Julafton, Nyårsafton and Midsommarafton are red; a plain Sunday is not."""
    red = [day for n in range(365) if (day := date(2027, 1, 1) + timedelta(days=n)) in red_days()]
    on = [[(day.day, day.month) for day in red if day.weekday() == weekday] for weekday in range(5)]
    assert [(29, 3)] == on[0]
    assert [] == on[1]
    assert [(6, 1)] == on[2]
    assert [(6, 5)] == on[3]
    assert [(1, 1), (26, 3), (25, 6), (24, 12), (31, 12)] == on[4]
    assert date(2027, 2, 7) not in red_days()


def test_a_meeting_on_christmas_eve_goes_where_its_policy_says() -> None:
    """Christmas Eve 2027 is a Friday: the working days around it are the 23rd and the 27th."""
    eve = datetime(2027, 12, 24, 9)
    went = {
        policy: slot_named(planned(starts_at=eve, rrule="FREQ=WEEKLY;BYDAY=FR", red_day_policy=policy), eve)
        for policy in ("previous_working_day", "next_working_day")
    }
    assert date(2027, 12, 23) == on_the_clock(went["previous_working_day"]).date()
    assert date(2027, 12, 27) == on_the_clock(went["next_working_day"]).date()
    assert {eve} == {slot.occurrence for slot in went.values()}


@pytest.mark.parametrize("policy", ["previous_working_day", "next_working_day"])
def test_a_series_never_meets_twice_on_one_day(policy: str) -> None:
    """A meeting every working day: a red day's meeting has nowhere to go that is free, and falls out."""
    plan = planned(starts_at=datetime(2026, 1, 5, 9), rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", red_day_policy=policy)
    days = [on_the_clock(slot).date() for slot in slots(plan, END)]
    assert len(days) == len(set(days))
    assert not [day for day in days if day in red_days()]


def test_the_week_number_is_iso_8601s() -> None:
    """Monday 28 December 2026 is in week 53, Monday 4 January 2027 in week 1, Friday 1 January 2027 still in 53."""

    def week(day: datetime) -> str:
        return calendar.slot_at(planned(), day, day).iso_week

    assert "2026-W53" == week(datetime(2026, 12, 28, 9))
    assert "2026-W53" == week(datetime(2027, 1, 1, 9))
    assert "2027-W01" == week(datetime(2027, 1, 4, 9))
    assert "2026-W01" == week(datetime(2025, 12, 29, 9))


def test_a_start_in_a_skipped_or_repeated_hour_has_one_meaning() -> None:
    """02.30 on 26 March 2028 is skipped and held at 03.30; on 31 October 2027 it comes twice and the first is meant."""
    gap = planned(starts_at=datetime(2028, 3, 26, 2, 30), rrule="FREQ=DAILY;COUNT=1")
    fold = planned(starts_at=datetime(2027, 10, 31, 2, 30), rrule="FREQ=DAILY;COUNT=1")
    in_march, in_october = next_slot(gap, NOW), next_slot(fold, NOW)
    assert in_march is not None
    assert in_october is not None
    assert datetime(2028, 3, 26, 1, 30, tzinfo=UTC) == in_march.starts_at
    assert 3 == on_the_clock(in_march).hour
    assert datetime(2028, 3, 26, 2, 30) == in_march.occurrence
    assert datetime(2027, 10, 31, 0, 30, tzinfo=UTC) == in_october.starts_at


def test_nine_oclock_stays_nine_over_the_clock_change() -> None:
    """Weekly at 09.00: 22 March 2027 is 08:00Z. Annandag påsk, the 29th, is red; the next Monday is 07:00Z."""
    plan = planned(starts_at=datetime(2027, 3, 22, 9), rrule="FREQ=WEEKLY;BYDAY=MO")
    utc = [slot.starts_at for slot in slots(plan, datetime(2027, 4, 6))]
    assert [datetime(2027, 3, 22, 8, tzinfo=UTC), datetime(2027, 4, 5, 7, tzinfo=UTC)] == utc


def test_until_is_the_last_day_that_counts() -> None:
    """An occurrence on the day of `until` is held, however late in the day."""
    plan = planned(until=date(2026, 12, 8), starts_at=datetime(2026, 11, 24, 23), rrule="FREQ=WEEKLY;BYDAY=TU")
    assert [24, 1, 8] == [slot.occurrence.day for slot in slots(plan, END)]


def test_the_next_meeting_is_the_one_that_begins_first() -> None:
    """A Friday moved to Monday comes after the Saturday that is named later; each is the next one in its turn."""
    plan = planned(
        starts_at=datetime(2026, 4, 24, 9), rrule="FREQ=WEEKLY;BYDAY=FR,SA", red_day_policy="next_working_day"
    )
    moment, went = datetime(2026, 4, 26, tzinfo=UTC), []
    for _ in range(3):
        slot = next_slot(plan, moment)
        assert slot is not None
        went.append(slot.occurrence.day)
        moment = slot.starts_at
    assert [2, 1, 8] == went


@given(
    weekday=st.integers(0, 6),
    policy=st.sampled_from(sorted(calendar.POLICIES)),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2036, 11, 1)),
)
@settings(deadline=None, max_examples=200)
def test_the_next_meeting_is_ahead_and_no_other_lies_between(weekday: int, policy: str, moment: datetime) -> None:
    """Whenever it is asked, the answer begins after the moment, and nothing that is held begins in between."""
    plan, now = weekly(weekday, red_day_policy=policy), moment.replace(tzinfo=UTC)
    slot = next_slot(plan, now)
    assert slot is not None
    assert slot.starts_at > now
    assert not [each for each in slots(plan, END) if now < each.starts_at < slot.starts_at]


def test_a_day_before_is_the_same_wall_clock_time_and_hours_are_hours() -> None:
    """A Monday meeting after a clock change: `P1D` is Sunday 09.00, `PT2H` is two real hours before."""
    slot = slot_named(weekly(0), datetime(2026, 3, 30, 9))
    assert datetime(2026, 3, 29, 9, tzinfo=STOCKHOLM) == reminder_at(slot, timedelta(days=1)).astimezone(STOCKHOLM)
    assert datetime(2026, 3, 28, 9, tzinfo=STOCKHOLM) == reminder_at(slot, timedelta(days=2)).astimezone(STOCKHOLM)
    assert slot.starts_at - timedelta(hours=2) == reminder_at(slot, timedelta(hours=2))
