"""All agencies of the file at once: each listens on its own queue as its own user, and speaks as itself.

Every listener keeps everything it gets, in order, repeats included: what is counted at the end must be what came.
"""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from deploy.demo.received import Received
from deploy.demo.story import Step
from shared.operators import agency_client
from shared.settings import Settings


class Agencies:
    """The agencies' own systems, for as long as the block lasts."""

    def __init__(self, settings: Settings, agency_ids: list[str]) -> None:
        self.received: list[Received] = []
        self._settings = settings
        self._ids = agency_ids
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Agencies:
        for agency_id in self._ids:
            connection = await aio_pika.connect(agency_client.url_as(self._settings, agency_id), timeout=10)
            await self._open.enter_async_context(connection)
            channel = await connection.channel()
            queue = await channel.get_queue(agency_client.queue_of(agency_id), ensure=False)
            await queue.consume(self._listener(agency_id))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def say(self, step: Step) -> None:
        """Send a step's message as its agency and return when the broker has confirmed it."""
        letter = agency_client.letter(step.agency, json.dumps(step.event, ensure_ascii=False).encode(), binary=False)
        url = agency_client.url_as(self._settings, step.agency)
        async for _ in agency_client.publish(url, step.agency, [letter]):
            pass

    def _listener(self, agency_id: str) -> Any:
        async def keep(message: AbstractIncomingMessage) -> None:
            got = agency_client.received(message)
            self.received.append(
                Received(
                    agency_id, str(got["type"]), str(got["time"]), str(got["message_id"]),
                    str(got["correlation_id"]), got["data"],
                )
            )  # fmt: skip
            await message.ack()

        return keep
