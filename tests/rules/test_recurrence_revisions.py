"""Which revision of a series decides a meeting, and what a change and an end make of those that were called."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.recurrence.facts import Revision, SeriesFacts
from shared.recurrence.standings import HORIZON, Standing, slot_of, standings
from tests.rules.meetings_plans import (
    FIFTH,
    FIRST,
    NOW,
    SECOND,
    asked_to,
    facts_of,
    on_the_clock,
    planned,
    revision,
    stands,
    told,
)

LATER = timedelta(hours=1)


def changed(*, moved_kept: bool = True, number: int = 2, after: timedelta = LATER, **changes: Any) -> Revision:
    """Return a change of the sample's series."""
    return revision(planned(**changes), number, NOW + after, moved_kept)


def by_name(facts: SeriesFacts, now: datetime, *names: datetime) -> dict[datetime, Standing]:
    """Return what stands in the next three weeks, and of these names."""
    return {each.occurrence: each for each in standings(facts, now, now + timedelta(weeks=3), names)}


def test_a_change_keeps_the_meetings_whose_start_it_gives() -> None:
    """Same names at another place; a name that the new rule does not give is cancelled, and only if it was called."""
    thursdays = changed(starts_at=datetime(2026, 11, 26, 9), rrule="FREQ=WEEKLY;BYDAY=TH", place="Rum 9")
    now = NOW + 2 * LATER
    found = by_name(told(revision(planned()), thursdays), now, FIRST)
    assert ("cancelled", "series_changed") == (found[FIRST].state, found[FIRST].reason)
    assert SECOND not in found
    assert {"called"} == {each.state for name, each in found.items() if name != FIRST}
    kept = by_name(told(revision(planned()), changed(place="Rum 9")), now)
    assert {("called", None, "Rum 9")} == {(each.state, each.reason, each.place) for each in kept.values()}
    assert {FIRST, SECOND} == set(kept)


def test_a_change_leaves_moved_meetings_alone_unless_it_is_told_otherwise() -> None:
    """`replanned` puts a moved meeting back; a cancelled one stays cancelled; a move said after it counts again."""
    requests = [asked_to(FIRST, FIRST + LATER), asked_to(SECOND, None)]
    moved = told(revision(planned()), *requests)
    now = NOW + 3 * LATER
    assert ("called", "organiser", FIRST + LATER) == stands(moved.with_revision(changed(place="Rum 9")), FIRST, now)
    anew = moved.with_revision(changed(moved_kept=False))
    assert ("called", None, FIRST) == stands(anew, FIRST, now)
    assert ("cancelled", "organiser", None) == stands(anew, SECOND, now)
    moved_anew = anew.with_request(asked_to(FIRST, FIRST + 2 * LATER, NOW + 2 * LATER))
    assert ("called", "organiser", FIRST + 2 * LATER) == stands(moved_anew, FIRST, now)
    kept_later = anew.with_revision(changed(number=3, after=2 * LATER))
    assert ("called", None, FIRST) == stands(kept_later, FIRST, now)


def test_what_was_asked_of_a_meeting_stands_when_a_change_gives_its_day_another_hour() -> None:
    """From nine to ten: moved, cancelled and in another room as before, by the new names; the old ones are gone."""
    ten: dict[str, Any] = {"starts_at": datetime(2026, 11, 24, 10)}
    first, second, third = (datetime(2026, 11, 24, 10) + timedelta(weeks=week) for week in range(3))
    room = asked_to(FIRST + timedelta(weeks=2), FIRST + timedelta(weeks=2), place="Rum 7")
    facts = told(revision(planned()), asked_to(FIRST, FIRST + 4 * LATER), asked_to(SECOND, None), room)
    now = NOW + 3 * LATER
    kept = facts.with_revision(changed(**ten))
    assert ("called", "organiser", FIRST + 4 * LATER) == stands(kept, first, now)
    assert ("cancelled", "organiser", None) == stands(kept, second, now)
    assert ("called", "organiser", third) == stands(kept, third, now)
    assert [first, third] == [each.occurrence for each in by_name(kept, now, third).values() if each.state == "called"]
    assert "Rum 7" == by_name(kept, now, third)[third].place
    assert ("called", None, first) == stands(facts.with_revision(changed(moved_kept=False, **ten)), first, now)
    asked_anew = kept.with_request(asked_to(second, second, NOW + 2 * LATER))
    assert ("called", "organiser", second) == stands(asked_anew, second, now)
    too_late = told(revision(planned()), changed(**ten), asked_to(FIRST, None, NOW + 2 * LATER))
    assert ("called", None, first) == stands(too_late, first, now)


