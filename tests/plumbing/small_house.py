"""A house with one small service in it, to look at the plumbing alone: its database is real, its broker a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, cast

from faststream.rabbit import RabbitBroker
from faststream.rabbit.subscriber import RabbitSubscriber
from faststream.rabbit.testing import TestRabbitBroker, build_message
from pymongo.errors import AutoReconnect

from shared.document import Document
from shared.events.consent import ConsentEnforced
from shared.messaging import ServiceRouter
from shared.mongo import Database, Mongo, Row, Write, replace
from shared.outbox import OUTBOX
from shared.outgoing import EVENTS, RETRY, Outgoing
from shared.room import Room
from shared.service import Service, open_room
from shared.settings import Settings
from shared.transaction import INBOX
from tests.conftest import OPENING
from tests.house import SetClock

NAME = "plumbing"
EVENTS_QUEUE = f"{NAME}.{ConsentEnforced.type}"
LONG_AGO = datetime.fromtimestamp(0, UTC)


class Tally(Document):
    """Something that several handlers count on at once."""

    collection: ClassVar[str] = "tallies"

    count: int = 0


@dataclass
class Sent:
    """The way out: it keeps what it is handed, unless `fault` has something to raise or to wait for."""

    messages: list[Outgoing] = field(default_factory=list)
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Callable[[Outgoing], BaseException | asyncio.Event | None] = lambda _: None

    async def __call__(self, outgoing: Outgoing) -> None:
        """Take a message."""
        self.tried.set()
        await asyncio.sleep(0)
        match self.fault(outgoing):
            case BaseException() as error:
                raise error
            case asyncio.Event() as released:
                await released.wait()
        self.messages.append(outgoing)

    @property
    def ids(self) -> list[str]:
        """The ids of what was taken, in order."""
        return [each.message_id for each in self.messages]


class ShakyMongo(Mongo):
    """A client whose database can be away for a number of commits, or throw at whoever reads."""

    outages = 0
    thrown: Iterator[BaseException] = iter(())

    def database(self, name: str) -> Database:
        """Return a database that goes away with it."""
        return ShakyDatabase(self, name)


class ShakyDatabase(Database):
    """A database that is away for some commits, as a real one is while it restarts."""

    async def find(
        self, collection: str, where: Row, sort: Sequence[tuple[str, int]] = (), limit: int = 0
    ) -> list[Row]:
        """Return the rows, unless there is something to throw."""
        mongo = cast("ShakyMongo", self.mongo)
        for error in mongo.thrown:
            raise error
        return await super().find(collection, where, sort, limit)

    async def commit(self, writes: Sequence[Write]) -> None:
        """Commit, unless it is away."""
        mongo = cast("ShakyMongo", self.mongo)
        if mongo.outages:
            mongo.outages -= 1
            raise AutoReconnect("the database is away")
        await super().commit(writes)


@dataclass
class SmallHouse:
    """The room of the one service, its clock, its way out and its subscribers."""

    room: Room
    clock: SetClock
    sent: Sent
    broker: RabbitBroker

    async def hear(self, event: ConsentEnforced, message_id: str) -> str:
        """Deliver an event as the exchange `events` would; return how the delivery was settled."""
        body = event.model_dump_json().encode()
        return await self.deliver(EVENTS_QUEUE, Outgoing(EVENTS, event.type, body, message_id), EVENTS)

    async def deliver(self, queue: str, outgoing: Outgoing, exchange: str, user_id: str | None = None) -> str:
        """Deliver a message; return what the broker is told: `acknowledged`, or `rejected` and why."""
        message = await build_message(
            outgoing.body,
            exchange=exchange,
            routing_key=outgoing.routing_key,
            headers=dict(outgoing.headers),
            content_type=outgoing.content_type,
            message_id=outgoing.message_id,
            correlation_id=outgoing.correlation_id,
            user_id=user_id,
        )
        subscribers = cast("list[RabbitSubscriber]", self.broker.subscribers)
        subscriber = next(each for each in subscribers if each.queue.name == queue)
        try:
            await subscriber.process_message(message)
        except Exception as error:  # noqa: BLE001 - what reaches the subscriber is what the real broker is told
            return f"rejected: {type(error).__name__}"
        return "acknowledged"

    async def let_the_tier_return(self) -> str:
        """Deliver the last message that went to a retry tier, as the broker does when its time is up."""
        waiting = self.sent.messages[-1]
        assert RETRY == waiting.exchange
        return await self.deliver(waiting.routing_key, waiting, "")

    async def rows(self, collection: str) -> list[Row]:
        """Return what is stored in a collection."""
        return await self.room.db.find(collection, {}, sort=[("_id", 1)])

    async def let_leases_run_out(self) -> None:
        """Let time pass for those who hold rows."""
        await self.room.db.change(OUTBOX, {}, {"$set": {"leased_until": LONG_AGO}})


@asynccontextmanager
async def open_small_house(
    mongo: Mongo, settings: Settings, handlers: Callable[[ServiceRouter], None] = lambda _: None
) -> AsyncIterator[SmallHouse]:
    """Open it empty, with the handlers that the function registers."""
    router = ServiceRouter(NAME)
    handlers(router)
    own = settings.model_copy(update={"database_prefix": f"{NAME}_{mongo.driver}_", "hold_seconds": 0})
    service = Service(NAME, router, shapes=(Tally,))
    clock, sent, broker = SetClock(OPENING), Sent(), RabbitBroker()
    room = await open_room(service, own, mongo, sent, clock)
    for collection in (INBOX, OUTBOX, Tally.collection):
        await room.db.delete(collection, {})
    broker.include_router(router)
    broker.context.set_global("rooms", {NAME: room})
    async with TestRabbitBroker(broker):
        yield SmallHouse(room, clock, sent, broker)
    await room.vault.close()


def enforced(form_id: str) -> ConsentEnforced:
    """Return an event; which one does not matter here."""
    return ConsentEnforced(form_id=form_id, by="meetings", enforced_at=OPENING)


def said_in(small: SmallHouse) -> list[str]:
    """Return the ids in the events that were said, in order."""
    said = [each.body for each in small.sent.messages if each.exchange == EVENTS]
    return [ConsentEnforced.model_validate_json(body).form_id for body in said]


async def write_first(small: SmallHouse, tally: Tally) -> None:
    """Write a document that a handler has just read, as another replica would."""
    rival = tally.model_copy(update={"count": tally.count + 100})
    write = replace({"_id": tally.id}, rival.row(), or_insert=True)
    await small.room.db.commit((Write(Tally.collection, (write,)),))
