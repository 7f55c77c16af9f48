"""Nothing goes out on a consent that has ended, however far on its way it was: in the outbox or in a process's hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.demo.story import local
from shared.mongo import Row
from shared.outbox import OUTBOX
from shared.outgoing import AGENCY_OUT, Outgoing
from tests.house import House, sample
from tests.services.consent_story import CONFIRMED, POLICE, SCHOOL, SOCIAL, issued, say, signed, withdrawn

DISCLOSED = "observation.disclosed.v1"


def seen_at_school() -> dict[str, Any]:
    """Return the school's observation, of a category that the sample's form opens to the police."""
    return sample("in", "observation.submitted.school.v1")


async def consent(house: House, **changes: Any) -> None:
    """Have the sample's form issued, changed, and signed by both guardians now."""
    now = house.clock.now().isoformat()
    await say(house, issued(**changes), signed("g1", signed_at=now), signed("g2", signed_at=now))


async def deliver_all(house: House) -> None:
    """Deliver what waits, but let no outbox be swept."""
    while house.waiting:
        await house._deliver(house.waiting.pop(0))


async def test_what_a_broker_outage_held_back_over_the_last_day_is_not_told_after_it(house: House) -> None:
    """The outbox knows by itself until when its rows are good: the end may be heard of later than the way is free."""
    await consent(house, valid_to="2026-11-20")
    observations = house.rooms["observations"]
    await house.turn_clock(local("2026-11-20T23:50"))
    way_out = observations.relay._post

    async def shut(outgoing: Outgoing) -> None:
        if outgoing.exchange == AGENCY_OUT:
            raise ConnectionError
        await way_out(outgoing)

    observations.relay._post = shut
    house.say(SCHOOL, seen_at_school())
    await deliver_all(house)
    assert 0 < len([row for row in await house.rows("observations", OUTBOX) if "good_until" in row])

    observations.relay._post = way_out
    long_ago = datetime.fromtimestamp(0, UTC)
    await observations.db.change(OUTBOX, {}, {"$set": {"leased_until": long_ago}})
    house.clock.moment = local("2026-11-21T00:00")
    await observations.relay.sweep()
    await house.settle()
    assert [] == house.told(POLICE, DISCLOSED)
    assert [] == [row for row in await house.rows("observations", OUTBOX) if row["exchange"] == AGENCY_OUT]


async def test_what_a_process_holds_in_its_hand_is_not_told_after_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that was read before it was taken back is looked for again before it goes out."""
    await consent(house)
    observations, taken, released = house.rooms["observations"], asyncio.Event(), asyncio.Event()
    publish = observations.relay.publish

    async def slowly(rows: list[Row]) -> None:
        if any("resting_on" in row for row in rows):
            taken.set()
            await released.wait()
        await publish(rows)

    monkeypatch.setattr(observations.relay, "publish", slowly)
    house.say(SCHOOL, seen_at_school())
    held = asyncio.create_task(house._deliver(house.waiting.pop(0)))
    await asyncio.wait_for(taken.wait(), 10)
    await say(house, withdrawn("g2", received_at=house.clock.now().isoformat()))
    assert 1 == len(house.told(SOCIAL, CONFIRMED))

    released.set()
    await held
    await house.settle()
    assert [] == house.told(POLICE, DISCLOSED)
