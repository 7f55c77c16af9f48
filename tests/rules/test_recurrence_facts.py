"""What decides a series: requests, revisions and ends, in any order and any number of times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.document import storable
from shared.events.agencies import MeetingSeriesChanged
from shared.recurrence.facts import Request, Revision, SeriesFacts
from shared.recurrence.standings import HORIZON, next_look, slot_of, standing_of, standings
from tests.rules.meetings_plans import (
    FIFTH,
    FIRST,
    NOW,
    SECOND,
    STRANGER,
    asked_to,
    facts_of,
    on_the_clock,
    planned,
    revision,
    stands,
    told,
)

Fact = Request | Revision | date
LATER = timedelta(hours=1)


MOMENTS = st.integers(0, 3).map(lambda hours: NOW + timedelta(hours=hours))
NAMES = st.sampled_from([FIRST, SECOND, FIFTH])
REQUESTS = st.builds(
    asked_to,
    NAMES,
    st.none() | st.sampled_from([FIRST + LATER, SECOND + LATER, FIFTH + LATER]),
    MOMENTS,
    st.sampled_from(["2182-coordinator", STRANGER]),
    st.sampled_from(["", "Rum 4"]),
)
PLANS = st.sampled_from(
    [
        planned(),
        planned(rrule="FREQ=WEEKLY;BYDAY=TU,TH", place="Rum 5"),
        planned(starts_at=datetime(2026, 12, 3, 9), rrule="FREQ=WEEKLY;BYDAY=TH"),
        planned(organiser={"agency": STRANGER, "function": "chef", "email": "c@polisen.example"}),
    ]
)
REVISIONS = st.builds(revision, PLANS, st.integers(1, 4), MOMENTS, st.booleans())
ENDS = st.sampled_from([date(2026, 12, 15), date(2027, 1, 15)])


@given(st.lists(REQUESTS | REVISIONS | ENDS, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_any_order_and_repetition_of_facts_is_the_same_series(found: list[Fact], chance: Random) -> None:
    """Shuffled and told twice, they give the same facts, the same standings and the same next look."""
    again = [*found, *chance.choices(found, k=len(found))] if found else []
    chance.shuffle(again)
    one, other = told(*found), told(*again)
    assert one == other
    now = NOW + timedelta(hours=4)
    looked: list[Callable[[SeriesFacts], object]] = [
        lambda facts: standings(facts, now, now + HORIZON, names=[FIRST, FIFTH]),
        lambda facts: next_look(facts, now),
    ]
    for look in looked:
        assert look(one) == look(other)
    assert one == SeriesFacts.model_validate(storable(one.model_dump()))


def test_what_was_said_later_holds_whichever_came_first() -> None:
    """A move, then a cancellation; or said the other way around: the last word, in either order of arrival."""
    move, no = asked_to(FIRST, FIRST + LATER, NOW), asked_to(FIRST, None, NOW + LATER)
    moved_again = asked_to(FIRST, FIRST + 2 * LATER, NOW + 2 * LATER)
    for each in (told(revision(planned()), move, no), told(no, revision(planned()), move)):
        assert ("cancelled", "organiser", None) == stands(each, FIRST)
        assert ("called", "organiser", FIRST + 2 * LATER) == stands(each.with_request(moved_again), FIRST)


def test_two_requests_said_at_one_moment_have_one_winner() -> None:
    """Which one is arbitrary, but never a matter of order."""
    one, other = asked_to(FIRST, FIRST + LATER), asked_to(FIRST, FIRST + 2 * LATER)
    assert facts_of(planned(), one, other) == facts_of(planned(), other, one)


def test_only_the_organisers_requests_count() -> None:
    """A stranger's may come before the plan and be said last: it neither counts nor stands in the organiser's way."""
    strangers = [asked_to(FIRST, None, NOW + 3 * LATER, STRANGER), asked_to(SECOND, SECOND + LATER, NOW, STRANGER)]
    facts = told(*strangers, revision(planned()), asked_to(FIRST, FIRST + LATER))
    assert ("called", "organiser", FIRST + LATER) == stands(facts, FIRST)
    assert ("called", None, SECOND) == stands(facts, SECOND)


def test_a_strangers_plan_or_change_decides_nothing() -> None:
    """Whoever planned the series first is its organiser; another agency's change of it is as if it had not come."""
    theirs = planned(organiser={"agency": STRANGER, "function": "chef", "email": "c@polisen.example"}, starts_at=SECOND)
    early = [revision(theirs, 2, NOW - LATER), revision(theirs, 1, NOW + LATER)]
    assert standings(facts_of(planned()), NOW, NOW + HORIZON) == standings(
        told(*early, revision(planned())), NOW, NOW + HORIZON
    )


