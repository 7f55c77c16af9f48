"""Minutes of meetings: which are taken in, which count, and what the next agenda learns of them, on a real database."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

import pytest

from services.meetings.minutes.documents import AbsentFunction, Minutes, last_minutes
from services.meetings.series.documents import Series
from tests.house import House, changed
from tests.services.meetings_samples import (
    COORDINATOR,
    POLICE,
    SCHOOL,
    SOCIAL,
    at,
    hear,
    minutes,
    plan,
    rejections,
    said,
)

HELD = "meeting.held.v1"
SERIES = plan()["data"]["series_id"]
AFTER = at("2026-11-24T10:30")
NEXT = datetime(2026, 12, 1, 9)
NOTHING: dict[str, Any] = {"prioritised": [], "actions": []}


def cancellation(occurrence: str = "2026-11-24T09:00:00") -> dict[str, Any]:
    """Return the organiser's word that a meeting is not held."""
    return changed("meeting-cancellation.requested.v1", {"series_id": SERIES, "occurrence": occurrence})


async def last_of(house: House, occurrence: datetime = NEXT) -> Minutes | None:
    """Return what an occurrence's agenda learns of the meeting before."""
    tx = house.rooms["meetings"].begin()
    series = await tx.get(Series, SERIES)
    assert series is not None
    return await last_minutes(tx, series, occurrence)


async def test_minutes_of_a_meeting_that_has_not_been_are_refused_and_later_taken_in(house: House) -> None:
    """The same minutes under a new id once it has begun, by a clock that may be a quarter fast."""
    house.clock.moment = at("2026-11-24T08:44")
    too_early, in_time = minutes("too-early"), minutes("in-time")
    await hear(house, plan(), too_early)
    assert {("/occurrence", "wrong_value")} == rejections(house, too_early)
    await house.turn_clock(at("2026-11-24T08:45"))
    await hear(house, in_time)
    assert set() == rejections(house, in_time)
    assert 1 == len(said(house, HELD))


async def test_minutes_of_an_unknown_series_and_of_a_meeting_to_come_never_count_and_may_be_sent_anew(
    house: House,
) -> None:
    """What would have been refused had the series been there is forgotten when it comes, the same words too."""
    early = minutes("early")
    await hear(house, early)
    await hear(house, plan())
    assert set() == rejections(house, early)
    await house.turn_clock(AFTER)
    assert [] == said(house, HELD)
    assert await last_of(house) is None
    (row,) = await house.rows("meetings", "minutes")
    assert ([], []) == (row["actions"], row["prioritised"])
    again = minutes("again")
    await hear(house, again)
    assert set() == rejections(house, again)
    assert 1 == len(said(house, HELD))


async def test_a_cancelled_meeting_can_only_have_been_not_held(house: House) -> None:
    """Minutes that say it was are refused; that it was not is taken in."""
    await hear(house, plan(), cancellation())
    await house.turn_clock(AFTER)
    wrong, right = minutes("wrong"), minutes("right", held=False, **NOTHING)
    await hear(house, wrong, right)
    assert {("/held", "wrong_value")} == rejections(house, wrong)
    assert set() == rejections(house, right)
    (held,) = said(house, HELD)
    assert '"held":false,"quorate":false' in held


async def test_every_fault_of_minutes_is_told_at_once(house: House) -> None:
    """What the minutes say twice, what their series contradicts, and what a meeting not held cannot have decided."""
    house.clock.moment = at("2026-11-23T12:00")
    youth, action = minutes()["data"]["prioritised"][0], minutes()["data"]["actions"][0]
    attendance = minutes()["data"]["attendance"]
    wrong = minutes(
        "wrong",
        held=False,
        attendance=[*attendance, attendance[0]],
        prioritised=[youth, youth | {"by": [POLICE, POLICE]}],
        actions=[action | {"owner": SCHOOL, "due_on": "2026-11-20"}],
    )
    await hear(house, plan(), wrong)
    expected = {
        "/attendance/2",
        "/prioritised/1/youth/personal_identity_number",
        "/prioritised/1/by/1",
        "/prioritised",
        "/actions",
        "/occurrence",
        "/actions/0/owner",
        "/actions/0/due_on",
    }
    assert {(pointer, "wrong_value") for pointer in expected} == rejections(house, wrong)
    assert [] == await house.rows("meetings", "minutes")


