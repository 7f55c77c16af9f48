"""Exchanges and queues as the house declares them. FastStream's defaults lose messages in each place set here."""

from __future__ import annotations

from typing import Any, cast

from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.rabbit.schemas.queue import QueueType, QuorumQueueArgs

from shared.outgoing import AGENCY_OUT, DEAD, EVENTS, RETRY

AGENCY_IN, UNROUTED = "agency.in", "agency.unrouted"
DELIVERY_LIMIT = 20
"""How often the broker delivers a message that kills its process, before it sets the message aside."""
DEAD_LETTER_LOOKS = 1_000_000

EVENTS_EXCHANGE = RabbitExchange(EVENTS, type=ExchangeType.TOPIC, durable=True)
AGENCY_IN_EXCHANGE = RabbitExchange(
    AGENCY_IN, type=ExchangeType.TOPIC, durable=True, arguments={"alternate-exchange": UNROUTED}
)
UNROUTED_EXCHANGE = RabbitExchange(UNROUTED, type=ExchangeType.FANOUT, durable=True)
AGENCY_OUT_EXCHANGE = RabbitExchange(AGENCY_OUT, type=ExchangeType.TOPIC, durable=True)
RETRY_EXCHANGE = RabbitExchange(RETRY, type=ExchangeType.HEADERS, durable=True)
DEAD_EXCHANGE = RabbitExchange(DEAD, type=ExchangeType.TOPIC, durable=True)
EXCHANGES = (
    UNROUTED_EXCHANGE,
    AGENCY_IN_EXCHANGE,
    AGENCY_OUT_EXCHANGE,
    EVENTS_EXCHANGE,
    RETRY_EXCHANGE,
    DEAD_EXCHANGE,
)


def work_queue(name: str, binding: str) -> RabbitQueue:
    """Return a queue that loses nothing: what is rejected or delivered too often waits in the dead letters."""
    arguments = {"x-delivery-limit": DELIVERY_LIMIT, "x-dead-letter-exchange": DEAD, "x-dead-letter-routing-key": name}
    return _quorum(name, binding, arguments)


def retry_queue(service: str, seconds: int) -> RabbitQueue:
    """Return the queue where a service's failed messages wait so long and then go back to the queue they came from."""
    arguments = {"x-message-ttl": seconds * 1000, "x-dead-letter-exchange": ""}
    bound_by = {"x-match": "all", "service": service, "seconds": seconds}
    return _quorum(f"{service}.retry.{seconds}s", "", arguments, bound_by)


def dead_queue(service: str) -> RabbitQueue:
    """Return the queue of a service's dead letters. Each look at them counts as a delivery: its limit is far away."""
    return _quorum(f"{service}.dead", f"{service}.#", {"x-delivery-limit": DEAD_LETTER_LOOKS})


def _quorum(
    name: str, routing_key: str, arguments: dict[str, Any], bind_arguments: dict[str, Any] | None = None
) -> RabbitQueue:
    kept = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"} | arguments
    return RabbitQueue(
        name,
        queue_type=QueueType.QUORUM,
        durable=True,
        routing_key=routing_key,
        bind_arguments=bind_arguments,
        arguments=cast(QuorumQueueArgs, kept),
    )


async def declare(broker: RabbitBroker, service: str, retry_seconds: tuple[int, ...]) -> None:
    """Declare the exchanges, and the queues that a service needs beside those it consumes from."""
    for exchange in EXCHANGES:
        await broker.declare_exchange(exchange)
    for queue, exchange in [
        *((retry_queue(service, seconds), RETRY_EXCHANGE) for seconds in retry_seconds),
        (dead_queue(service), DEAD_EXCHANGE),
    ]:
        declared = await broker.declare_queue(queue)
        await declared.bind(exchange.name, routing_key=queue.routing(), arguments=queue.bind_arguments)


def channel(prefetch: int) -> Channel:
    """Return a subscriber's own channel: never without a prefetch, which would mean no limit at all."""
    return Channel(prefetch_count=prefetch)
