"""A message on its way out, as the outbox keeps it and the broker gets it. Its id never changes once it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from shared.events.answers import Answer
from shared.events.event import Event

EVENTS, AGENCY_OUT, RETRY, DEAD = "events", "agency.out", "retry", "dead"
JSON = "application/json"


@dataclass(frozen=True)
class Outgoing:
    """What is published: where to, with which id and properties. `body` is plain; the outbox seals it if need be."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    headers: dict[str, Any] = field(default_factory=dict)
    content_type: str = JSON
    correlation_id: str | None = None


class Post(Protocol):
    """Hands a message to the broker and returns when the broker has confirmed it; raises otherwise."""

    async def __call__(self, outgoing: Outgoing) -> None:
        """Publish the message."""


def event_message(event: Event, service: str, at: datetime) -> Outgoing:
    """Return an internal event as a binary-mode CloudEvent for every service that hears it."""
    message_id = str(uuid4())
    return Outgoing(
        exchange=EVENTS,
        routing_key=event.type,
        body=event.model_dump_json(by_alias=True).encode(),
        message_id=message_id,
        headers=cloud_event_headers(message_id, event.type, f"/samverkan/{service}", at),
    )


def answer_message(
    agency_id: str, answer: Answer, message_id: str, at: datetime, correlation_id: str | None = None
) -> Outgoing:
    """Return an answer as a binary-mode CloudEvent for one agency's own queue."""
    return Outgoing(
        exchange=AGENCY_OUT,
        routing_key=f"{agency_id}.{answer.type}",
        body=answer.body(),
        message_id=message_id,
        headers=cloud_event_headers(message_id, answer.type, "/samverkan", at) | {"ce-subject": agency_id},
        correlation_id=correlation_id,
    )


def cloud_event_headers(message_id: str, type_: str, source: str, at: datetime) -> dict[str, Any]:
    """Return the attributes of CloudEvents 1.0, section 3.1, as AMQP headers."""
    return {
        "ce-specversion": "1.0",
        "ce-id": message_id,
        "ce-type": type_,
        "ce-source": source,
        "ce-time": at.isoformat(),
    }
