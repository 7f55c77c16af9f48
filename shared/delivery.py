"""A message as it came from the broker, with its origin read from where it can be trusted.

A message that comes back from a retry tier or is replayed arrives through the default exchange, where no agency can
publish; only then do the house's own `x-origin-…` headers count. On any other exchange they are an agency's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from faststream.rabbit import RabbitMessage

ORIGIN_QUEUE, ORIGIN_KEY, ORIGIN_USER = "x-origin-queue", "x-origin-key", "x-origin-user"
ATTEMPT, REASON, CONTENT_TYPE = "x-attempt", "x-reason", "x-content-type"
_BROKERS_OWN = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count")
_OURS = (ORIGIN_QUEUE, ORIGIN_KEY, ORIGIN_USER, ATTEMPT, REASON, CONTENT_TYPE)


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
        ours = message.headers if raw.exchange == "" else {}
        return cls(
            queue=queue,
            body=bytes(raw.body),
            headers=dict(message.headers),
            content_type=ours.get(CONTENT_TYPE) or raw.content_type,
            message_id=raw.message_id,
            correlation_id=raw.correlation_id,
            routing_key=str(ours.get(ORIGIN_KEY) or raw.routing_key or ""),
            user_id=ours.get(ORIGIN_USER) or raw.user_id,
            attempt=int(ours.get(ATTEMPT, 0)),
        )

    def headers_onward(self) -> dict[str, Any]:
        """Return the headers for the next attempt: the sender's own, and where the message came from."""
        kept = {k: v for k, v in self.headers.items() if not k.startswith(_BROKERS_OWN) and k not in _OURS}
        origin = {ORIGIN_QUEUE: self.queue, ORIGIN_KEY: self.routing_key, ATTEMPT: self.attempt + 1}
        return kept | origin | ({ORIGIN_USER: self.user_id} if self.user_id else {})
