"""What comes before its series, or before the minutes of its action: it waits, and after a day its sender is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.house import House, changed
from tests.services.meetings_samples import COORDINATOR, SOCIAL, hear, minutes, plan

WAITING = "submission.waiting.v1"
A_DAY = timedelta(days=1, minutes=1)
EARLY = (
    "meeting-move.requested.v1",
    "meeting-cancellation.requested.v1",
    "meeting-series.changed.v1",
    "meeting-series.ended.v1",
)


def waits(house: House, agency: str) -> list[tuple[str, str]]:
    """Return type and reason of what an agency has been told still waits."""
    return [(each["type"], each["waits_for"]) for each in house.told(agency, WAITING)]


async def say(house: House, agency: str, event: dict[str, Any]) -> None:
    """Say something as an agency and let what follows happen."""
    house.say(agency, event)
    await house.settle()


@pytest.mark.parametrize("type_", EARLY)
async def test_what_is_said_of_a_series_that_is_not_planned_is_told_of_after_a_day(house: House, type_: str) -> None:
    """Once, with what can be done; not before the day is over."""
    await hear(house, changed(type_, {}))
    await house.turn_clock(house.clock.moment + timedelta(hours=23))
    assert [] == waits(house, COORDINATOR)
    await house.turn_clock(house.clock.moment + A_DAY)
    await house.turn_clock(house.clock.moment + 3 * A_DAY)
    assert [(type_, "series")] == waits(house, COORDINATOR)
    (told,) = house.told(COORDINATOR, WAITING)
    assert "send_meeting_series" in told["you_can"]


async def test_what_gets_its_series_within_the_day_is_not_told_of(house: House) -> None:
    """The plan comes in time: nobody is told of any wait."""
    await hear(house, *(changed(each, {}) for each in EARLY), plan())
    await house.turn_clock(house.clock.moment + A_DAY)
    assert [] == waits(house, COORDINATOR)


async def test_an_answer_and_an_action_that_nobody_knows_are_told_of(house: House) -> None:
    """An answer waits for its series, a completed action for its minutes; whose action it is makes no difference."""
    for agency in (SOCIAL, "2182-police"):
        await say(house, agency, changed("meeting-invitation.answered.v1", {}) | {"source": f"/agency/{agency}"})
        done = changed("action.completed.v1", {"completed_on": "2026-11-16"})
        await say(house, agency, done | {"source": f"/agency/{agency}"})
    await house.turn_clock(house.clock.moment + A_DAY)
    expected = {("meeting-invitation.answered.v1", "series"), ("action.completed.v1", "minutes")}
    assert expected == set(waits(house, SOCIAL)) == set(waits(house, "2182-police"))


async def test_early_minutes_are_told_of(house: House) -> None:
    """Minutes of a meeting whose series nobody has planned."""
    await hear(house, minutes())
    await house.turn_clock(house.clock.moment + A_DAY)
    assert [("meeting-minutes.recorded.v1", "series")] == waits(house, COORDINATOR)
