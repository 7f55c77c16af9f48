"""Two connections a service: one to consume, one to publish; and a stop that loses and repeats nothing.

FastStream may publish on a consumer's channel, past the confirm settings, when both share a broker object. The private
attributes that draining and health need are touched here and nowhere else (FastStream is pinned exactly).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from faststream.rabbit import Channel, RabbitBroker, RabbitExchange

from shared.outgoing import RETRY, Outgoing, Post

PUBLISH_SECONDS = 5
DRAIN_SECONDS = 20
RECONNECT_SECONDS = 1
ARRIVED_PAUSE_SECONDS = 0.1
"""Time for deliveries already on the socket to reach their handlers, which the close then waits for."""
DEFAULT_EXCHANGE = ""


def consuming_broker(url: str, service: str) -> RabbitBroker:
    """Return the broker object that a service's subscribers live on."""
    return _broker(url, f"{service}-consume")


def publishing_broker(url: str, service: str) -> RabbitBroker:
    """Return the broker object that publishes: every message confirmed, and returned when it has nowhere to go."""
    return _broker(url, f"{service}-publish", default_channel=Channel(publisher_confirms=True, on_return_raises=True))


def _broker(url: str, name: str, **options: Any) -> RabbitBroker:
    return RabbitBroker(
        f"{url}{'&' if '?' in url else '?'}name={name}",
        app_id="samverkan",
        graceful_timeout=DRAIN_SECONDS,
        fail_fast=False,
        reconnect_interval=RECONNECT_SECONDS,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        **options,
    )


def user_in(url: str) -> str:
    """Return the user that a broker's address logs in as."""
    return unquote(urlsplit(url).username or "guest")


def post_through(broker: RabbitBroker, exchanges: Iterable[RabbitExchange], user: str) -> Post:
    """Return the way out through a publishing broker. Raises unless the broker has confirmed the message.

    What goes to the retry tiers carries the user's name, which RabbitMQ checks: should the broker set it aside on its
    way back, the name is what tells the house's word for the sender from an agency's
    (`shared/operators/dead_letters.py`).
    """
    known = {exchange.name: exchange for exchange in exchanges} | {DEFAULT_EXCHANGE: None}

    async def post(outgoing: Outgoing) -> None:
        await broker.publish(
            outgoing.body,
            queue=outgoing.routing_key if outgoing.exchange == DEFAULT_EXCHANGE else "",
            exchange=known[outgoing.exchange],
            routing_key=outgoing.routing_key,
            headers=outgoing.headers,
            content_type=outgoing.content_type,
            message_id=outgoing.message_id,
            correlation_id=outgoing.correlation_id or outgoing.message_id,
            timestamp=datetime.now(UTC),
            user_id=user if outgoing.exchange == RETRY else None,
            persist=True,
            mandatory=True,
            timeout=PUBLISH_SECONDS,
        )

    return post


async def drain(broker: RabbitBroker) -> None:
    """Stop consuming first, let what has arrived finish, then close."""
    for subscriber in broker.subscribers:
        queue, tag = _consumer(subscriber)
        if queue is not None and tag is not None:
            subscriber._consumer_tag = None  # type: ignore[attr-defined]  # not every broker's  # noqa: SLF001 - see the top
            await queue.cancel(tag)
    await asyncio.sleep(ARRIVED_PAUSE_SECONDS)
    await broker.stop()


async def deaf_subscribers(broker: RabbitBroker) -> list[str]:
    """Return the names of the queues that ought to be consumed by this process or its like, and are not."""
    connection = await broker.connect()
    channel = await connection.channel()
    deaf = []
    try:
        for subscriber in broker.subscribers:
            name = subscriber.queue.name  # type: ignore[attr-defined]  # all of ours are RabbitMQ's
            declared = await channel.declare_queue(name, passive=True)
            if _consumer(subscriber)[1] is None or not declared.declaration_result.consumer_count:
                deaf.append(name)
    finally:
        await channel.close()
    return deaf


def _consumer(subscriber: Any) -> tuple[Any, str | None]:
    return subscriber._queue_obj, subscriber._consumer_tag  # noqa: SLF001 - see the top
