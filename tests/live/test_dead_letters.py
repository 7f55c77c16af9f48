"""The retry tiers and the dead letters of real processes: what fails comes back by itself, what dies can be replayed.

What makes a service fail is its database: a validator on a collection refuses every commit that touches it, until it
is taken away again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aio_pika.abc import AbstractQueueIterator

from deploy.local.processes import ServiceProcesses
from shared.mongo import Mongo, Row
from shared.operators.held_queue import held_queue, opened_channel
from shared.settings import Settings
from tests.live.conftest import samverkan
from tests.live.one_agency import fresh, speaking_as

pytestmark = pytest.mark.live

RETRY_SECONDS = "1,2"
SCHOOL = "2182-school"
DEAD, QUEUE = "observations.dead", "observations.observation.submitted.v1"
SAID_ON_IT = ("service", "seconds", "x-attempt", "x-origin-queue", "x-origin-user", "x-reason")
REFUSED = "BulkWriteError"
"""The error's class when the database refuses a document."""


@asynccontextmanager
async def refusing(settings: Settings, collection: str) -> AsyncIterator[None]:
    """Have the observations' database refuse every new document in a collection while the block lasts."""
    mongo = Mongo(settings.mongodb_uri)
    database = mongo.client.get_database(f"{settings.database_prefix}observations")
    never: dict[str, Any] = {"$jsonSchema": {"required": ["what nobody has"]}}
    try:
        await database.command({"collMod": collection, "validator": never, "validationLevel": "strict"})
        try:
            yield
        finally:
            await database.command({"collMod": collection, "validator": {}, "validationLevel": "off"})
    finally:
        await mongo.close()


async def rows(settings: Settings, collection: str, where: Row, whose: str = "observations") -> list[Row]:
    """Return what a service's database holds."""
    mongo = Mongo(settings.mongodb_uri)
    try:
        return await mongo.database(settings.database_prefix + whose).find(collection, where)
    finally:
        await mongo.close()


async def letters(settings: Settings) -> dict[str | None, dict[str, Any]]:
    """Return the headers of the dead letters, by message id."""
    async with held_queue(settings.rabbitmq_url, DEAD) as held:
        return {message.message_id: dict(message.headers) async for message in held.arriving()}


async def has_died(settings: Settings, message_id: str) -> dict[str, Any]:
    """Return the headers of a message as soon as it lies among the dead letters."""
    async with asyncio.timeout(30):
        while message_id not in (found := await letters(settings)):  # noqa: ASYNC110 - the broker tells nobody
            await asyncio.sleep(0.1)
    return found[message_id]


@asynccontextmanager
async def tapped(settings: Settings) -> AsyncIterator[AbstractQueueIterator]:
    """Yield a copy of everything that the observations' service sends to its retry tiers while the block lasts."""
    async with opened_channel(settings.rabbitmq_url) as channel:
        tap = await channel.declare_queue(exclusive=True)
        await tap.bind("retry", arguments={"x-match": "all", "service": "observations"})
        async with tap.iterator(no_ack=True, timeout=30) as copies:
            yield copies


def listed(printed: str) -> dict[str, dict[str, Any]]:
    """Return what `dead … --json` printed, by message id."""
    return {letter["message_id"]: letter for letter in map(json.loads, printed.splitlines())}


async def command(environment: dict[str, str], *arguments: str) -> str:
    """Run a `samverkan` command while the agencies go on listening."""
    return await asyncio.to_thread(samverkan, environment, *arguments)


@pytest.mark.usefixtures("services")
async def test_what_fails_for_a_moment_comes_back_from_its_tier_and_is_handled(settings: Settings) -> None:
    """The database refuses; the message waits in the first tier, returns to its queue, and is answered once."""
    async with speaking_as(settings, SCHOOL) as school, tapped(settings) as sent_round:
        event = fresh(SCHOOL)
        async with refusing(settings, "observations"):
            await school.say(event)
            waiting = await anext(sent_round)
        assert event["id"] == waiting.message_id
        assert {"service": "observations", "seconds": 1, "x-attempt": 1} | {
            "x-origin-queue": QUEUE, "x-origin-user": SCHOOL, "x-reason": REFUSED,
        } == {name: waiting.headers[name] for name in SAID_ON_IT}  # fmt: skip
        assert set() == (await school.answer_to(event["id"])).codes
        assert 1 == len(school.answers[event["id"]])
    assert 1 == len(await rows(settings, "observations", {"_id": event["data"]["observation_id"]}))
    assert {} == await letters(settings)