def test_a_meeting_that_has_begun_belongs_to_the_revision_before() -> None:
    """The change comes after the first meeting: minutes find it at its old hour, and the coming ones at the new."""
    ten: dict[str, Any] = {"starts_at": datetime(2026, 12, 1, 10), "duration_minutes": 30}
    change = changed(after=datetime(2026, 11, 24, 8, tzinfo=UTC) - NOW, **ten)
    facts = told(revision(planned()), change)
    was, comes = slot_of(facts, FIRST), slot_of(facts, datetime(2026, 12, 1, 10))
    assert was is not None
    assert comes is not None
    assert [timedelta(hours=1), timedelta(minutes=30)] == [each.ends_at - each.starts_at for each in (was, comes)]
    assert [None, None] == [slot_of(facts, SECOND), slot_of(facts, datetime(2026, 11, 24, 10))]
    a_moment_before = changed(after=datetime(2026, 11, 24, 7, 59, tzinfo=UTC) - NOW, **ten)
    assert slot_of(told(revision(planned()), a_moment_before), FIRST) is None


def test_a_meeting_held_on_an_earlier_day_than_its_own_has_begun_too() -> None:
    """Moved from Tuesday to Monday, held, and then the series changes: it stays where it was held."""
    facts = facts_of(planned(), asked_to(FIRST, datetime(2026, 11, 23, 9)))
    facts = facts.with_revision(changed(after=timedelta(days=7, hours=5), duration_minutes=30))
    slot = slot_of(facts, FIRST)
    assert slot is not None
    assert datetime(2026, 11, 23, 9) == on_the_clock(slot.starts_at)
    assert timedelta(hours=1) == slot.ends_at - slot.starts_at
    assert FIRST not in by_name(facts, NOW + timedelta(days=7, hours=6))


def test_a_lower_number_that_comes_after_a_higher_one_never_counts() -> None:
    """Revision 2 arrives when 3 has decided: nothing changes. In the other order 3 decides what is ahead as well."""
    third = changed(number=3, place="Rum 3 c")
    late, early = (changed(number=2, after=each, place="Rum 2 b") for each in (2 * LATER, LATER / 2))
    now = NOW + 3 * LATER
    alone = told(revision(planned()), third)
    assert standings(alone, now, now + HORIZON) == standings(alone.with_revision(late), now, now + HORIZON)
    assert {"Rum 3 c"} == {each.place for each in by_name(alone.with_revision(early), now).values()}


def test_a_lower_number_that_comes_too_late_does_not_give_back_what_was_decided() -> None:
    """It comes after the first meeting and would plan moved ones anew: that meeting stays as revision 3 held it."""
    facts = told(revision(planned()), changed(number=3, duration_minutes=30), asked_to(SECOND, SECOND + LATER))
    late = changed(number=2, after=timedelta(days=9), moved_kept=False)
    for each in (facts, facts.with_revision(late)):
        slots = [slot for name in (FIRST, SECOND) if (slot := slot_of(each, name))]
        assert [FIRST, SECOND + LATER] == [on_the_clock(slot.starts_at) for slot in slots]
        assert {timedelta(minutes=30)} == {slot.ends_at - slot.starts_at for slot in slots}


def test_a_change_that_comes_before_its_plan_waits_for_it() -> None:
    """Alone it is nothing; with the plan, whenever that comes, it decides as the higher number."""
    change = changed(after=-LATER, place="Rum 9")
    assert [] == standings(told(change), NOW, NOW + HORIZON)
    assert {"Rum 9"} == {each.place for each in by_name(told(change, revision(planned())), NOW).values()}


def test_an_ended_series_holds_nothing_after_its_last_day() -> None:
    """On the last day it meets; later ones that were called are cancelled, the others are not spoken of."""
    facts = told(revision(planned()), date(2026, 12, 1), asked_to(FIFTH, FIFTH + LATER))
    found = by_name(facts, NOW, FIFTH)
    assert [FIRST, SECOND, FIFTH] == list(found)
    assert ["called", "called", "cancelled"] == [each.state for each in found.values()]
    assert "series_ended" == found[FIFTH].reason
    assert [FIRST, SECOND] == [each.occurrence for each in standings(facts, NOW, NOW + HORIZON)]
