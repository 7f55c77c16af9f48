"""The story's messages in any order, any of them twice or more: the same end."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from deploy.demo.story import Step, chapters, local, story
from shared.mongo import Mongo
from shared.settings import Settings
from tests.conftest import DRIVERS
from tests.house import House, open_house
from tests.stories.outcome import disclosures, tellings

WITHDRAWAL = "guardian withdraws"
STORY = {step.name: step for step in story()}
BEFORE_WITHDRAWAL = [
    STORY[name]
    for name in (
        "form issued",
        "first guardian signs",
        "second guardian signs",
        "school submits",
        "police submit",
        "youth centre submits",
        "weekly meeting planned",
        "place event",
        "weekly report",
        "minutes recorded",
    )
]
OF_MEETINGS = [
    step
    for step in chapters()
    if step.name
    in (
        "weekly meeting planned",
        "minutes recorded",
        "sspf planned",
        "red Thursday moved",
        "weekly meeting moved",
        "weekly meeting cancelled",
    )
]
AFTER_WITHDRAWAL = STORY["school submits again"]
AFTER_THE_MEETING = local("2026-11-24T18:00")
"""All of the story that is said by then may be said in any order: minutes of a meeting to come would be refused."""
SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
PROPERTY = rules(max_examples=15, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])


async def _play(house: House, steps: list[Step], order: Random | None, repeat: float = 0.3) -> None:
    for step in steps:
        house.say(step.agency, step.event, binary=bool(order and order.random() < 0.5))
    await house.settle(order, repeat)


@pytest.mark.parametrize("driver", DRIVERS)
@PROPERTY
@given(seed=SEEDS)
async def test_any_order_and_repetition_comes_to_the_same_end(settings: Settings, driver: str, seed: int) -> None:
    """All that happens before the withdrawal, shuffled and repeated, inner events too, ends as told in order."""
    mongo = Mongo(settings.mongodb_uri, driver)
    try:
        async with open_house(mongo, settings, AFTER_THE_MEETING) as house:
            await _play(house, BEFORE_WITHDRAWAL, order=None)
            told, disclosed = await tellings(house), await disclosures(house)
            assert len(disclosed) == 8
        async with open_house(mongo, settings, AFTER_THE_MEETING) as house:
            await _play(house, BEFORE_WITHDRAWAL, order=Random(seed))
            assert await tellings(house) == told
            assert await disclosures(house) == disclosed
            assert house.dead == []
    finally:
        await mongo.close()


@PROPERTY
@given(seed=SEEDS)
async def test_a_withdrawal_at_any_time_ends_the_consent_for_good(settings: Settings, seed: int) -> None:
    """Wherever the withdrawal falls among the rest: ended, confirmed, and nothing told on it since."""
    mongo = Mongo(settings.mongodb_uri)
    steps = [*BEFORE_WITHDRAWAL, STORY[WITHDRAWAL]]
    try:
        async with open_house(mongo, settings, AFTER_THE_MEETING) as house:
            await _play(house, steps, order=Random(seed))
            told_before = await disclosures(house)
            house.say(AFTER_WITHDRAWAL.agency, AFTER_WITHDRAWAL.event)
            await house.settle(Random(seed), 0.3)
            assert await disclosures(house) == told_before
            for agency in ("2182-school", "2182-police", "2182-leisure", "2182-social-services"):
                (ended,) = house.told(agency, "consent.ended.v1")
                assert ended["reason"] == "withdrawn"
            (confirmed,) = house.told("2182-social-services", "consent-enforcement.confirmed.v1")
            assert sorted(confirmed["confirmed_by"]) == ["meetings", "observations", "reporting"]
            assert house.dead == []
    finally:
        await mongo.close()


@PROPERTY
@given(seed=SEEDS)
async def test_what_is_said_of_meetings_in_any_order_ends_with_the_same_meetings(settings: Settings, seed: int) -> None:
    """Moves and cancellations before their series, red days and minutes: each meeting stands and counts the same."""
    mongo = Mongo(settings.mongodb_uri)
    ends = []
    try:
        for order in (None, Random(seed)):
            async with open_house(mongo, settings, AFTER_THE_MEETING) as house:
                await _play(house, OF_MEETINGS, order)
                ends.append((await _meetings(house), await _counted_meetings(house)))
                assert house.dead == []
    finally:
        await mongo.close()
    assert ends[0] == ends[1]
    stands = {row["state"] for row in ends[0][0].values()}
    assert {"called", "cancelled", "asked"} == stands


async def _meetings(house: House) -> dict[str, dict[str, object]]:
    kept = ("state", "reason", "starts_at", "ends_at", "place", "agencies")
    return {row["_id"]: {name: row[name] for name in kept} for row in await house.rows("meetings", "meetings")}


async def _counted_meetings(house: House) -> dict[str, object]:
    """Return each week's meetings as they are counted."""
    weeks = await house.rows("reporting", "weeks")
    return {row["_id"]: row["facts"]["meetings"] for row in weeks if row["facts"]["meetings"]}
