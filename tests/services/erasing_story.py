"""What the tests of erasing stand on: a house, and an operator's room beside it.

Nothing waits for keys to be forgotten: that nobody opens anything may not hang on what a driver remembers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from deploy.demo.story import Step, local, story
from shared.mongo import Mongo
from shared.operators import erasing
from shared.operators.erasing import Proof
from shared.operators.vault_room import vault_room
from shared.register import Entry, Seal
from shared.room import Room
from shared.settings import Settings
from tests.house import Arrival, House, open_house

NUMBER = "201306152388"
AFTER_THE_MEETING = local("2026-11-24T18:00")
"""Minutes of a meeting to come would be refused."""
STORY: tuple[Step, ...] = tuple(story())


@asynccontextmanager
async def house_and_operator(mongo: Mongo, settings: Settings) -> AsyncIterator[tuple[House, Room]]:
    """Open an empty house, and the vault as an operator's command opens it, by the same clock."""
    async with open_house(mongo, settings, AFTER_THE_MEETING) as house:
        room = await vault_room(house.rooms["consent"].settings, mongo)
        room.clock = house.clock
        yield house, room
        await room.vault.close()


def ref(house: House, number: str = NUMBER) -> str:
    """Return a youth's reference."""
    return house.rooms["consent"].secret.person_ref("2182", number)


async def erase(house: House, operator: Room, number: str = NUMBER) -> Proof:
    """Erase a youth as the command does, without its wait."""
    return await erasing.erase(operator, ref(house, number), "dnr 17", "operator", wait=0)


async def play(house: House, steps: tuple[Step, ...] = STORY, deliveries: int | None = None, seed: int = 0) -> None:
    """Say all of it, and deliver everything, or only so many messages, in the seed's order, inner ones too."""
    order = Random(seed)
    for step in steps:
        house.say(step.agency, step.event)
    if deliveries is None:
        await house.settle()
    for _ in range(deliveries or 0):
        if house.waiting or await house._sweep():
            arrival = house.waiting.pop(order.randrange(len(house.waiting))) if house.waiting else None
            if arrival is not None:
                await house._deliver(arrival)


async def replay(house: House, seed: int = 0) -> None:
    """Deliver everything once more that agencies or services have ever said, in the seed's order."""
    inner = [each for each in house.travelled if each.exchange == "events"]
    for step in STORY:
        house.say(step.agency, step.event)
    for each in inner:
        house.waiting.extend(Arrival(queue, each, "events") for queue in house._queues("events", each.routing_key))
    await house.settle(Random(seed))


async def dark_ids(house: House) -> set[str]:
    """Return the ids of the observations and forms that nobody can read any more."""
    vault = house.rooms["consent"].vault
    sealed = [
        (row["_id"], row["person_ref"], row["sealed"]) for row in await house.rows("observations", "observations")
    ]
    forms = [(row["_id"], row["facts"]["form"]) for row in await house.rows("consent", "consents")]
    sealed += [(id_, form["person_ref"], form["sealed"]) for id_, form in forms if form is not None]
    return {id_ for id_, person, value in sealed if not await vault.readable(person, [value])}


def told_since(house: House, before: dict[str, int]) -> list[dict[str, Any]]:
    """Return the CloudEvent types and bodies that agencies were told after those counts."""
    return [
        {"type": each.headers["ce-type"], "body": each.body.decode(), "id": each.message_id}
        for agency, messages in house.received.items()
        for each in messages[before.get(agency, 0) :]
    ]


def counts(house: House) -> dict[str, int]:
    """Return how many messages each agency has been told."""
    return {agency: len(messages) for agency, messages in house.received.items()}


async def entries(operator: Room, act: str) -> list[Entry]:
    """Return the rows of one act in the vault's register."""
    return [Entry.of(row) for row in await operator.db.find(Entry.collection, {"act": act}, sort=[("at", 1)])]


async def sealed_rows(operator: Room) -> set[str]:
    """Return the ids of the rows that the vault's seals hold."""
    seals = [Seal.of(row) for row in await operator.db.find(Seal.collection, {})]
    return {id_ for seal in seals for id_, _ in seal.rows}
