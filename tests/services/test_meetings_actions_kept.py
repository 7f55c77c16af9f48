"""How long it is known what became of an action: for as long as the minutes that gave it are there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.mongo import Mongo
from shared.operators import holding
from shared.operators.weeding import weed
from shared.room import Room
from shared.settings import Settings
from tests.house import House
from tests.services.erasing_story import house_and_operator
from tests.services.meetings_samples import SOCIAL, ref
from tests.services.test_meetings_actions import THIRD, completed, decided, say, standing

A_YEAR = timedelta(days=367)


@pytest.fixture
async def both(mongo: Mongo, settings: Settings) -> AsyncIterator[tuple[House, Room]]:
    """Open a house, and the vault as an operator's command does."""
    async with house_and_operator(mongo, settings) as opened:
        yield opened


async def _weed(operator: Room) -> dict[str, tuple[int, int, int]]:
    found = [each async for each in weed(operator, ["minutes"], "operator", dry_run=False, wait=0)]
    return {each.where: (each.gone, each.held, each.needed) for each in found}


async def test_a_completed_action_does_not_open_again_while_its_minutes_are_held(both: tuple[House, Room]) -> None:
    """A year later minutes and completion stay for the sake of a youth who is held, then both go."""
    house, operator = both
    await decided(house)
    await say(house, SOCIAL, completed())
    await holding.hold(operator, ref(house), "dnr 9", "operator")
    house.clock.moment += A_YEAR
    assert {"meetings.minutes": (0, 1, 0), "meetings.completions": (0, 0, 1)} == await _weed(operator)
    assert [] == await standing(house, THIRD)
    await holding.release(operator, ref(house), "dnr 9", "operator")
    assert {"meetings.minutes": (1, 0, 0), "meetings.completions": (1, 0, 0)} == await _weed(operator)
