"""What a calendar is made of: red days, week numbers, the last day, the next meeting, and when to remind of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.recurrence.calendar import POLICIES, next_slot, reminder_at, slot_at, slots
from shared.working_days import red_days
from tests.rules.meetings_plans import STOCKHOLM, planned, weekly

END = datetime(2036, 12, 31)


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


def test_the_week_number_is_iso_8601s() -> None:
    """Monday 28 December 2026 is in week 53, Monday 4 January 2027 in week 1, Friday 1 January 2027 still in 53."""

    def week(day: datetime) -> str:
        return slot_at(planned(), day, day).iso_week

    assert "2026-W53" == week(datetime(2026, 12, 28, 9))
    assert "2026-W53" == week(datetime(2027, 1, 1, 9))
    assert "2027-W01" == week(datetime(2027, 1, 4, 9))
    assert "2026-W01" == week(datetime(2025, 12, 29, 9))


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
    policy=st.sampled_from(sorted(POLICIES)),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2036, 11, 1)),
)
@settings(max_examples=200)
def test_the_next_meeting_is_ahead_and_no_other_lies_between(weekday: int, policy: str, moment: datetime) -> None:
    """Whenever it is asked, the answer begins after the moment, and nothing that is held begins in between."""
    plan, now = weekly(weekday, red_day_policy=policy), moment.replace(tzinfo=UTC)
    slot = next_slot(plan, now)
    assert slot is not None
    assert slot.starts_at > now
    assert not [each for each in slots(plan, END) if now < each.starts_at < slot.starts_at]


def test_a_day_before_is_the_same_wall_clock_time_and_hours_are_hours() -> None:
    """A Monday meeting after a clock change: `P1D` is Sunday 09.00, `PT2H` is two real hours before."""
    monday = datetime(2026, 3, 30, 9)
    slot = slot_at(weekly(0), monday, monday)
    assert datetime(2026, 3, 29, 9, tzinfo=STOCKHOLM) == reminder_at(slot, timedelta(days=1)).astimezone(STOCKHOLM)
    assert datetime(2026, 3, 28, 9, tzinfo=STOCKHOLM) == reminder_at(slot, timedelta(days=2)).astimezone(STOCKHOLM)
    assert slot.starts_at - timedelta(hours=2) == reminder_at(slot, timedelta(hours=2))
