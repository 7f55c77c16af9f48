"""A concern that begins anew after a weeding or an erasure is news; one notice of one concern has one id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.observations.documents import Concern
from shared.mongo import Mongo
from shared.operators.weeding import weed
from shared.room import Room
from shared.settings import Settings
from tests.house import House
from tests.services.erasing_story import erase, house_and_operator
from tests.services.observations_story import (
    LEISURE,
    NOTICED,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    broker_away,
    broker_back,
    ended,
    hear,
    noticed,
    observation,
    said,
    say,
    send,
    waiting,
)

SENDERS = [SCHOOL, POLICE, LEISURE]


@pytest.fixture
async def both(mongo: Mongo, settings: Settings) -> AsyncIterator[tuple[House, Room]]:
    """Open a house, and the vault as an operator's command does."""
    async with house_and_operator(mongo, settings) as opened:
        yield opened


async def _concern(house: House, form: str) -> list[str]:
    """Have three agencies' observations told on a consent that comes after them, and return their ids."""
    today = house.clock.now().date()
    lasting = {"valid_from": today, "valid_to": today + timedelta(days=100)}
    ids = [f"{form}-{place}" for place in range(3)]
    for agency, id_ in zip(SENDERS, ids, strict=True):
        await say(house, agency, observation(id_, observed_on=today.isoformat()))
    await hear(house, activated(house, form=form).model_copy(update=lasting))
    return ids


async def test_a_concern_after_a_weeding_is_told_under_an_id_of_its_own(both: tuple[House, Room]) -> None:
    """A year on nothing is left of the first one, and the same agencies see the youth again: a receiver hears of it."""
    house, operator = both
    first = await _concern(house, "form-1")
    house.clock.moment += timedelta(days=367)
    gone = {
        each.where: each.gone async for each in weed(operator, ("observations",), "operator", dry_run=False, wait=0)
    }
    assert (3, 1) == (gone["observations.observations"], gone["observations.concerns"])
    second = await _concern(house, "form-2")
    assert [(SENDERS, first), (SENDERS, second)] == noticed(house, SOCIAL)


async def test_a_concern_after_an_erasure_is_told_under_an_id_of_its_own(both: tuple[House, Room]) -> None:
    """What was noticed of the person who was erased counts for nothing when the person is met again."""
    house, operator = both
    first = await _concern(house, "form-1")
    await erase(house, operator)
    house.clock.moment += timedelta(seconds=1)
    second = await _concern(house, "form-2")
    assert [(SENDERS, first), (SENDERS, second)] == noticed(house, SOCIAL)
    assert 2 == len(said(house, NOTICED))


async def test_a_notice_that_is_taken_back_and_told_again_keeps_its_id(both: tuple[House, Room]) -> None:
    """Should the first have got out after all, the receiver knows the second for the same."""
    house, _ = both
    await hear(house, activated(house), activated(house, form="form-2"))
    for agency, id_ in zip(SENDERS[:2], ("o1", "o2"), strict=True):
        await say(house, agency, observation(id_))
    broker_away(house)
    await send(house, LEISURE, observation("o3"))
    (first,) = await waiting(house, NOTICED)
    house.clock.moment += timedelta(minutes=1)
    await hear(house, ended(house))
    (second,) = await waiting(house, NOTICED)
    assert first["message_id"] == second["message_id"]
    await broker_back(house)
    assert 1 == len(noticed(house, SOCIAL))
    assert [1] == [len(Concern.of(row).notices) for row in await house.rows("observations", "concerns")]
