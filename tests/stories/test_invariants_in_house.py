"""The invariants of the person track on the whole house: any story, judged by the law after every step.

`SAMVERKAN_EXAMPLES=500` plays more stories. A failure is shrunk to the shortest story that shows it.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from _pytest.capture import CaptureManager
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from shared.mongo import Mongo
from shared.settings import Settings
from tests.house import open_house
from tests.stories.acts import Act, Cast, Step, Turn
from tests.stories.certain import CERTAIN
from tests.stories.drawn import AT_ONE_INSTANT, OPENED, RENEWED, STORIES, casts
from tests.stories.telling import Telling

EXAMPLES = int(os.environ.get("SAMVERKAN_EXAMPLES", "16"))
HOLD_SECONDS = 2
"""As where the house runs: what is told waits so long, so that an end under way between services takes it back."""


def stories(share: int) -> rules:
    """Return hypothesis' settings for so great a share of the examples."""
    return rules(
        max_examples=max(1, EXAMPLES // share),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module", autouse=True)
def judged(pytestconfig: pytest.Config) -> Iterator[Counter[str]]:
    """Yield what has been looked at in all stories, and print it in the end: nothing judged would be nothing shown."""
    counted: Counter[str] = Counter()
    yield counted
    output = pytestconfig.pluginmanager.getplugin("capturemanager")
    assert isinstance(output, CaptureManager)
    with output.global_and_fixture_disabled():
        sys.stdout.write(f"\n  judged by the law: {dict(sorted(counted.items()))}")


@stories(1)
@given(cast=casts(), steps=st.one_of(OPENED, OPENED, STORIES))
async def test_nothing_is_told_that_the_law_does_not_open_at_that_instant(
    settings: Settings, judged: Counter[str], cast: Cast, steps: list[Step]
) -> None:
    """Every row, opening, yes and message of every story stands the judge's test, and what is surely open is told."""
    mongo = Mongo(settings.mongodb_uri)
    try:
        async with open_house(mongo, settings, cast.start, HOLD_SECONDS) as house:
            telling = Telling(house, cast)
            await telling.tell(steps)
            judged.update(telling.judged)
    finally:
        await mongo.close()


async def _told_in_two_orders(
    settings: Settings, judged: Counter[str], cast: Cast, acts: list[Act], seed: int
) -> list[dict[str, object]]:
    """Say the same at one instant twice, first come first served and shuffled, and return what each came to."""
    ends: list[dict[str, object]] = []
    mongo = Mongo(settings.mongodb_uri)
    try:
        for order in (None, Random(seed)):
            async with open_house(mongo, settings, cast.start, HOLD_SECONDS) as house:
                telling = Telling(house, cast)
                await telling.tell_at_once(acts, order)
                ends.append(await telling.outcome())
                judged.update(telling.judged)
    finally:
        await mongo.close()
    return ends


@stories(3)
@given(cast=casts(), acts=AT_ONE_INSTANT, seed=st.integers(0, 2**32 - 1))
async def test_whatever_the_order_nothing_withdrawn_goes_out_and_the_end_is_the_same(
    settings: Settings, judged: Counter[str], cast: Cast, acts: list[Act], seed: int
) -> None:
    """Said at one instant, withdrawals too, in any order and repeated, inner events too: same forms open, same told."""
    first, second = await _told_in_two_orders(settings, judged, cast, acts, seed)
    assert first == second


@stories(4)
@given(cast=casts(), acts=RENEWED, seed=st.integers(0, 2**32 - 1))
async def test_a_renewal_takes_the_old_ones_place_whatever_comes_first(
    settings: Settings, judged: Counter[str], cast: Cast, acts: list[Act], seed: int
) -> None:
    """Two forms, one of which renews the other, and what is seen: the same forms open, the same told, in any order."""
    first, second = await _told_in_two_orders(settings, judged, cast, acts, seed)
    assert first == second


IN_HOUSE = (
    "what was seen before the consent", "a withdrawal before its form", "as the last day ends",
    "at 18, from the first minute", "an assessment afterwards", "at 21, from the first minute",
)  # fmt: skip
"""Those that lean on the house's own work: what waits, what is due at midnight, what is taken back."""


@pytest.mark.parametrize("name", IN_HOUSE)
async def test_a_story_with_a_certain_end_comes_to_it(settings: Settings, name: str) -> None:
    """The judge is not idle: what may be told is told, and at each border of time, age or signature nothing is."""
    certain = CERTAIN[name]
    mongo = Mongo(settings.mongodb_uri)
    try:
        async with open_house(mongo, settings, certain.cast.start, HOLD_SECONDS) as house:
            telling = Telling(house, certain.cast)
            await telling.tell([*certain.steps, Turn(0, 23, 59)])
            assert certain.is_told == (1 == telling.judged["disclosures"])
    finally:
        await mongo.close()