@pytest.mark.usefixtures("services")
async def test_a_dead_letter_is_listed_shown_replayed_and_handled_under_its_own_id(
    environment: dict[str, str], settings: Settings
) -> None:
    """Through both tiers into the dead letters; a dry run leaves it; replayed it has its effect and answer, once."""
    async with speaking_as(settings, SCHOOL) as school:
        event = fresh(SCHOOL)
        async with refusing(settings, "observations"):
            await school.say(event)
            dead = await has_died(settings, event["id"])
        assert (REFUSED, 3) == (dead["x-reason"], dead["x-attempt"])
        found = listed(await command(environment, "dead", "list", "observations", "--json"))[event["id"]]
        assert (REFUSED, QUEUE, 3) == (found["reason"], found["origin_queue"], found["attempt"])
        shown = await command(environment, "dead", "show", "observations", "--id", event["id"])
        assert "201306152388" not in shown
        await command(environment, "dead", "replay", "observations", "--reason", REFUSED, "--dry-run")
        assert event["id"] in await letters(settings)
        assert event["id"] not in school.answers
        await command(environment, "dead", "replay", "observations", "--id", event["id"])
        answer = await school.answer_to(event["id"])
        assert set() == answer.codes
        assert event["data"]["observation_id"] == answer.data["entity_id"]
        again = await school.asks(event)
        assert answer == again, "the inbox knows it by the id it was replayed under"
    assert {} == await letters(settings)
    assert [f"{QUEUE}:{SCHOOL}:{event['id']}"] == [
        row["_id"] for row in await rows(settings, "inbox", {"_id": {"$regex": f"{event['id']}$"}})
    ]
    acts = await rows(settings, "dead_letter_acts", {"message_id": event["id"]})
    assert [("replayed", REFUSED)] == [(act["act"], act["reason"]) for act in acts]


@pytest.mark.usefixtures("services")
async def test_a_letter_that_nobody_can_use_is_discarded_on_the_record(
    environment: dict[str, str], settings: Settings
) -> None:
    """Replayed without its cause mended it dies again, under the same id; discarded it is gone, and the act remains."""
    async with speaking_as(settings, SCHOOL) as school:
        sent = await school.say(fresh(SCHOOL), user_id=None)
        assert "user_id_missing" == (await has_died(settings, sent))["x-reason"]
        await command(environment, "dead", "replay", "observations", "--id", sent)
        assert "user_id_missing" == (await has_died(settings, sent))["x-reason"]
        assert '"body"' in await command(environment, "dead", "show", "observations", "--id", sent, "--body", "--json")
        await command(environment, "dead", "discard", "observations", "--reason", "user_id_missing")
        assert sent not in await letters(settings)
        assert sent not in school.answers
    acts = await rows(settings, "dead_letter_acts", {"message_id": sent})
    assert ["discarded", "read", "replayed"] == sorted(act["act"] for act in acts)
    assert [("read", sent)] == [(row["act"], row["about"]) for row in await rows(settings, "register", {}, "vault")]


async def test_a_service_that_cannot_write_stays_up_and_takes_in_the_rest(
    services: ServiceProcesses, settings: Settings
) -> None:
    """While observations about persons fail, place events go on being taken in by the same process."""
    housing_id = "2182-housing-faxeholmen"
    async with (
        speaking_as(settings, SCHOOL) as school,
        speaking_as(settings, housing_id) as housing,
        tapped(settings) as sent_round,
    ):
        pid, event = services.process("observations").pid, fresh(SCHOOL)
        async with refusing(settings, "observations"):
            await school.say(event)
            await anext(sent_round)
            assert set() == (await housing.asks(fresh(housing_id, "place-event.submitted.v1"))).codes
            assert services.is_ready("observations")
        assert set() == (await school.answer_to(event["id"])).codes
        assert pid == services.process("observations").pid
