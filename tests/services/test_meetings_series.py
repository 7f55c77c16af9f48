"""How a series is kept: called eight weeks ahead, around red days, and each move and cancellation told once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.house import House, sample
from tests.services.meetings_samples import (
    CALLED,
    CANCELLED,
    COORDINATOR,
    FIRST,
    MEETING,
    MOVED,
    POLICE,
    PROPOSED,
    SERIES,
    SOCIAL,
    at,
    cancel,
    change,
    hear,
    move,
    plan,
    posted,
    rejections,
    said,
    seen_by,
)

ROOM, ELSEWHERE = "Polisstationen, rum 3", "Kommunhuset, rum 201"
FRIDAYS = {"starts_at": "2026-11-27T09:00:00", "rrule": "FREQ=WEEKLY;BYDAY=FR", "until": "2027-07-30"}
RED = {
    "2026-12-25": ("2026-12-23", "2026-12-28"),
    "2027-01-01": ("2026-12-30", "2027-01-04"),
    "2027-03-26": ("2027-03-25", "2027-03-30"),
    "2027-06-25": ("2027-06-24", "2027-06-28"),
}
"""The red Fridays of the series, each with the working days before and after it."""
DECEMBER_22 = "2026-12-22T09:00:00"


def at_nine(day: str) -> tuple[str, str]:
    """Return a meeting at 09.00 by the clock on the wall, summer and winter."""
    return (at(f"{day}T09:00").isoformat(), ROOM)


def expected_fridays(policy: str) -> dict[str, tuple[str, str] | str]:
    """Return how every Friday stands once all of them have been called."""
    place = {"previous_working_day": 0, "next_working_day": 1}.get(policy)
    days = [(datetime(2026, 11, 27) + timedelta(weeks=week)).date().isoformat() for week in range(36)]
    red = {day: "red_day" if place is None else at_nine(moved[place]) for day, moved in RED.items()}
    return {f"{day}T09:00:00": red.get(day) or at_nine(day) for day in days}


@pytest.mark.parametrize("policy", ["skip", "previous_working_day", "next_working_day", "ask_coordinator"])
async def test_every_friday_of_a_year_is_told_once_and_each_red_one_by_its_policy(house: House, policy: str) -> None:
    """Walked week by week: no Friday is left out, none called twice, and the clocks change under two of them."""
    await hear(house, plan(red_day_policy=policy, reminders=[], **FRIDAYS))
    for week in range(38):
        await house.turn_clock(at("2026-11-20T12:00") + timedelta(weeks=week))
    for agency in (COORDINATOR, SOCIAL, POLICE):
        assert expected_fridays(policy) == seen_by(house, agency)
        assert 36 == sum("ends_at" in each or "reason" in each for each in house.told(agency))
    events = [*said(house, MOVED), *said(house, CANCELLED)]
    assert 4 == len(events)
    assert all('"reason":"red_day"' in each for each in events)
    assert {} == await posted(house, "series"), "nothing is left to wake up for"


async def test_a_move_is_told_to_each_agency_once_and_takes_reminders_and_agenda_with_it(house: House) -> None:
    """As the contract's sample says it; the new reminders stand in the place of the old ones."""
    await hear(house, plan(), sample("in", "meeting-move.requested.v1"))
    for agency in (COORDINATOR, SOCIAL, POLICE):
        assert [sample("out", MOVED)["data"]] == house.told(agency, MOVED)
    (event,) = map(json.loads, said(house, MOVED))
    assert ("organiser", "2026-12-22T08:00:00Z") == (event["reason"], event["was_at"])
    assert ("2026-12-21T12:00:00Z", 1) == (event["meeting"]["starts_at"], event["meeting"]["sequence"])
    due = await posted(house, "reminder")
    assert at("2026-12-20T13:00") == due[f"{SERIES}:{DECEMBER_22}:P1D"]
    assert at("2026-12-21T11:00") == due[f"{SERIES}:{DECEMBER_22}:PT2H"]
    assert at("2026-12-20T13:00") == (await posted(house, "agenda"))[f"{SERIES}:{DECEMBER_22}"]
    assert 14 == len(due)


async def test_a_cancellation_is_told_to_each_agency_once_and_takes_back_what_was_posted(house: House) -> None:
    """As the contract's sample says it; said again it tells nothing more."""
    asked = sample("in", "meeting-cancellation.requested.v1")
    await hear(house, plan(), asked, asked | {"id": "asked again"})
    for agency in (COORDINATOR, SOCIAL, POLICE):
        assert [sample("out", CANCELLED)["data"]] == house.told(agency, CANCELLED)
    assert 1 == len(said(house, CANCELLED))
    for kind in ("reminder", "agenda"):
        assert not any("2026-12-29" in key for key in await posted(house, kind))