async def test_a_moved_meetings_minutes_go_by_where_it_was_held(house: House) -> None:
    """Moved to Wednesday: minutes on Tuesday are too early, and nothing is due before Wednesday."""
    moved = changed(
        "meeting-move.requested.v1",
        {"series_id": SERIES, "occurrence": "2026-11-24T09:00:00", "starts_at": "2026-11-25T13:00:00"},
    )
    await hear(house, plan(), moved)
    await house.turn_clock(AFTER)
    too_early = minutes("too-early")
    await hear(house, too_early)
    assert {("/occurrence", "wrong_value")} == rejections(house, too_early)
    await house.turn_clock(at("2026-11-25T14:00"))
    due_before = minutes("due-before", actions=[minutes()["data"]["actions"][0] | {"due_on": "2026-11-24"}])
    right = minutes("right")
    await hear(house, due_before, right)
    assert {("/actions/0/due_on", "wrong_value")} == rejections(house, due_before)
    assert set() == rejections(house, right)
    (held,) = said(house, HELD)
    assert '"starts_at":"2026-11-25T12:00:00Z"' in held


async def test_who_was_absent_decides_whether_a_meeting_was_quorate(house: House) -> None:
    """Without the police a weekly meeting is held and not quorate, and the next agenda learns who was absent."""
    await hear(house, plan())
    await house.turn_clock(AFTER)
    assert await last_of(house) is None
    social = {"agency": SOCIAL, "function": "Socialsekreterare", "present": True}
    police = {"agency": POLICE, "function": "områdespolis", "present": False}
    await hear(house, minutes(attendance=[social, police]))
    (held,) = said(house, HELD)
    assert '"held":true,"quorate":false' in held
    last = await last_of(house)
    assert last is not None
    assert (True, False, ("police",)) == (last.held, last.quorate, last.absent_kinds)
    assert (AbsentFunction(agency=POLICE, function="områdespolis"),) == last.absent_functions
    assert [(SOCIAL, POLICE)] == [each.by for each in last.prioritised]


async def test_the_next_agenda_learns_of_the_last_meeting_before_it(house: House) -> None:
    """Not of the one it is for itself, and not of an earlier one."""
    await hear(house, plan())
    await house.turn_clock(at("2026-12-01T10:30"))
    second = minutes("second", occurrence="2026-12-01T09:00:00", held=False, **NOTHING)
    await hear(house, second, minutes())
    for occurrence, held in ((NEXT, True), (datetime(2026, 12, 8, 9), False)):
        last = await last_of(house, occurrence)
        assert last is not None
        assert held == last.held
        assert held == last.quorate


@pytest.mark.parametrize("seed", range(6))
async def test_a_series_and_its_minutes_in_any_order_count_the_same(house: House, seed: int) -> None:
    """Planned when two meetings have been, one of them not held: each counts once, and nobody else's minutes do."""
    house.clock.moment = at("2026-12-01T10:30")
    strangers = minutes("by-police", held=False, **NOTHING) | {"source": f"/agency/{POLICE}"}
    not_held = minutes("not-held", occurrence="2026-12-01T09:00:00", held=False, **NOTHING)
    everything = [plan(), plan() | {"id": "again"}, minutes(), minutes("minutes-again"), not_held]
    order = Random(seed)
    house.say(POLICE, strangers)
    await hear(house, *order.sample(everything, len(everything)), order=order, repeat=0.3)
    counted = sorted(('"held":true' in each, '"quorate":true' in each) for each in said(house, HELD))
    assert [(False, False), (True, True)] == counted
    assert all(set() == rejections(house, each) for each in everything)
    last = await last_of(house)
    assert last is not None
    assert COORDINATOR == last.recorded_by
    assert not house.dead
