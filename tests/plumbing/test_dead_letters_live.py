"""Dead letters on a real broker: what looking, replaying and discarding does to the queue and to the record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aio_pika import Message
from aio_pika.abc import HeadersType
from faststream.rabbit import RabbitBroker
from pamqp.common import FieldTable

from shared import topology
from shared.operators.dead_letters import Choice, Clerk, DeadLetter, Do, discard, gone_through, replay
from shared.operators.held_queue import HeldQueue, held_queue, opened_channel
from shared.operators.provision import apply
from tests.plumbing.real_broker import Vhost

QUEUE = "consent.consent-form.issued.v1"
SENDER: HeadersType = {"x-origin-key": "9901-school.consent-form.issued.v1", "x-origin-user": "9901-school"}


@asynccontextmanager
async def consent_on(url: str) -> AsyncIterator[RabbitBroker]:
    """Declare what the consent service declares, and its one queue."""
    broker = RabbitBroker(url)
    await broker.connect()
    await topology.declare(broker, "consent", (60,))
    queue = await broker.declare_queue(topology.work_queue(QUEUE, "*.consent-form.issued.v1"))
    await queue.bind("agency.in", "*.consent-form.issued.v1")
    yield broker
    await broker.stop()


def died(id_: str, reason: str = "KeyError", origin: str = QUEUE) -> Message:
    """Return a dead letter as the house leaves it."""
    ours: HeadersType = {"x-origin-queue": origin, "x-reason": reason, "x-attempt": 4}
    return Message(
        b'{"a": 1}',
        headers=SENDER | ours | {"x-content-type": "application/json"},
        message_id=id_,
        correlation_id=f"c-{id_}",
        content_type="application/octet-stream",
    )


async def bury(url: str, *letters: Message) -> None:
    """Put letters into the service's dead letters."""
    async with opened_channel(url) as channel:
        dead = await channel.get_exchange("dead")
        for letter in letters:
            await dead.publish(letter, QUEUE)


async def lying_in(url: str, queue: str = "consent.dead") -> list[str | None]:
    """Return the ids in a queue, in order."""
    async with held_queue(url, queue) as held:
        return [message.message_id async for message in held.arriving()]


async def until_there_are(letters: int, vhost: Vhost) -> None:
    """Wait for the broker to have set so many messages aside."""
    for _ in range(100):
        if len(await lying_in(vhost.rabbitmq_url)) >= letters:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError


class Record:
    """The acts written down, and what still lay unacknowledged when each was."""

    def __init__(self) -> None:
        self.acts: list[dict[str, Any]] = []
        self.clerk = Clerk("tester", self.write)

    async def write(self, row: dict[str, Any]) -> None:
        """Keep a row."""
        self.acts.append(row)

    async def do(self, url: str, choice: Choice, do: Do | None) -> list[str]:
        """Go through the dead letters and return what could not be done."""
        async with held_queue(url, "consent.dead") as queue:
            return [why async for _, why in gone_through(queue, choice, do, self.clerk) if why]


async def test_looking_leaves_every_letter_in_its_place(vhost: Vhost) -> None:
    """After a list the same letters lie in the same order, and nothing is on the record."""
    async with consent_on(vhost.rabbitmq_url):
        ids = [f"m{number}" for number in range(30)]
        await bury(vhost.rabbitmq_url, *map(died, ids))
        record = Record()
        assert [] == await record.do(vhost.rabbitmq_url, Choice(reason="KeyError"), None)
        assert ids == await lying_in(vhost.rabbitmq_url)
        assert [] == record.acts


async def test_a_replayed_letter_keeps_its_id_and_its_sender_and_starts_over(vhost: Vhost) -> None:
    """It lies in the queue it came from with its first content type, no attempts, and who replayed it."""
    async with consent_on(vhost.rabbitmq_url) as broker:
        await bury(vhost.rabbitmq_url, died("m1"), died("m2", reason="ValueError"), died("m3"))
        record = Record()
        assert [] == await record.do(vhost.rabbitmq_url, Choice(reason="KeyError"), replay)
        assert ["m2"] == await lying_in(vhost.rabbitmq_url)
        queue = await broker.declare_queue(topology.work_queue(QUEUE, ""))
        again = [await queue.get(), await queue.get()]
        assert ["m1", "m3"] == [message.message_id for message in again]
        assert "c-m1" == again[0].correlation_id
        assert "application/json" == again[0].content_type
        headers = {"x-delivery-count": 0} | SENDER | {"x-origin-queue": QUEUE, "x-replayed-by": record.clerk.mark}
        assert headers == {"x-delivery-count": 0} | dict(again[0].headers)
        assert [("replayed", "m1"), ("replayed", "m3")] == [(row["act"], row["message_id"]) for row in record.acts]


async def test_an_act_that_cannot_be_recorded_is_not_done(vhost: Vhost) -> None:
    """When the record cannot be written the letter is neither sent nor lost."""

    async def write(_: dict[str, Any]) -> None:
        raise ConnectionError

    async with consent_on(vhost.rabbitmq_url):
        await bury(vhost.rabbitmq_url, died("m1"))
        record = Record()
        record.clerk = Clerk("tester", write)
        for do in (replay, discard):
            with pytest.raises(ConnectionError):
                await record.do(vhost.rabbitmq_url, Choice(), do)
        assert ["m1"] == await lying_in(vhost.rabbitmq_url)
        assert [] == await lying_in(vhost.rabbitmq_url, QUEUE)


