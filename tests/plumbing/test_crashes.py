"""A crash before and after every await of a transaction and of the relay: nothing is lost, nothing happens twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import pytest

from deploy.demo.story import POLICE, SCHOOL, SOCIAL, Step, story
from shared.settings import Settings
from tests.conftest import DRIVERS, EVENING
from tests.house import open_house_of
from tests.plumbing.crashing import FragileHouse, FragileMongo
from tests.stories.outcome import disclosures, tellings

STORY = {step.name: step for step in story()}
CONSENT = [STORY[name] for name in ("form issued", "first guardian signs", "second guardian signs")]
OBSERVED = STORY["school submits"]


@asynccontextmanager
async def _empty_house(settings: Settings, driver: str) -> AsyncIterator[FragileHouse]:
    mongo = FragileMongo(settings.mongodb_uri, driver)
    try:
        async with open_house_of(FragileHouse, mongo, settings, EVENING) as house:
            house.fuse = mongo.fuse
            yield house
    finally:
        await mongo.close()


@asynccontextmanager
async def _house(settings: Settings, driver: str) -> AsyncIterator[FragileHouse]:
    """A house in which the consent is active and the school's observation stands before its queue."""
    async with _empty_house(settings, driver) as house:
        await _say(house, CONSENT)
        house.say(OBSERVED.agency, OBSERVED.event)
        yield house


async def _say(house: FragileHouse, steps: list[Step]) -> None:
    for step in steps:
        house.say(step.agency, step.event)
        await house.settle()


async def _assert_done_once(house: FragileHouse) -> None:
    """The observation is stored once, told once to each lawful receiver, answered once; nothing else waits or died."""
    assert [row["_id"] for row in await house.rows("observations", "observations")] == [
        OBSERVED.event["data"]["observation_id"]
    ]
    assert {row[2] for row in await disclosures(house)} == {SOCIAL, POLICE, "2182-leisure"}
    for receiver in (SOCIAL, POLICE, "2182-leisure"):
        assert len(house.told(receiver, "observation.disclosed.v1")) == 1
    assert [each["entity_id"] for each in house.answers_to(SCHOOL, OBSERVED.event["id"])] == [
        OBSERVED.event["data"]["observation_id"]
    ]
    # One look is posted for the consent's last day, however often the telling was begun.
    assert [row["routing_key"] for row in await house.rows("observations", "outbox")] == ["basis-end.reached.v1"]
    assert house.dead == []


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_crash_at_any_point_loses_nothing_and_does_nothing_twice(settings: Settings, driver: str) -> None:
    """One crash at each point of taking in an observation, from its first read to the last outbox row's removal."""
    points: list[str] = []
    for crash_at in count(1):
        async with _house(settings, driver) as house:
            happened = await house.survive(crash_at)
            await _assert_done_once(house)
            if not happened:
                break
            points.append(f"{crash_at}")
    # A read, a seal, each write, the commit, four posts and the removal: two points each.
    assert len(points) > 30


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_crash_during_the_recovery_changes_nothing_either(settings: Settings, driver: str) -> None:
    """A second crash while the first one's leftovers are swept up and the message is delivered again."""
    async with _house(settings, driver) as house:
        await house.survive()
        points = house.fuse.point
    for first, second in [(first, first + gap) for first in range(1, points, 5) for gap in (-3, 0, 4)]:
        async with _house(settings, driver) as house:
            await house.survive(first, max(1, second))
            await _assert_done_once(house)


@pytest.mark.parametrize("driver", DRIVERS)
async def test_the_whole_story_survives_a_process_that_keeps_dying(settings: Settings, driver: str) -> None:
    """Every message of the story is crashed upon at a different point three times over: the end is as told straight."""
    async with _empty_house(settings, driver) as house:
        await _say(house, list(STORY.values()))
        straight, register = await tellings(house), await disclosures(house)
    async with _empty_house(settings, driver) as house:
        crashes = 0
        for place, step in enumerate(STORY.values()):
            house.say(step.agency, step.event)
            crashes += await house.survive(5 + 7 * place, 11 + 3 * place, 2 + place)
        assert await tellings(house) == straight
        assert await disclosures(house) == register
        assert house.dead == []
        assert crashes > len(STORY)
