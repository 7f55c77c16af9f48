"""Agencies that never give up: each submission is sent until the broker has confirmed it, each answer is kept by id."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractRobustConnection

from shared.operators.agency_client import queue_of, url_as
from shared.settings import Settings

CONFIRM_SECONDS = 10
WINDOW = 50


@dataclass
class AgencySide:
    """All agencies' connections, what they have sent, and what they have received."""

    settings: Settings
    received: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    """By agency and message id: type, correlation id and data."""
    received_at: dict[str, float] = field(default_factory=dict)
    """By message id: when it first came, on the monotonic clock."""
    repeats: int = 0
    """Deliveries that carried a message id the agency had already: it drops them."""
    answer_ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _connections: dict[str, AbstractRobustConnection] = field(default_factory=dict)
    _channels: dict[str, AbstractChannel] = field(default_factory=dict)

    async def open(self, agency_ids: Iterable[str]) -> None:
        """Connect each agency as its own user and begin to listen."""
        for agency_id in agency_ids:
            connection = await aio_pika.connect_robust(url_as(self.settings, agency_id))
            self._connections[agency_id] = connection
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=200)
            # Declared, passively, and not merely named: only then does aio-pika consume again after an outage.
            queue = await channel.declare_queue(queue_of(agency_id), passive=True)
            await queue.consume(self._listener(agency_id))
            self._channels[agency_id] = await connection.channel()

    async def close(self) -> None:
        """Hang up."""
        for connection in self._connections.values():
            await connection.close()

    async def submit(self, events: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Send every event, many at a time, each until it is confirmed."""
        window = asyncio.Semaphore(WINDOW)

        async def send(agency_id: str, event: dict[str, Any]) -> None:
            async with window:
                while not await self._confirmed(agency_id, event):  # noqa: ASYNC110 - the broker tells nobody when it is back
                    await asyncio.sleep(0.5)

        await asyncio.gather(*(send(agency_id, event) for agency_id, event in events))

    def count(self, type_: str) -> Counter[str]:
        """Return how many messages of a type each agency has received, repeats not counted."""
        kinds = {agency: [each["type"] for each in got.values()] for agency, got in self.received.items()}
        return Counter({agency: types.count(type_) for agency, types in kinds.items()})

    async def _confirmed(self, agency_id: str, event: dict[str, Any]) -> bool:
        message = Message(
            json.dumps(event, ensure_ascii=False).encode(),
            content_type="application/cloudevents+json",
            message_id=event["id"],
            user_id=agency_id,
            delivery_mode=DeliveryMode.PERSISTENT,
        )
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                exchange = await self._channels[agency_id].get_exchange("agency.in", ensure=False)
                await exchange.publish(message, f"{agency_id}.{event['type']}")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return False
        except Exception:  # noqa: BLE001 - an outage leaves the outcome unknown: the same id is sent again
            return False
        return True

    def _listener(self, agency_id: str) -> Any:
        async def keep(message: AbstractIncomingMessage) -> None:
            message_id = str(message.message_id)
            if message_id in self.received[agency_id]:
                self.repeats += 1
            self.received_at.setdefault(message_id, time.monotonic())
            data = json.loads(message.body)
            type_ = str(message.headers["ce-type"])
            self.received[agency_id][message_id] = {"type": type_, "data": data}
            if type_.startswith("submission."):
                self.answer_ids[str(message.correlation_id)].add(message_id)
            await message.ack()

        return keep