async def test_a_meeting_moved_twice_cancelled_and_held_after_all_is_told_each_time(house: House) -> None:
    """The sequence rises with every word, and the reminders at the end are those of the last time."""
    await hear(
        house,
        plan(),
        move(DECEMBER_22, "2026-12-21T13:00:00", "2026-11-16T08:01:00+01:00"),
        move(DECEMBER_22, "2026-12-23T10:00:00", "2026-11-16T08:02:00+01:00", ELSEWHERE),
        cancel(DECEMBER_22, "2026-11-16T08:03:00+01:00"),
        move(DECEMBER_22, "2026-12-18T10:00:00", "2026-11-16T08:04:00+01:00"),
    )
    words = [each for each in house.told(SOCIAL) if each.get("occurrence") == DECEMBER_22]
    assert [CALLED, MOVED, MOVED, CANCELLED, MOVED] == [_kind_of(each) for each in words]
    assert ("2026-12-18T10:00:00+01:00", ROOM) == seen_by(house, SOCIAL)[DECEMBER_22]
    sequences = [json.loads(each)["meeting"]["sequence"] for type_ in (MOVED, CANCELLED) for each in said(house, type_)]
    assert [1, 2, 3, 4] == sorted(sequences)
    due = {key: at_ for key, at_ in (await posted(house, "reminder")).items() if DECEMBER_22 in key}
    assert {f"{SERIES}:{DECEMBER_22}:P1D", f"{SERIES}:{DECEMBER_22}:PT2H"} == due.keys()
    assert at("2026-12-17T10:00") == min(due.values())


@pytest.mark.parametrize("cancelled_first", [True, False])
async def test_of_a_move_and_a_cancellation_the_one_said_later_holds(house: House, cancelled_first: bool) -> None:
    """Whichever of them comes first; the other is accepted and changes nothing."""
    moved = move(DECEMBER_22, "2026-12-21T13:00:00", "2026-11-16T08:05:00+01:00")
    dropped = cancel(DECEMBER_22, "2026-11-16T08:04:00+01:00")
    await hear(house, plan(), *([dropped, moved] if cancelled_first else [moved, dropped]))
    assert ("2026-12-21T13:00:00+01:00", ROOM) == seen_by(house, SOCIAL)[DECEMBER_22]
    assert set() == rejections(house, moved) == rejections(house, dropped)
    assert cancelled_first == bool(house.told(SOCIAL, CANCELLED))


async def test_the_organiser_alone_is_asked_about_a_red_day_and_a_move_is_an_answer(house: House) -> None:
    """As the house's sample says it; the others hear of the meeting when it has a time."""
    wednesdays = change(2, starts_at="2026-12-02T09:00:00", rrule="FREQ=WEEKLY;BYDAY=WE")
    await hear(house, plan(), wednesdays)
    epiphany = "2027-01-06T09:00:00"
    assert [sample("out", PROPOSED)["data"]] == house.told(COORDINATOR, PROPOSED)
    assert [] == house.told(SOCIAL, PROPOSED)
    assert epiphany not in seen_by(house, SOCIAL)
    (event,) = map(json.loads, said(house, PROPOSED))
    assert (epiphany, "2026-12-28T11:00:00Z") == (event["meeting"]["occurrence"], event["answer_by"])
    await hear(house, move(epiphany, "2027-01-07T09:00:00"))
    assert ("2027-01-07T09:00:00+01:00", ROOM) == seen_by(house, SOCIAL)[epiphany]
    await house.turn_clock(at("2026-12-28T12:00"))
    assert ("2027-01-07T09:00:00+01:00", ROOM) == seen_by(house, SOCIAL)[epiphany]


async def test_a_red_day_without_an_answer_is_cancelled_five_working_days_before(house: House) -> None:
    """At 12.00 and not a minute before; the Friday that is Christmas Day, with three red days before it."""
    await hear(house, plan(**FRIDAYS))
    assert ["2026-12-25T09:00:00", "2027-01-01T09:00:00"] == [
        each["occurrence"] for each in house.told(COORDINATOR, PROPOSED)
    ]
    await house.turn_clock(at("2026-12-17T11:59"))
    assert [] == house.told(SOCIAL, CANCELLED)
    await house.turn_clock(at("2026-12-17T12:00"))
    expected = {"series_id": SERIES, "occurrence": "2026-12-25T09:00:00", "reason": "red_day"}
    for agency in (COORDINATOR, SOCIAL, POLICE):
        assert [expected] == house.told(agency, CANCELLED)


