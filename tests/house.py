"""The whole house in one process: all five services' handlers on a real database, with a loop-back for a broker.

It hands every message to the queues its binding names, in the order a test asks for, as often as it asks. What only a
real broker shows (acks, confirms, redelivery, dead-lettering, permissions) is tested in `tests/live`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast
from uuid import uuid4

from faststream.rabbit import RabbitBroker
from faststream.rabbit.subscriber import RabbitSubscriber
from faststream.rabbit.testing import TestRabbitBroker, build_message

from services.consent.app import service as consent
from services.meetings.app import service as meetings
from services.notifier.app import service as notifier
from services.observations.app import service as observations
from services.reporting.app import service as reporting
from shared import register
from shared.clock import whole_milliseconds
from shared.delivery import ORIGIN_KEY, ORIGIN_USER
from shared.ends import ENDS
from shared.mongo import Mongo
from shared.operators.weeding import Weeding
from shared.outbox import OUTBOX
from shared.outgoing import EVENTS, Outgoing
from shared.room import Room
from shared.service import Service, open_room
from shared.settings import Settings
from shared.topology import AGENCY_IN, UNROUTED
from shared.transaction import INBOX
from shared.vault import KEYS, Erasure, Person

SERVICES: tuple[Service, ...] = (consent, observations, meetings, reporting, notifier)
SAMPLES = Path(__file__).parent / "messages"


def sample(direction: str, name: str) -> dict[str, Any]:
    """Return a contract sample: a structured-mode CloudEvent."""
    event: dict[str, Any] = json.loads((SAMPLES / direction / f"{name}.json").read_text(encoding="utf-8"))
    return event


def changed(name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an agency's sample says with these fields changed, as a submission of its own."""
    event = sample("in", name)
    event["id"] = str(uuid4())
    event["data"] |= changes
    return event


VAULT_COLLECTIONS = (
    *(KEYS, ENDS, Person.collection, Erasure.collection, Weeding.collection),
    *(shape.collection for shape in register.SHAPES),
)
"""What is stored beside the services: keys, persons, and what operators have done about them."""


@dataclass
class SetClock:
    """A clock that stands where it is put."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was put at."""
        return whole_milliseconds(self.moment)


@dataclass(frozen=True)
class Arrival:
    """A message in front of a queue."""

    queue: str
    outgoing: Outgoing
    exchange: str
    user_id: str | None = None


