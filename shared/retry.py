"""What becomes of a message that a handler could not finish: the retry tiers, then the dead letters with a reason.

An event that is never given up goes round in the last tier instead. The copy is confirmed by the broker before the
message is acknowledged. The reason is a word of ours or the error's class, never its text: error texts quote their
input, and the input may be about a child.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from faststream import BaseMiddleware, ContextRepo
from faststream.exceptions import IgnoredException

from shared.delivery import CONTENT_TYPE, ERROR_AT, REASON, Delivery
from shared.intake.submissions import UnknownSender
from shared.logs import log, where
from shared.outgoing import DEAD, JSON, RETRY, Outgoing

if TYPE_CHECKING:
    from shared.room import Room

OPAQUE = "application/octet-stream"


class Illegible(Exception):
    """What lies in the queue of an event is not one. What a handler itself fails to read is another matter."""


HOPELESS = (Illegible, UnknownSender)
"""Trying again cannot help: the message itself is at fault."""


class RetryTiers(BaseMiddleware[Any, Any]):
    """Sends a failed message to the next retry tier, or to the dead letters when there is none left."""

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> None:
        """Return normally, so that the message is acknowledged, once it is handled or safely kept."""
        room, queue = arrived_at(self.context)
        try:
            await call_next(msg)
        except IgnoredException:
            raise
        except Exception as error:  # noqa: BLE001 - every failure of a handler ends here, on disk
            delivery = Delivery.of(msg, queue)
            heard = room.heard[queue]
            is_given_up = delivery.attempt >= len(room.settings.retry_seconds) and not (heard and heard.never_given_up)
            is_dead = isinstance(error, HOPELESS) or is_given_up
            await room.post(_kept(delivery, error, room.service, room.settings.retry_seconds, is_dead))


def arrived_at(context: ContextRepo) -> tuple[Room, str]:
    """Return the room of the service that hears the message at hand, and its queue. A test's process has many rooms."""
    queue: str = context.get_local("handler_").queue.name
    return context.get("rooms")[queue.partition(".")[0]], queue


def reason_of(error: Exception) -> str:
    """Return why a message failed, in a word."""
    return error.reason if isinstance(error, UnknownSender) else type(error).__name__


def _kept(delivery: Delivery, error: Exception, service: str, tiers: tuple[int, ...], is_dead: bool) -> Outgoing:
    headers = delivery.headers_onward() | {REASON: reason_of(error), ERROR_AT: where(error.__traceback__)}
    log().warning(
        "message dead" if is_dead else "message to be tried again",
        queue=delivery.queue,
        message_id=delivery.message_id,
        reason=headers[REASON],
        at=headers[ERROR_AT],
        attempt=delivery.attempt,
    )
    outgoing = Outgoing(
        exchange=DEAD,
        routing_key=delivery.queue,
        body=delivery.body,
        message_id=delivery.message_id or "",
        headers=headers | {CONTENT_TYPE: delivery.content_type or ""},
        content_type=OPAQUE,
        correlation_id=delivery.correlation_id,
    )
    if is_dead:
        return outgoing
    tier = {"service": service, "seconds": tiers[min(delivery.attempt, len(tiers) - 1)]}
    return replace(
        outgoing, exchange=RETRY, headers=outgoing.headers | tier, content_type=delivery.content_type or JSON
    )
