"""The story's messages in any order, any of them twice or more: the same end."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from deploy.demo.story import Step, story
from shared.mongo import Mongo
from shared.settings import Settings
from tests.conftest import DRIVERS, EVENING
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
AFTER_WITHDRAWAL = STORY["school submits again"]
SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
PROPERTY = rules(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)


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
        async with open_house(mongo, settings, EVENING) as house:
            await _play(house, BEFORE_WITHDRAWAL, order=None)
            told, disclosed = await tellings(house), await disclosures(house)
            assert len(disclosed) == 8
        async with open_house(mongo, settings, EVENING) as house:
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
        async with open_house(mongo, settings, EVENING) as house:
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
