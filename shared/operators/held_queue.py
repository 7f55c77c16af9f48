"""A queue looked into by hand: messages are taken, shown, and put back in the order they lay in.

What the caller has not acknowledged goes back in one step when the block ends; merely closing the channel would put it
back in another order (tried on RabbitMQ 3.10.8).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, ChannelNotFoundEntity

from shared.broker import user_in

LOOK_AGAIN_SECONDS = 0.2
OUT_OF_REACH = (AMQPError, ChannelInvalidStateError, ConnectionResetError, TimeoutError, asyncio.CancelledError)
"""What a broker that is gone, or says no, looks like; aio-pika may cancel what waits when a connection dies."""


class NotPossible(Exception):
    """What was asked for cannot be done; the text is the one line that tells the operator why."""


@asynccontextmanager
async def opened_channel(url: str) -> AsyncIterator[AbstractChannel]:
    """Open a connection of its own, and a channel that confirms and that raises for what cannot be routed."""
    async with await aio_pika.connect(url, timeout=10) as connection:
        yield await connection.channel(publisher_confirms=True, on_return_raises=True)


@asynccontextmanager
async def held_queue(url: str, name: str) -> AsyncIterator[HeldQueue]:
    """Hold a queue's messages; at the end everything not acknowledged is back in its place."""
    async with opened_channel(url) as channel:
        try:
            queue = await channel.declare_queue(name, passive=True)
        except ChannelNotFoundEntity:
            raise NotPossible(f"Kön {name} finns inte.") from None
        try:
            yield HeldQueue(channel, name, queue.declaration_result.message_count or 0, user_in(url))
        finally:
            if not channel.is_closed:
                underlay = await channel.get_underlay_channel()
                await underlay.basic_nack(0, multiple=True, requeue=True)  # 0: everything not yet acknowledged


class HeldQueue:
    """A queue whose messages are held, not removed."""

    def __init__(self, channel: AbstractChannel, name: str, count: int, user: str) -> None:
        self.channel = channel
        self.user = user
        self.name = name
        self.count = count

    async def arriving(self, seconds: float | None = 0) -> AsyncIterator[AbstractIncomingMessage]:
        """Yield what lies there, and what comes within so many seconds, or until the caller stops if None."""
        queue, started = await self.channel.get_queue(self.name, ensure=False), monotonic()
        while True:
            if (message := await queue.get(fail=False)) is not None:
                yield message
            elif seconds is not None and monotonic() - started >= seconds:
                return
            else:
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
