"""Everything that passes through a vhost, as RabbitMQ's own tracer shows it: publishing and delivery, on any exchange.

A tap bound to an exchange would not see what goes through the default one, such as the way back from a retry tier.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from aio_pika.abc import AbstractIncomingMessage

from shared.operators.held_queue import opened_channel
from shared.operators.provision import Broker
from shared.settings import Settings

INBOUND, OUTBOUND, BETWEEN = "agency.in", "agency.out", "events"
FAILED = ("retry", "dead")


@dataclass(frozen=True)
class Passing:
    """One message at one moment: published to an exchange, or delivered from a queue."""

    is_delivery: bool
    place: str
    exchange: str
    routing_keys: tuple[str, ...]
    about: str
    body: str
    is_an_agencys_own: bool

    @property
    def may_hold_content(self) -> bool:
        """Say whether its body is what an agency sends or is to read.

        That is a submission on its way in, the same submission tried again or set aside, as it was sent, and an
        answer. Everything else is the house talking to itself.
        """
        if self.is_delivery:
            return self.is_an_agencys_own or self.place.startswith(f"{OUTBOUND}.")
        return self.exchange in (INBOUND, OUTBOUND) or self.is_an_agencys_own


@asynccontextmanager
async def traced(settings: Settings) -> AsyncIterator[list[Passing]]:
    """Yield the list that fills with all that passes while the block lasts."""
    vhost = Broker(settings.rabbitmq_management_url or "", settings.rabbitmq_url).vhost
    address = f"{(settings.rabbitmq_management_url or '').rstrip('/')}/api/vhosts/{vhost}"
    seen: list[Passing] = []

    async def keep(message: AbstractIncomingMessage) -> None:
        seen.append(_passing(message))

    async with opened_channel(settings.rabbitmq_url) as channel, httpx.AsyncClient(trust_env=False) as management:
        tap = await channel.declare_queue(exclusive=True)
        await tap.bind("amq.rabbitmq.trace", "#")
        await tap.consume(keep, no_ack=True)
        (await management.put(address, json={"tracing": True}, timeout=30)).raise_for_status()
        try:
            yield seen
            await _until_still(seen)
        finally:
            await management.put(address, json={"tracing": False}, timeout=30)


async def _until_still(seen: list[Passing]) -> None:
    count = -1
    while count != len(seen):
        count = len(seen)
        await asyncio.sleep(0.5)


def _passing(message: AbstractIncomingMessage) -> Passing:
    kind, _, place = str(message.routing_key).partition(".")
    headers: dict[str, Any] = dict(message.headers)
    exchange = str(headers.get("exchange_name", ""))
    own = headers.get("properties", {}).get("headers", {})
    is_delivery = kind == "deliver"
    came_in = exchange in (INBOUND, "agency.unrouted") or (exchange in ("", *FAILED) and "x-origin-user" in own)
    # Without a known sender there is no `x-origin-user`: the key it came by tells whose words they are.
    came_in = came_in or (exchange in FAILED and "-" in str(own.get("x-origin-key", "")).partition(".")[0])
    return Passing(
        is_delivery=is_delivery,
        place=place,
        exchange=exchange,
        routing_keys=tuple(map(str, headers.get("routing_keys", ()))),
        about=f"{message.routing_key} {headers}",
        body=message.body.decode("utf-8", "replace"),
        is_an_agencys_own=came_in,
    )