async def test_a_letter_that_dies_again_is_not_replayed_twice_in_one_round(vhost: Vhost) -> None:
    """A poison letter ends a round instead of going round in it, even one without an id."""
    async with consent_on(vhost.rabbitmq_url) as broker:
        queue = await broker.declare_queue(topology.work_queue(QUEUE, ""))
        await bury(vhost.rabbitmq_url, died(""), died("m2"))
        record = Record()

        async def replay_and_die(held: HeldQueue, letter: DeadLetter, clerk: Clerk) -> None:
            await replay(held, letter, clerk)
            again = await queue.get()
            copy = died(again.message_id or "")
            copy.headers |= again.headers
            await bury(vhost.rabbitmq_url, copy)
            await again.ack()

        assert [] == await record.do(vhost.rabbitmq_url, Choice(), replay_and_die)
        assert ["replayed", "replayed"] == [row["act"] for row in record.acts]
        assert 2 == len(await lying_in(vhost.rabbitmq_url))


@pytest.mark.parametrize("origin", ["consent.gone.v1", "agency.out.9901-police", "consent.dead", ""])
async def test_a_letter_goes_only_to_a_living_queue_of_its_own_service(vhost: Vhost, origin: str) -> None:
    """A queue that is gone, another's, the dead letters themselves or none at all: the letter stays."""
    async with consent_on(vhost.rabbitmq_url):
        await bury(vhost.rabbitmq_url, died("m1", origin=origin))
        refusals = await Record().do(vhost.rabbitmq_url, Choice(), replay)
        assert 1 == len(refusals)
        assert ["m1"] == await lying_in(vhost.rabbitmq_url)


async def test_what_the_broker_set_aside_is_replayed_with_the_sender_the_broker_vouched_for(
    vhost: Vhost,
) -> None:
    """Its own headers are an agency's words: the key and the user come from the broker, so nobody can be posed as."""
    async with consent_on(vhost.rabbitmq_url) as broker, opened_channel(vhost.rabbitmq_url) as channel:
        admin = vhost.rabbitmq_url.split("//")[1].split(":")[0]
        police = "9901-police"
        forged: HeadersType = {"x-origin-user": police, "x-origin-key": f"{police}.a.v1", "x-origin-queue": "consent.b"}
        agency_in = await channel.get_exchange("agency.in")
        message = Message(b"{}", headers=forged, message_id="m1", user_id=admin)
        await agency_in.publish(message, "9901-school.consent-form.issued.v1")
        queue = await broker.declare_queue(topology.work_queue(QUEUE, ""))
        await (await queue.get()).reject()
        record = Record()
        for _ in range(50):
            if await lying_in(vhost.rabbitmq_url):
                break
        assert [] == await record.do(vhost.rabbitmq_url, Choice(reason="rejected"), replay)
        again = await queue.get()
        assert admin == again.headers["x-origin-user"]
        assert "9901-school.consent-form.issued.v1" == again.headers["x-origin-key"]
        assert "x-death" not in again.headers


async def test_a_forged_death_does_not_make_an_agency_another(vhost: Vhost) -> None:
    """RabbitMQ keeps the entry it finds for a queue and a reason; its exchange and keys may be an agency's words."""
    school, police = (next(id_ for id_ in vhost.keys if id_.endswith(kind)) for kind in ("school", "police"))
    list(apply(vhost.broker, vhost.keys))
    async with consent_on(vhost.rabbitmq_url) as broker, opened_channel(vhost.url_as(school)) as channel:
        death: FieldTable = {
            "queue": QUEUE,
            "reason": "expired",
            "exchange": "",
            "routing-keys": [f"{police}.a.v1"],
            "count": 1,
        }
        forged: HeadersType = {"x-origin-user": police, "x-origin-key": f"{police}.a.v1", "x-death": [death]}
        agency_in = await channel.get_exchange("agency.in", ensure=False)
        for user_id in (school, None):
            message = Message(b"{}", headers=forged, message_id="m", user_id=user_id, expiration=0.01)
            await agency_in.publish(message, f"{school}.consent-form.issued.v1")
        await until_there_are(2, vhost)
        assert [] == await Record().do(vhost.rabbitmq_url, Choice(reason="expired"), replay)
        queue = await broker.declare_queue(topology.work_queue(QUEUE, ""))
        again = [await queue.get(), await queue.get()]
        assert [school, ""] == [message.headers["x-origin-user"] for message in again]


async def test_a_replayed_letter_takes_no_copies_along(vhost: Vhost) -> None:
    """RabbitMQ follows a `CC` header with the rights of whoever publishes, and a replay has the house's."""
    async with consent_on(vhost.rabbitmq_url) as broker, opened_channel(vhost.rabbitmq_url) as channel:
        other = await channel.declare_queue("agency.out.9901-police", auto_delete=True)
        letter = died("m1")
        letter.headers["CC"] = [other.name]
        await bury(vhost.rabbitmq_url, letter)
        assert [] == await Record().do(vhost.rabbitmq_url, Choice(), replay)
        queue = await broker.declare_queue(topology.work_queue(QUEUE, ""))
        assert "CC" not in (await queue.get()).headers
        assert await other.get(fail=False) is None


async def test_discarding_takes_only_what_was_chosen(vhost: Vhost) -> None:
    """The others keep their order; the discarded one is on the record."""
    async with consent_on(vhost.rabbitmq_url):
        await bury(vhost.rabbitmq_url, *map(died, ("m1", "m2", "m3")))
        record = Record()
        assert [] == await record.do(vhost.rabbitmq_url, Choice(id="m2"), discard)
        assert ["m1", "m3"] == await lying_in(vhost.rabbitmq_url)
        assert [("discarded", "m2")] == [(row["act"], row["message_id"]) for row in record.acts]
