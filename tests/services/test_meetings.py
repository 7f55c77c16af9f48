"""What `meetings` does with series and minutes, on a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.house import House, sample
from tests.services.meetings_samples import (
    CALLED,
    COORDINATOR,
    FIRST,
    NUMBER,
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

TUESDAYS = [
    f"{day}T09:00:00"
    for day in ("2026-11-24", "2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22", "2026-12-29", "2027-01-05")
]
"""The starts of the sample's series within eight weeks of 16 November 2026; none is on a red day."""


async def test_a_planned_series_calls_eight_weeks_at_once_and_tells_each_agency_once(house: House) -> None:
    """Two functions of one agency get one message a meeting, and the first says what the contract's sample says."""
    await hear(house, plan())
    for agency in (COORDINATOR, SOCIAL, POLICE):
        told = house.told(agency, CALLED)
        assert TUESDAYS == [each["occurrence"] for each in told]
        assert sample("out", CALLED)["data"] == told[0]
    assert [] == house.told(SCHOOL)
    assert len(TUESDAYS) == len(said(house, CALLED))


async def test_an_occurrence_is_called_when_it_comes_within_eight_weeks(house: House) -> None:
    """Not a minute before, once, and each week; the house away over two weeks calls what it has missed at once."""
    await hear(house, plan())
    entering = at("2027-01-12T09:00") - timedelta(weeks=8)
    await house.turn_clock(entering - timedelta(minutes=1))
    assert TUESDAYS == [each["occurrence"] for each in house.told(SOCIAL, CALLED)]
    await house.turn_clock(entering)
    assert [*TUESDAYS, "2027-01-12T09:00:00"] == [each["occurrence"] for each in house.told(SOCIAL, CALLED)]
    await house.turn_clock(at("2026-12-16T12:00"))
    assert "2027-02-09T09:00:00" == house.told(SOCIAL, CALLED)[-1]["occurrence"]
    assert 12 == len(house.told(SOCIAL, CALLED))


async def test_reminders_that_are_still_ahead_are_posted_early_and_others_let_go(house: House) -> None:
    """Planned 12 hours before the meeting, a day's reminder has passed; the one of two hours comes on time."""
    house.clock.moment = at("2026-11-23T21:00")
    await hear(house, plan())
    assert [] == said(house, "reminder-time.reached.v1")
    await house.turn_clock(FIRST - timedelta(hours=2))
    (reminder,) = said(house, "reminder-time.reached.v1")
    assert '"before":"PT2H"' in reminder
    assert NUMBER not in reminder


async def test_minutes_before_their_series_count_once_when_it_comes(house: House) -> None:
    """The meeting is said to be held once, however often minutes and series are sent again."""
    house.clock.moment = FIRST + timedelta(hours=2)
    await hear(house, minutes())
    assert [] == said(house, "meeting.held.v1")
    await hear(house, plan())
    await hear(house, minutes("minutes-again"), plan() | {"id": "plan again"})
    (held,) = said(house, "meeting.held.v1")
    assert '"municipality":"2182"' in held
    assert '"starts_at":"2026-11-24T08:00:00Z"' in held


async def test_a_strangers_early_minutes_neither_count_nor_stand_in_the_way(house: House) -> None:
    """The police's minutes of an unknown series are taken in; when it comes, only the coordinator's count."""
    house.clock.moment = FIRST + timedelta(hours=2)
    theirs = minutes("minutes-by-police", held=False, prioritised=[], actions=[])
    house.say(POLICE, theirs | {"source": f"/agency/{POLICE}"})
    await hear(house, plan(), minutes())
    assert set() == rejections(house, {"id": "minutes-by-police"}, POLICE)
    (held,) = said(house, "meeting.held.v1")
    assert '"held":true' in held


async def test_known_ids_with_other_content_are_a_conflict_and_the_same_content_is_not(house: House) -> None:
    """For a series, for an occurrence's minutes, and for an action's id in later minutes."""
    house.clock.moment = FIRST + timedelta(days=7, hours=2)
    await hear(house, plan(), minutes())
    other, again = plan(place="Rum 4"), plan() | {"id": "plan-again"}
    changed, later = (
        minutes("changed", secrecy_reminder_given=False),
        minutes("later", occurrence="2026-12-01T09:00:00"),
    )
    await hear(house, other, again, changed, later)
    assert {("/series_id", "conflict")} == rejections(house, other)
    assert set() == rejections(house, again)
    assert {("/occurrence", "conflict")} == rejections(house, changed)
    assert {("/actions/0/action_id", "conflict")} == rejections(house, later)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (plan(organiser=plan()["data"]["organiser"] | {"agency": POLICE}), {("/organiser/agency", "not_your_agency")}),
        (plan(timezone="Europe/Soderhamn"), {("/timezone", "wrong_value")}),
        (plan(starts_at="2026-11-25T09:00:00"), {("/starts_at", "wrong_value")}),
        (plan(starts_at="2026-11-10T09:00:00", until="2026-11-15"), {("/until", "wrong_value")}),
        (
            plan(red_day_policy="never", duration_minutes=1),
            {("/red_day_policy", "wrong_value"), ("/duration_minutes", "wrong_value")},
        ),
    ],
)
async def test_a_series_that_cannot_be_is_refused_and_nothing_is_called(
    house: House, event: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """Every fault is told; nothing is stored."""
    await hear(house, event)
    assert expected == rejections(house, event)
    assert [] == await house.rows("meetings", "series")
    assert [] == house.told(SOCIAL)


@pytest.mark.parametrize("field", ["place", "title"])
async def test_a_plan_that_holds_an_identity_number_is_refused(house: House, field: str) -> None:
    """The place is told to all who are called, non-authorities too, and stands in an event of the house's own."""
    planned = plan(**{field: f"hos {NUMBER[2:8]}-{NUMBER[8:]}"}) | {"id": "planned"}
    await hear(house, planned)
    assert {(f"/{field}", "wrong_value")} == rejections(house, planned)
    assert [] == said(house, CALLED)