def test_a_move_into_the_past_does_not_count() -> None:
    """A move to before it was said may have waited for its plan: the meeting stands where it stood."""
    said_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    facts = facts_of(planned(), asked_to(FIRST, datetime(2026, 11, 23, 12), said_at))
    assert ("called", None, FIRST) == stands(facts, FIRST)
    facts = facts_of(planned(), asked_to(FIRST, datetime(2026, 11, 23, 14), said_at))
    assert ("called", "organiser", datetime(2026, 11, 23, 14)) == stands(facts, FIRST)


def test_a_moved_meeting_may_have_another_place() -> None:
    """The request's place, else the plan's."""
    facts = facts_of(planned(), asked_to(FIRST, FIRST, place="Rum 4"), asked_to(SECOND, SECOND + LATER))
    found = standings(facts, NOW, NOW + timedelta(weeks=3))
    assert ["Rum 4", "Rum 3"] == [each.place for each in found]


def test_minutes_find_their_meeting_wherever_it_was_held() -> None:
    """Held, moved, or not held: then its original start. What the rule never gave is nowhere."""
    facts = facts_of(planned(), asked_to(FIRST, FIRST + LATER), asked_to(SECOND, None))
    starts = [on_the_clock(slot.starts_at) for name in (FIRST, SECOND, FIFTH) if (slot := slot_of(facts, name))]
    assert [FIRST + LATER, SECOND, FIFTH] == starts
    assert slot_of(facts, FIRST + LATER) is None
    assert standing_of(facts, FIRST + LATER, NOW) is None
    assert slot_of(SeriesFacts(), FIRST) is None


def test_a_change_is_kept_as_the_plan_it_is() -> None:
    """Its number and its word about moves stand in the revision; what is stored reads back as the same."""
    plan = planned()
    change = MeetingSeriesChanged.model_validate({**plan.model_dump(), "revision": 2, "moved_occurrences": "kept"})
    kept = Revision(number=2, plan=change, taken_in_at=NOW, moved_kept=True)
    assert plan == kept.plan
    assert kept == Revision.model_validate(storable(kept.model_dump()))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_a_series_keeps_the_time_of_its_own_zone(zone: str) -> None:
    """09.00 there, whatever the date is in Sweden; a question is answered by noon there."""
    plan = planned(timezone=zone, starts_at=datetime(2026, 12, 17, 9), rrule="FREQ=WEEKLY;BYDAY=TH")
    found = standings(facts_of(plan.model_copy(update={"red_day_policy": "ask_coordinator"})), NOW, NOW + HORIZON)
    local = [each.original.starts_at.astimezone(each.original.zone).replace(tzinfo=None) for each in found]
    assert [each.occurrence for each in found] == local
    asked = [each for each in found if each.state == "asked" and each.answer_by]
    assert ["Julafton", "Nyårsafton"] == [each.red_day for each in asked]
    answer_by = [each.answer_by.astimezone(each.original.zone).isoformat()[:16] for each in asked if each.answer_by]
    assert ["2026-12-17T12:00", "2026-12-22T12:00"] == answer_by
