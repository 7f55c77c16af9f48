"""One agency's own system on its own connection: it may send anything at all, and keeps every answer it gets."""

from __future__ import annotations

import asyncio
import copy
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.operators.agency_client import queue_of, url_as
from shared.settings import Settings
from tests.house import sample

STRUCTURED, BINARY = "application/cloudevents+json", "application/json"
PATIENCE_SECONDS = 30
ENTITY_IDS = ("observation_id", "place_event_id", "form_id", "series_id")
Event = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the house answered, and under which message id."""

    message_id: str
    type: str
    data: dict[str, Any]

    @property
    def codes(self) -> set[str]:
        """The codes of a rejection; empty where it was accepted."""
        return {each["code"] for each in self.data.get("errors", ())}


@dataclass
class OneAgency:
    """An agency that is connected and listens."""

    id: str
    channel: AbstractChannel
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    _came: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    async def say(self, event: Event, *, binary: bool = False, **properties: Any) -> str:
        """Send a CloudEvent in one of the two modes and return its id."""
        headers = {f"ce-{name}": str(value) for name, value in event.items() if name != "data"} if binary else {}
        body = json.dumps(event["data"] if binary else event, ensure_ascii=False).encode()
        return await self.send(
            body,
            event["type"],
            **{"message_id": event["id"], "content_type": BINARY if binary else STRUCTURED, "headers": headers}
            | properties,
        )

    async def send(self, body: bytes, type_: str, **properties: Any) -> str:
        """Send any bytes under a key of the agency's own and return the message id, once the broker has confirmed."""
        message_id = str(properties.setdefault("message_id", str(uuid4())))
        properties = {"user_id": self.id, "content_type": STRUCTURED} | properties
        exchange = await self.channel.get_exchange("agency.in", ensure=False)
        message = Message(body, delivery_mode=DeliveryMode.PERSISTENT, **properties)
        await exchange.publish(message, f"{self.id}.{type_}", timeout=PATIENCE_SECONDS)
        return message_id

    async def answer_to(self, submission_id: str, patience: float = PATIENCE_SECONDS) -> Answer:
        """Return the first answer to a submission."""
        async with asyncio.timeout(patience):
            await self._came[submission_id].wait()
        return self.answers[submission_id][0]

    async def asks(self, event: Event, **properties: Any) -> Answer:
        """Send a CloudEvent and return the answer to it."""
        return await self.answer_to(await self.say(event, **properties))

    async def keep(self, message: AbstractIncomingMessage) -> None:
        """Keep an answer."""
        data = json.loads(message.body)
        answer = Answer(str(message.message_id), str(message.headers["ce-type"]), data)
        self.answers[str(message.correlation_id)].append(answer)
        self._came[str(message.correlation_id)].set()
        await message.ack()


@asynccontextmanager
async def speaking_as(settings: Settings, agency_id: str) -> AsyncIterator[OneAgency]:
    """Connect as an agency for as long as the block lasts."""
    async with await aio_pika.connect(url_as(settings, agency_id), timeout=PATIENCE_SECONDS) as connection:
        agency = OneAgency(agency_id, await connection.channel())
        listening = await connection.channel()
        queue = await listening.get_queue(queue_of(agency_id), ensure=False)
        await queue.consume(agency.keep)
        yield agency


def fresh(agency_id: str, name: str = "observation.submitted.school.v1", **changes: Any) -> Event:
    """Return a sample as that agency would send it, about something new; `changes` are to its data."""
    event = copy.deepcopy(sample("in", name))
    event |= {"id": str(uuid4()), "source": f"/agency/{agency_id}"}
    event["data"] |= {name: str(uuid4()) for name in ENTITY_IDS if name in event["data"]} | changes
    return event
