"""Rules and starts at the edge: what is taken has one meaning, and what is refused is refused at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from shared.agencies import AgencyKind
from shared.intake.faults import faults_of
from shared.recurrence.plans import faults_in_plan
from shared.recurrence.standings import HORIZON, next_look, standings
from tests.rules.meetings_plans import NOW, ORGANISER, facts_of, on_the_clock, planned, weekly

LONG_BEFORE = datetime(2025, 12, 1, tzinfo=UTC)
KINDS: tuple[AgencyKind, ...] = ("social_services", "police")
SKIPPED, REPEATED = datetime(2028, 3, 26, 2, 30), datetime(2027, 10, 31, 2, 30)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=HOURLY;COUNT=3",
        "FREQ=DAILY;BYSECOND=0,1,2",
        "FREQ=DAILY;BYMINUTE=0,30",
        "FREQ=DAILY;BYHOUR=9,13",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;BYEASTER=0",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,31",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYYEARDAY=367",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=MONTHLY;BYDAY=6TU",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=WEEKLY;COUNT=3;UNTIL=20270101",
        "FREQ=WEEKLY;INTERVAL=1;INTERVAL=2",
        "FREQ=WEEKLY\nFREQ=DAILY",
        "freq=weekly",
    ],
)
def test_a_rule_that_fires_too_often_or_never_is_one_fault(rule: str) -> None:
    """Finer than a day, no step forward, a day that no month has, a part twice or unknown: refused at its own field."""
    with pytest.raises(ValidationError) as refused:
        planned(rrule=rule)
    assert [("/rrule", "wrong_value")] == [(each.pointer, each.code) for each in faults_of(refused.value)]


@pytest.mark.parametrize(
    ("start", "begins_at"),
    [(SKIPPED, datetime(2028, 3, 26, 1, 30, tzinfo=UTC)), (REPEATED, datetime(2027, 10, 31, 0, 30, tzinfo=UTC))],
)
def test_a_start_in_the_hour_of_a_clock_change_is_taken(start: datetime, begins_at: datetime) -> None:
    """02.30 in March is held at 03.30, 02.30 in October at the first of the two; both keep their name, and no fault."""
    plan = planned(starts_at=start, rrule="FREQ=WEEKLY;BYDAY=SU")
    assert [] == faults_in_plan(plan, ORGANISER, NOW, KINDS)
    (first, second) = standings(facts_of(plan), NOW, begins_at + timedelta(weeks=1, hours=2))
    assert first.slot is not None
    assert (start, begins_at) == (first.occurrence, first.slot.starts_at)
    assert begins_at + timedelta(hours=1) == first.slot.ends_at
    assert start + timedelta(weeks=1) == on_the_clock(second.begins_at)


def test_a_meeting_over_the_clock_change_lasts_its_real_minutes() -> None:
    """From 01.30 on the night in October an hour ends at 02.30, the first of the two; in March at 03.30."""
    for start, ends_at in (
        (datetime(2027, 10, 31, 1, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        (datetime(2027, 3, 28, 1, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ):
        (standing,) = standings(facts_of(planned(starts_at=start, rrule="FREQ=DAILY;COUNT=1")), NOW, ends_at)
        assert ends_at == standing.original.ends_at


@pytest.mark.parametrize(
    ("count", "until", "days"),
    [
        (3, date(2027, 6, 30), [24, 1, 8]),
        (30, date(2026, 12, 8), [24, 1, 8]),
        (3, date(2026, 12, 8), [24, 1, 8]),
        (1, None, [24]),
        (30, date(2026, 11, 24), [24]),
    ],
)
def test_a_series_with_a_count_and_a_last_day_ends_by_whichever_comes_first(
    count: int, until: date | None, days: list[int]
) -> None:
    """The count is of starts from the first, and the last day counts in full."""
    facts = facts_of(planned(rrule=f"FREQ=WEEKLY;BYDAY=TU;COUNT={count}", until=until))
    assert days == [each.occurrence.day for each in standings(facts, NOW, NOW + timedelta(days=400))]


def test_a_count_counts_red_days_too() -> None:
    """Five Fridays from 18 December 2026: two of them are red and not held, and none comes in their place."""
    facts = facts_of(planned(starts_at=datetime(2026, 12, 18, 9), rrule="FREQ=WEEKLY;BYDAY=FR;COUNT=5"))
    found = standings(facts, NOW, NOW + timedelta(days=400))
    assert ["called", "cancelled", "cancelled", "called", "called"] == [each.state for each in found]
    assert 15 == found[-1].occurrence.day


def test_a_yearly_day_that_only_leap_years_have_comes_in_leap_years() -> None:
    """29 February: 2028, 2032, 2036, never on another day, and the next look is eight weeks before each."""
    facts = facts_of(planned(starts_at=datetime(2028, 2, 29, 9), rrule="FREQ=YEARLY"))
    found = [each.occurrence.date() for each in standings(facts, NOW, datetime(2037, 1, 1, tzinfo=UTC))]
    assert [date(2028, 2, 29), date(2032, 2, 29), date(2036, 2, 29)] == found
    after_the_first = datetime(2028, 3, 1, tzinfo=UTC)
    assert datetime(2032, 2, 29, 8, tzinfo=UTC) - HORIZON == next_look(facts, after_the_first)


def test_a_series_planned_late_asks_nothing_that_nobody_could_answer() -> None:
    """Planned three days before a red day: its deadline has passed, so it is not held, and that is said at once."""
    facts = facts_of(weekly(4, "ask_coordinator"))
    found = {
        each.occurrence: each
        for each in standings(facts, datetime(2026, 12, 22, 12, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC))
    }
    christmas, new_year = found[datetime(2026, 12, 25, 9)], found[datetime(2027, 1, 1, 9)]
    assert [("cancelled", "red_day")] * 2 == [(each.state, each.reason) for each in (christmas, new_year)]


def test_a_participant_in_other_letters_is_the_same_participant() -> None:
    """The same function and mailbox written with capitals would be called twice."""
    once = planned().participants[0]
    again = once.model_copy(update={"email": once.email.upper()})
    other = once.model_copy(update={"function": "kommunpolis"})
    assert [] == faults_in_plan(planned(participants=(once, other)), ORGANISER, NOW, KINDS)
    faults = faults_in_plan(planned(participants=(once, other, again)), ORGANISER, NOW, KINDS)
    assert [("/participants/2", "wrong_value")] == [(each.pointer, each.code) for each in faults]


@pytest.mark.parametrize(
    "email", ["a@b.example\r\nBcc: c@d.example", "a@b.example,c@d.example", "a@b.example; c@d.example"]
)
def test_the_organisers_mailbox_is_one_address(email: str) -> None:
    """It becomes ORGANIZER and Reply-To: a line break or a second address is refused there too."""
    with pytest.raises(ValidationError) as refused:
        planned(organiser={"agency": ORGANISER, "function": "samordnare", "email": email})
    assert ["/organiser/email"] == [each.pointer for each in faults_of(refused.value)]