async def test_a_series_planned_after_the_last_day_to_answer_has_its_red_day_cancelled_at_once(house: House) -> None:
    """And said; nobody is asked what can no longer be answered."""
    house.clock.moment = at("2026-12-21T08:00")
    await hear(house, plan(**FRIDAYS))
    assert "red_day" == seen_by(house, SOCIAL)["2026-12-25T09:00:00"]
    assert ["2027-01-01T09:00:00"] == [each["occurrence"] for each in house.told(COORDINATOR, PROPOSED)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (move("2026-12-22T10:00:00", "2026-12-23T10:00:00"), {("/occurrence", "unknown_reference")}),
        (move(DECEMBER_22, "2026-11-30T09:00:00"), {("/starts_at", "wrong_value")}),
        (move("2026-11-24T09:00:00", "2026-12-04T09:00:00"), {("/occurrence", "wrong_value")}),
        (move(DECEMBER_22, "2027-02-25T09:00:00"), {("/starts_at", "wrong_value")}),
        (move(DECEMBER_22, "2026-12-29T09:00:00"), {("/starts_at", "wrong_value")}),
        (move(DECEMBER_22, "2026-12-16T09:00:00"), {("/starts_at", "wrong_value")}),
        (cancel("2026-11-24T09:00:00"), {("/occurrence", "wrong_value")}),
        (cancel("2150-11-24T09:00:00"), {("/occurrence", "unknown_reference")}),
        (
            move("2026-11-23T09:00:00", "2026-11-30T09:00:00"),
            {("/occurrence", "unknown_reference"), ("/starts_at", "wrong_value")},
        ),
    ],
)
async def test_a_meeting_that_is_over_or_unknown_is_not_moved_nor_any_into_the_past_or_onto_another(
    house: House, asked: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """Every fault is told; what was told of the meetings stays as it was."""
    await hear(house, plan(), move("2026-12-15T09:00:00", "2026-12-16T09:00:00"))
    await house.turn_clock(at("2026-12-01T12:00"))
    before = seen_by(house, SOCIAL)
    await hear(house, asked)
    assert expected == rejections(house, asked)
    assert before == seen_by(house, SOCIAL)


async def test_only_the_organiser_moves_and_cancels(house: House) -> None:
    """A participant's request is refused, and so are its change and end of the series."""
    await hear(house, plan())
    theirs = [
        move(DECEMBER_22, "2026-12-21T13:00:00"),
        cancel(DECEMBER_22),
        change(2, organiser=plan()["data"]["organiser"] | {"agency": POLICE}),
        sample("in", "meeting-series.ended.v1"),
    ]
    for each in theirs:
        house.say(POLICE, each | {"source": f"/agency/{POLICE}"})
    await house.settle()
    for each in theirs:
        assert {("/series_id", "not_your_agency")} == rejections(house, each, POLICE)
    assert [] == house.told(SOCIAL, MOVED) + house.told(SOCIAL, CANCELLED)


async def test_a_meeting_that_was_moved_to_an_earlier_day_and_held_is_never_touched_again(house: House) -> None:
    """Though its own day is still to come when the series is looked at, changed and ended."""
    await hear(house, plan(), move(DECEMBER_22, "2026-12-18T09:00:00"))
    await house.turn_clock(at("2026-12-20T12:00"))
    asked = cancel(DECEMBER_22, "2026-12-20T11:00:00+01:00")
    await hear(house, asked, change(2, place=ELSEWHERE, moved_occurrences="replanned"))
    assert {("/occurrence", "wrong_value")} == rejections(house, asked)
    assert ("2026-12-18T09:00:00+01:00", ROOM) == seen_by(house, SOCIAL)[DECEMBER_22]
    assert ELSEWHERE == seen_by(house, SOCIAL)["2026-12-29T09:00:00"][1]


async def test_a_meeting_moved_after_its_agendas_went_out_has_its_agenda_time_anew(house: House) -> None:
    """24 hours before the new start; a cancelled one has none."""
    await hear(house, plan())
    await house.turn_clock(FIRST - timedelta(hours=20))
    assert MEETING not in await posted(house, "agenda")
    await hear(house, move("2026-11-24T09:00:00", "2026-11-26T13:00:00"))
    assert at("2026-11-25T13:00") == (await posted(house, "agenda"))[MEETING]
    await hear(house, cancel("2026-11-24T09:00:00", "2026-11-23T12:30:00+01:00"))
    assert MEETING not in await posted(house, "agenda")


def _kind_of(word: dict[str, Any]) -> str:
    if "iso_week" in word:
        return CALLED
    return CANCELLED if "reason" in word else MOVED
