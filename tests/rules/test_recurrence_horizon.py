"""From one look to the next: whoever looks when told, and only then, calls every meeting once and misses no change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.recurrence.calendar import POLICIES
from shared.recurrence.facts import SeriesFacts
from shared.recurrence.standings import HORIZON, Standing, next_look, standings
from tests.rules.meetings_plans import NOW, STOCKHOLM, asked_to, facts_of, planned, weekly

RULES = (
    "FREQ=WEEKLY;BYDAY=TU",
    "FREQ=WEEKLY;BYDAY=TU,TH,FR",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU",
    "FREQ=MONTHLY;BYDAY=-1TU",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=TU;COUNT=11",
)
Told = dict[datetime, tuple[str, datetime]]


def looks(facts: SeriesFacts, begin: datetime, end: datetime) -> list[datetime]:
    """Return the instants from `begin` at which somebody looks who looks only when told to."""
    found = [begin]
    while (look_at := next_look(facts, found[-1])) is not None and look_at <= end:
        assert look_at > found[-1]
        found.append(look_at)
    return found


def within(facts: SeriesFacts, now: datetime) -> dict[datetime, Standing]:
    """Return what stands within the horizon at an instant, by name."""
    return {each.occurrence: each for each in standings(facts, now, now + HORIZON)}


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize("rule", RULES)
def test_a_year_of_looks_calls_every_meeting_once_and_skips_none(rule: str, policy: str) -> None:
    """Whoever calls what is new at each look has called, in the end, exactly what a look over the whole year shows."""
    plan = planned(rrule=rule, red_day_policy=policy)
    # Every day's meeting is looked at every day: the half year with Christmas and Easter is enough of that.
    facts, end = facts_of(plan), NOW + timedelta(days=150 if "DAILY" in rule else 365)
    called: dict[datetime, datetime] = {}
    for moment in looks(facts, NOW, end):
        for name, standing in within(facts, moment).items():
            if standing.slot is not None:
                assert called.setdefault(name, standing.slot.starts_at) == standing.slot.starts_at
    # What begins after the last look's horizon is not called yet; nothing else is missing.
    whole = {each.occurrence: each.slot.starts_at for each in standings(facts, NOW, end + HORIZON) if each.slot}
    assert whole == called


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize("rule", RULES)
def test_nothing_changes_between_two_looks(rule: str, policy: str) -> None:
    """Just before the next look everything still ahead stands as it stood at the last one; at the look it does not."""
    facts = facts_of(planned(rrule=rule, red_day_policy=policy))
    for moment, look_at in pairwise(looks(facts, NOW, NOW + timedelta(days=45 if "DAILY" in rule else 120))):
        just_before = look_at - timedelta(milliseconds=1)
        at, before, after = (within(facts, each) for each in (moment, just_before, look_at))
        assert {name: each for name, each in at.items() if each.begins_at > just_before} == before
        assert {name: each for name, each in before.items() if each.begins_at > look_at} != after


def test_a_start_is_called_exactly_eight_weeks_ahead() -> None:
    """A millisecond earlier it is not; at the instant it is, eight weeks of real time over a clock change too."""
    facts = facts_of(weekly(1))
    for start in (datetime(2027, 5, 18, 9, tzinfo=STOCKHOLM), datetime(2027, 6, 1, 9, tzinfo=STOCKHOLM)):
        entry = start.astimezone(UTC) - timedelta(weeks=8)
        assert entry == next_look(facts, entry - timedelta(milliseconds=1))
        name = start.replace(tzinfo=None)
        assert name not in within(facts, entry - timedelta(milliseconds=1))
        assert name in within(facts, entry)


def test_a_meeting_moved_to_an_earlier_day_enters_by_that_day() -> None:
    """A meeting in spring that is moved to next week is called now; one moved later enters by its original start."""
    name, far = datetime(2027, 4, 6, 9), datetime(2027, 6, 1, 9)
    facts = facts_of(planned(), asked_to(name, datetime(2026, 11, 26, 13)))
    assert name in within(facts, NOW)
    facts = facts_of(planned(), asked_to(name, far))
    entry = name.replace(tzinfo=STOCKHOLM) - HORIZON
    assert name not in within(facts, entry - timedelta(seconds=1))
    assert name in within(facts, entry)
    assert name in within(facts, name.replace(tzinfo=STOCKHOLM) + timedelta(days=40))


def test_the_look_after_a_meeting_that_was_moved_here_from_afar_is_for_the_one_after_it() -> None:
    """Every third month: February's meeting is moved to December and called, so the next one to enter is May's."""
    plan = planned(rrule="FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=24")
    facts = facts_of(plan, asked_to(datetime(2027, 2, 24, 9), datetime(2026, 12, 1, 9)))
    assert {datetime(2026, 11, 24, 9), datetime(2027, 2, 24, 9)} == set(within(facts, NOW))
    assert datetime(2027, 5, 24, 9, tzinfo=STOCKHOLM) - HORIZON == next_look(facts, NOW)


def test_the_next_look_comes_for_a_series_that_begins_in_years() -> None:
    """Eight weeks before its first start."""
    plan = planned(starts_at=datetime(2030, 1, 8, 9))
    assert datetime(2030, 1, 8, 9, tzinfo=STOCKHOLM) - HORIZON == next_look(facts_of(plan), NOW)


@pytest.mark.parametrize(
    "changes", [{"until": date(2027, 1, 5)}, {"rrule": "FREQ=WEEKLY;BYDAY=TU;COUNT=7"}, {"last_on": date(2027, 1, 5)}]
)
def test_a_series_that_has_given_all_is_looked_at_no_more(changes: dict[str, object]) -> None:
    """By its last day, its count or an end sent later: the last meeting is called and there is no next look."""
    last_on = changes.pop("last_on", None)
    facts = facts_of(planned(**changes))
    if isinstance(last_on, date):
        facts = facts.with_end(last_on)
    last = looks(facts, NOW, datetime(2040, 1, 1, tzinfo=UTC))[-1]
    assert next_look(facts, last) is None
    seen = {name for moment in looks(facts, NOW, last) for name in within(facts, moment)}
    assert datetime(2027, 1, 5, 9) == max(seen)
    assert 7 == len(seen)


def test_without_its_plan_a_series_has_nothing() -> None:
    """What comes before the plan waits: no standing, no look."""
    early = SeriesFacts().with_request(asked_to(datetime(2026, 11, 24, 9), None)).with_end(date(2027, 1, 1))
    assert ([], None) == (standings(early, NOW, NOW + HORIZON), next_look(early, NOW))


@given(
    weekday=st.integers(0, 6),
    policy=st.sampled_from(sorted(POLICIES)),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2036, 10, 1), timezones=st.just(UTC)),
    moves=st.lists(st.tuples(st.integers(-20, 40), st.integers(-400, 400)), max_size=4),
)
@settings(max_examples=40)
def test_whatever_is_moved_nothing_enters_the_horizon_unseen(
    weekday: int, policy: str, moment: datetime, moves: list[tuple[int, int]]
) -> None:
    """A random series, moment and moves: looking only when told sees every name that looking all the time sees."""
    plan = weekly(weekday, policy)
    first = plan.starts_at + timedelta(weeks=max(0, (moment.replace(tzinfo=None) - plan.starts_at).days // 7))
    names = {first + timedelta(weeks=max(0, week)): hours for week, hours in moves}
    facts = facts_of(plan, *(asked_to(each, each + timedelta(hours=by), NOW) for each, by in names.items()))
    end = moment + timedelta(weeks=12)
    told = {name for each in looks(facts, moment, end) for name in within(facts, each)}
    often = {name for n in range(24) for name in within(facts, moment + timedelta(hours=84 * n))}
    assert often <= told