@dataclass
class House:
    """Five rooms, one clock, and everything that is on its way."""

    rooms: dict[str, Room]
    clock: SetClock
    broker: RabbitBroker
    waiting: list[Arrival] = field(default_factory=list)
    received: dict[str, list[Outgoing]] = field(default_factory=lambda: defaultdict(list))
    dead: list[Outgoing] = field(default_factory=list)
    travelled: list[Outgoing] = field(default_factory=list)

    def say(self, agency_id: str, event: dict[str, Any], *, binary: bool = False, **properties: Any) -> str:
        """Send a CloudEvent as that agency would, and return its id."""
        headers = {f"ce-{k}": str(v) for k, v in event.items() if k != "data"} if binary else {}
        body = event["data"] if binary else event
        self.send(
            agency_id,
            event["type"],
            json.dumps(body, ensure_ascii=False).encode(),
            message_id=event["id"],
            headers=headers,
            content_type="application/json" if binary else "application/cloudevents+json",
            **properties,
        )
        return str(event["id"])

    def send(self, agency_id: str, type_: str, body: bytes, **properties: Any) -> None:
        """Put raw bytes before the queues that are bound to the agency's key."""
        user_id = properties.pop("user_id", agency_id)
        outgoing = Outgoing(exchange=AGENCY_IN, routing_key=f"{agency_id}.{type_}", body=body, **properties)
        queues = self._queues(AGENCY_IN, f"*.{type_}") or self._queues(UNROUTED, "")
        self.waiting.extend(Arrival(queue, outgoing, AGENCY_IN, user_id) for queue in queues)

    async def settle(self, order: Random | None = None, repeat: float = 0.0) -> None:
        """Deliver until nothing is under way: first come first served, or in `order`'s order with some twice."""
        while self.waiting or await self._sweep():
            if not self.waiting:
                continue
            arrival = self.waiting.pop(order.randrange(len(self.waiting)) if order else 0)
            await self._deliver(arrival)
            if order is not None and order.random() < repeat:
                self.waiting.append(arrival)

    async def turn_clock(self, moment: datetime) -> None:
        """Put the clock there, and let everything that was due by then happen."""
        self.clock.moment = moment
        await self.settle()

    def told(self, agency_id: str, type_: str | None = None) -> list[dict[str, Any]]:
        """Return what an agency's queue holds, each message id once, as data."""
        by_id = {each.message_id: each for each in self.received[agency_id]}
        return [json.loads(each.body) for each in by_id.values() if type_ is None or each.headers["ce-type"] == type_]

    def answers_to(self, agency_id: str, submission_id: str) -> list[dict[str, Any]]:
        """Return the answers to one submission, each message id once."""
        return [each for each in self.told(agency_id) if each.get("submission_id") == submission_id]

    async def rows(self, service: str, collection: str) -> list[dict[str, Any]]:
        """Return everything a service has stored in one collection, by id."""
        return await self.rooms[service].db.find(collection, {}, sort=[("_id", 1)])

    async def post(self, outgoing: Outgoing) -> None:
        """Take the broker's place: put a message before every queue it is bound for."""
        self.travelled.append(outgoing)
        match outgoing.exchange:
            case "agency.out":
                self.received[outgoing.routing_key.split(".")[0]].append(outgoing)
            case "dead":
                self.dead.append(outgoing)
            case "retry":
                user_id = outgoing.headers.get(ORIGIN_USER)
                self.waiting.append(Arrival(outgoing.routing_key, outgoing, "", user_id))
            case _:
                queues = self._queues(EVENTS, outgoing.routing_key)
                if not queues:
                    raise LookupError(f"nobody hears {outgoing.routing_key}")
                self.waiting.extend(Arrival(queue, outgoing, EVENTS) for queue in queues)

    @property
    def subscribers(self) -> list[RabbitSubscriber]:
        """Every handler's subscriber."""
        return cast("list[RabbitSubscriber]", self.broker.subscribers)

    def _queues(self, exchange: str, binding: str) -> list[str]:
        return [
            subscriber.queue.name
            for subscriber in self.subscribers
            if subscriber.exchange.name == exchange and subscriber.queue.routing_key == binding
        ]

    async def _deliver(self, arrival: Arrival) -> None:
        outgoing = arrival.outgoing
        message = await build_message(
            outgoing.body,
            exchange=arrival.exchange,
            routing_key=outgoing.headers.get(ORIGIN_KEY) or outgoing.routing_key,
            headers=dict(outgoing.headers),
            content_type=outgoing.content_type,
            message_id=outgoing.message_id,
            correlation_id=outgoing.correlation_id,
            user_id=arrival.user_id,
        )
        subscriber = next(each for each in self.subscribers if each.queue.name == arrival.queue)
        await subscriber.process_message(message)

    async def _sweep(self) -> int:
        return sum([await room.relay.sweep() for room in self.rooms.values()])


H = TypeVar("H", bound=House)


@asynccontextmanager
async def open_house_of(
    kind: type[H], mongo: Mongo, settings: Settings, start: datetime, hold_seconds: float = 0
) -> AsyncIterator[H]:
    """Open an empty house. One at a time: all of a test process's houses share the loop-back and the databases."""
    clock = SetClock(start)
    house = kind(rooms={}, clock=clock, broker=_one_broker())
    own = settings.model_copy(update={"database_prefix": f"house_{mongo.driver}_", "hold_seconds": hold_seconds})
    await _empty(mongo, own)
    for service in SERVICES:
        room = await open_room(service, own, mongo, house.post, clock)
        house.rooms[service.name] = room
        if service.on_start is not None:
            async with room.transaction() as tx:
                await service.on_start(tx)
    house.broker.context.set_global("rooms", house.rooms)
    async with TestRabbitBroker(house.broker):
        yield house
    for room in house.rooms.values():
        await room.vault.close()


def open_house(
    mongo: Mongo, settings: Settings, start: datetime, hold_seconds: float = 0
) -> AbstractAsyncContextManager[House]:
    """Open an empty house of the usual kind."""
    return open_house_of(House, mongo, settings, start, hold_seconds)


async def _empty(mongo: Mongo, settings: Settings) -> None:
    # Emptied and not dropped: making a collection with its indexes costs far more than a test does.
    for service in SERVICES:
        db = mongo.database(settings.database_prefix + service.name)
        for name in {INBOX, OUTBOX, *(shape.collection for shape in service.shapes)}:
            await db.delete(name, {})
    vault = mongo.database(settings.database_prefix + "vault")
    for name in VAULT_COLLECTIONS:
        await vault.delete(name, {})


_BROKER: list[RabbitBroker] = []


def _one_broker() -> RabbitBroker:
    # A router belongs to one broker for good, so the test process has one.
    if not _BROKER:
        broker = RabbitBroker()
        for service in SERVICES:
            broker.include_router(service.router)
        _BROKER.append(broker)
    return _BROKER[0]
