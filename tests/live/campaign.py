"""A campaign of killings: submissions stream in while services are killed and the broker restarted; then the count."""

from __future__ import annotations

import asyncio
import importlib
import time
from dataclasses import dataclass
from random import Random

from deploy.demo.story import HOUSING, LEISURE, POLICE, SCHOOL, SOCIAL
from deploy.local.infrastructure import Infrastructure
from deploy.local.processes import SERVICES, ServiceProcesses
from shared.mongo import Mongo
from shared.operators.held_queue import opened_channel
from shared.outbox import OUTBOX, real_now
from shared.settings import Settings
from tests.live.agency_side import AgencySide
from tests.live.youths import Submission, submissions_of

AGENCIES = (SOCIAL, SCHOOL, POLICE, LEISURE, HOUSING)
KILLED = ("consent", "observations", "meetings", "reporting")
STANDSTILL_SECONDS = 180
"""More than a lease and the two shorter retry tiers together."""


@dataclass
class Campaign:
    """One run: what to send, how often to kill, and what came of it."""

    infrastructure: Infrastructure
    services: ServiceProcesses
    settings: Settings
    youths: int
    kills: int
    broker_restarts: int = 1
    seed: int = 2182
    killed: int = 0
    restarted: int = 0
    seconds: float = 0.0
    _received_before: int = 0

    async def run(self, side: AgencySide) -> list[Submission]:
        """Send everything through the killings, and return what was sent once the house is quiet again."""
        begun = time.monotonic()
        sent = [each for serial in range(self.youths) for each in submissions_of(serial)]
        Random(self.seed).shuffle(sent)
        await side.open(AGENCIES)
        try:
            await asyncio.gather(side.submit(sent), self._kill_on(side, len(sent)))
            await self.until_quiet(side, len(sent))
        finally:
            await side.close()
        self.seconds = time.monotonic() - begun
        return sent

    async def dead_letters(self) -> int:
        """Return how many messages lie in the services' dead queues."""
        async with opened_channel(self.settings.rabbitmq_url) as channel:
            queues = [await channel.declare_queue(f"{name}.dead", passive=True) for name in SERVICES]
            return sum(queue.declaration_result.message_count or 0 for queue in queues)

    async def rows(self, service: str, collection: str, **where: str) -> int:
        """Return how many documents a service has stored in a collection that say this."""
        mongo = Mongo(self.settings.mongodb_uri)
        try:
            return len(await mongo.database(self.settings.database_prefix + service).find(collection, dict(where)))
        finally:
            await mongo.close()

    async def _kill_on(self, side: AgencySide, submissions: int) -> None:
        """Kill a service each time a further share of the answers has come, or five seconds have passed."""
        choose = Random(self.seed)
        broker_turns = {(turn + 1) * self.kills // (self.broker_restarts + 1) for turn in range(self.broker_restarts)}
        for turn in range(1, self.kills + 1):
            await self._some_progress(side, turn * submissions // (self.kills + 2))
            if turn in broker_turns:
                await asyncio.to_thread(self.infrastructure.restart_broker)
                self.restarted += 1
            await asyncio.to_thread(self.services.restart, choose.choice(KILLED))
            self.killed += 1

    async def _some_progress(self, side: AgencySide, answers: int) -> None:
        deadline = time.monotonic() + 5
        while len(side.answer_ids) < answers and time.monotonic() < deadline:  # noqa: ASYNC110 - bounded
            await asyncio.sleep(0.05)

    async def until_quiet(self, side: AgencySide, submissions: int) -> None:
        """Wait for the house to come to rest; fail when it stands still before it has."""
        seen, moved_at = await self._unrest(side, submissions), time.monotonic()
        while any(seen.values()):
            await asyncio.sleep(2)
            now = await self._unrest(side, submissions)
            if now != seen:
                seen, moved_at = now, time.monotonic()
            if time.monotonic() - moved_at > STANDSTILL_SECONDS:
                raise AssertionError(f"the house stands still and is not at rest: {seen}")

    async def _unrest(self, side: AgencySide, submissions: int) -> dict[str, int]:
        """Return what is still to come, by where it waits."""
        undelivered = {name: await self._undelivered(name) for name in SERVICES}
        received = sum(len(got) for got in side.received.values())
        arriving = received - self._received_before
        self._received_before = received
        return {"unanswered": submissions - len(side.answer_ids), "arriving": arriving} | undelivered

    async def _undelivered(self, service: str) -> int:
        """Return how many messages wait before a service: in its queues, its retry tiers, its outbox, held ones too."""
        queues = await self._queued(service)
        mongo = Mongo(self.settings.mongodb_uri)
        try:
            rows = await mongo.database(self.settings.database_prefix + service).find(
                OUTBOX, {"$or": [{"due_at": {"$lte": real_now()}}, {"resting_on": {"$exists": True}}]}
            )
        finally:
            await mongo.close()
        return queues + len(rows)

    async def _queued(self, service: str) -> int:
        module = importlib.import_module(f"services.{service}.app")
        names = list(module.service.router.heard)
        names += [f"{service}.retry.{seconds}s" for seconds in self.settings.retry_seconds]
        async with opened_channel(self.settings.rabbitmq_url) as channel:
            queues = [await channel.declare_queue(name, passive=True) for name in names]
            return sum(queue.declaration_result.message_count or 0 for queue in queues)
