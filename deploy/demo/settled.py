"""Whether the house has done all it has to do: nothing left to send, and nothing sent that is not handled.

A tap beside the services' own queues sees every event that some service hears; a service has handled one when its
inbox holds it, and that commit holds what follows from it. So looking in this order (tap, inboxes, outboxes, tap)
never calls a house settled that is not. The tap is bound to heard keys only: it must not hide that nobody hears one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aio_pika.abc import AbstractQueue

from deploy.local.processes import SERVICES
from shared.clock import Clock
from shared.mongo import Database, Mongo
from shared.operators.held_queue import opened_channel
from shared.operators.provision import Broker
from shared.outbox import OUTBOX
from shared.outgoing import EVENTS
from shared.settings import Settings
from shared.transaction import INBOX


@dataclass(frozen=True)
class Seen:
    """One event between services."""

    message_id: str
    type: str
    body: str


class Workings:
    """The inside of the house, watched for as long as the block lasts."""

    def __init__(self, settings: Settings, mongo: Mongo, clock: Clock) -> None:
        self.events: list[Seen] = []
        self._settings = settings
        self._clock = clock
        self._databases = {name: mongo.database(settings.database_prefix + name) for name in SERVICES}
        self._broker = Broker(settings.rabbitmq_management_url or "", settings.rabbitmq_url)
        self._hearing: dict[str, list[str]] = defaultdict(list)
        self._unhandled: set[tuple[str, str]] = set()
        self._tap: AbstractQueue | None = None
        self._open = AsyncExitStack()

    def database(self, service: str) -> Database:
        """Return a service's database."""
        return self._databases[service]

    async def __aenter__(self) -> Workings:
        channel = await self._open.enter_async_context(opened_channel(self._settings.rabbitmq_url))
        self._tap = await channel.declare_queue(exclusive=True)
        for binding in self._broker.read(f"bindings/{self._broker.vhost}"):
            if binding["source"] == EVENTS:
                self._hearing[binding["routing_key"]].append(binding["destination"])
        for key in self._hearing:
            await self._tap.bind(EVENTS, key)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def unfinished(self) -> list[str]:
        """Return what the house still has to do, one line each; nothing means that it has settled."""
        await self._look()
        for queue, message_id in await self._handled():
            self._unhandled.discard((queue, message_id))
        unsent = [line for name in SERVICES if (line := await self._unsent(name))]
        await self._look()
        return [f"{queue} är inte hanterad" for queue, _ in sorted(self._unhandled)] + unsent

    async def left_in_queues(self) -> dict[str, int]:
        """Return how many messages lie in each queue that is not empty. Exact once nobody consumes any more."""
        rows = self._broker.read(f"queues/{self._broker.vhost}?columns=name,exclusive")
        names = [row["name"] for row in rows if not row.get("exclusive")]
        async with opened_channel(self._settings.rabbitmq_url) as channel:
            declared = [await channel.declare_queue(name, passive=True) for name in names]
        return {queue.name: count for queue in declared if (count := queue.declaration_result.message_count)}

    async def _look(self) -> None:
        while self._tap is not None and (message := await self._tap.get(no_ack=True, fail=False)) is not None:
            type_ = str(message.routing_key)
            self.events.append(Seen(str(message.message_id), type_, _readable(message.body)))
            self._unhandled |= {(queue, str(message.message_id)) for queue in self._hearing[type_]}

    async def _handled(self) -> list[tuple[str, str]]:
        asked: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for queue, message_id in self._unhandled:
            asked[queue.partition(".")[0]].append((queue, message_id))
        found = []
        for service, pairs in asked.items():
            rows = await self._databases[service].find(INBOX, {"_id": {"$in": [f"{q}:{id_}" for q, id_ in pairs]}})
            ids = {row["_id"] for row in rows}
            found += [(queue, id_) for queue, id_ in pairs if f"{queue}:{id_}" in ids]
        return found

    async def _unsent(self, service: str) -> str:
        rows = await self._databases[service].find(
            OUTBOX, {"$or": [{"due_at": {"$lte": self._clock.now()}}, {"resting_on": {"$exists": True}}]}
        )
        keys = sorted({row["routing_key"] for row in rows})
        return f"{service} har inte fått iväg {', '.join(keys)}" if keys else ""


def _readable(body: bytes) -> str:
    """Return a body as text to search in, its letters not escaped."""
    return json.dumps(json.loads(body), ensure_ascii=False)
