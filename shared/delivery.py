"""A message as it came from the broker, with its origin read from where it can be trusted.

A message that comes back from a retry tier or is replayed arrives through the default exchange, where no agency can
publish; only then do the house's own `x-origin-…` headers count. On any other exchange they are an agency's words.
What the house publishes again must carry none of those but what the contract knows: RabbitMQ itself follows some (`CC`
sends a copy to whatever queue it names), and would follow them with the house's rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from faststream.rabbit import RabbitMessage

ORIGIN_QUEUE, ORIGIN_KEY, ORIGIN_USER = "x-origin-queue", "x-origin-key", "x-origin-user"
ATTEMPT, REASON, ERROR_AT, CONTENT_TYPE = "x-attempt", "x-reason", "x-error-at", "x-content-type"
REPLAYED_BY = "x-replayed-by"
_MOST_HEADERS, _LONGEST_HEADER = 30, 512
"""Together well below the 128 KiB of a frame: with one too large RabbitMQ ends the connection that all share."""
_TRAVELS_ON = ("ce-", "cloudevents_", "cloudevents:", "traceparent", "tracestate", REPLAYED_BY)


@dataclass(frozen=True)
class Delivery:
    """One delivery: body, properties, and who sent it by which key the first time."""

    queue: str
    body: bytes
    headers: dict[str, Any]
    content_type: str | None
    message_id: str | None
    correlation_id: str | None
    routing_key: str
    user_id: str | None
    attempt: int

    @classmethod
    def of(cls, message: RabbitMessage, queue: str) -> Self:
        """Read a delivery from the broker's message."""
        raw = message.raw_message
        is_ours = raw.exchange == ""
        ours = message.headers if is_ours else {}
        return cls(
            queue=queue,
            body=bytes(raw.body),
            headers=dict(message.headers),
            content_type=ours.get(CONTENT_TYPE) or raw.content_type,
            message_id=raw.message_id,
            correlation_id=raw.correlation_id,
            routing_key=str(ours.get(ORIGIN_KEY) or raw.routing_key or ""),
            user_id=ours.get(ORIGIN_USER) if is_ours else raw.user_id,
            attempt=int(ours.get(ATTEMPT, 0)),
        )

    def headers_onward(self) -> dict[str, Any]:
        """Return the headers for the next attempt: the sender's own, and where the message came from."""
        origin = {ORIGIN_QUEUE: self.queue, ORIGIN_KEY: self.routing_key, ATTEMPT: self.attempt + 1}
        return travelling_on(self.headers) | origin | ({ORIGIN_USER: self.user_id} if self.user_id else {})


def travelling_on(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers that go along: the CloudEvent's attributes, its trace, and the round it was replayed in."""
    known = (name for name in headers if name.lower().startswith(_TRAVELS_ON))
    return {name: headers[name] for name in islice(known, _MOST_HEADERS) if len(str(headers[name])) <= _LONGEST_HEADER}
