"""The agency's side of the contract, for trying and for the demo: publish as an agency, see what an agency receives.

A message under another agency's key closes the connection and takes the messages around it along, so the key is
checked here first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError

from shared.clock import LOCAL_ZONE
from shared.operators.held_queue import NotPossible, held_queue, opened_channel
from shared.operators.provision import passwords
from shared.outgoing import AGENCY_OUT, JSON
from shared.settings import Settings
from shared.topology import AGENCY_IN

STRUCTURED = "application/cloudevents+json"
LINES = {
    "submission.accepted.v1": "Mottaget: {type}",
    "submission.rejected.v1": "Avvisat: {type}",
    "consent.activated.v1": "Samtycke gäller {valid_from} till {valid_to} ({programme})",
    "consent.ended.v1": "Samtycke har upphört ({reason})",
    "consent-enforcement.confirmed.v1": "Samtyckets slut är genomfört av {confirmed_by}",
    "observation.disclosed.v1": "Iakttagelse från {released_by}: {observation[category]}, {observation[observed_on]}",
    "concern.noticed.v1": "Oro uppmärksammad, sedd av {seen_by}",
    "meeting.called.v1": "Kallelse: {forum} {starts_at}, {place}",
    "meeting-agenda.issued.v1": "Dagordning till mötet {occurrence}",
    "weekly-report.missing.v1": "Veckorapporten för {iso_week} saknas",
}


@dataclass(frozen=True)
class Letter:
    """A message as an agency's own system would send it."""

    key: str
    body: bytes
    message_id: str
    content_type: str = STRUCTURED
    headers: dict[str, Any] = field(default_factory=dict)


def url_as(settings: Settings, agency_id: str) -> str:
    """Return the broker's address with the agency as the user."""
    password = passwords([agency_id], settings.secrets_dir, settings.embedded)[agency_id]
    return str(httpx.URL(settings.rabbitmq_url).copy_with(username=agency_id, password=password))


def letter(
    agency_id: str, content: bytes, binary: bool, changes: Iterable[str] = (), type_: str | None = None
) -> Letter:
    """Return the letter that a file holds: a CloudEvent, or with `type_` anything at all.

    `changes` are `/json/pointer=value`, the value as JSON or else as text.
    """
    try:
        event = json.loads(content)
    except (ValueError, RecursionError):
        event = None
    changes = list(changes)
    for change in changes:
        set_at(event, *change.partition("=")[::2])
    sent_type = type_ or (event.get("type") if isinstance(event, dict) else None)
    if not sent_type:
        raise NotPossible("Innehållet har ingen typ: ange --type för att skicka det som det är.")
    key, message_id = f"{agency_id}.{sent_type}", str(uuid4())
    if not isinstance(event, dict):
        return Letter(key, content, message_id, JSON if binary else STRUCTURED)
    message_id = str(event.get("id") or message_id)
    if not binary:
        return Letter(key, json.dumps(event, ensure_ascii=False).encode() if changes else content, message_id)
    headers = {f"ce-{name}": str(value) for name, value in event.items() if name not in ("data", "datacontenttype")}
    body = json.dumps(event.get("data"), ensure_ascii=False).encode()
    return Letter(key, body, message_id, str(event.get("datacontenttype") or JSON), headers)


def set_at(document: Any, pointer: str, value: str) -> None:
    """Put a value where an RFC 6901 pointer says; only its last part may be new."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
    try:
        for part in path:
            document = document[int(part) if isinstance(document, list) else part]
        document[int(last) if isinstance(document, list) else last] = _json_or_text(value)
    except (KeyError, IndexError, TypeError, ValueError):
        raise NotPossible(f"--set {pointer}: det finns ingen sådan plats i innehållet.") from None


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


async def publish(url: str, agency_id: str, letters: Iterable[Letter]) -> AsyncIterator[Letter]:
    """Send letters as the agency and yield each when the broker has confirmed it."""
    async with opened_channel(url) as channel:
        exchange = await channel.get_exchange(AGENCY_IN, ensure=False)
        for sent in letters:
            if not sent.key.startswith(f"{agency_id}."):
                raise NotPossible(f"{agency_id} får bara publicera under egna nycklar, inte {sent.key}.")
            message = Message(
                sent.body,
                headers=sent.headers,
                content_type=sent.content_type,
                message_id=sent.message_id,
                user_id=agency_id,
                timestamp=datetime.now(UTC),
                delivery_mode=DeliveryMode.PERSISTENT,
            )
            try:
                async with asyncio.timeout(30):
                    await exchange.publish(message, sent.key)
            except DeliveryError:
                raise NotPossible(f"Ingen tar emot {sent.key}: är tjänsterna igång?") from None
            yield sent


async def answers(url: str, agency_id: str, ids: Iterable[str], seconds: float) -> AsyncIterator[dict[str, Any]]:
    """Yield the house's answers to these submissions, for at most so many seconds; they stay in the queue."""
    unanswered = set(ids)
    async with held_queue(url, queue_of(agency_id)) as queue:
        async for message in queue.arriving(seconds):
            if message.correlation_id in unanswered:
                unanswered.discard(message.correlation_id)
                yield received(message)
            if not unanswered:
                return


def received(message: AbstractIncomingMessage) -> dict[str, Any]:
    """Return what an agency received: the CloudEvent's type and time, the two ids, and the data."""
    read = {
        "type": message.headers.get("ce-type"),
        "time": message.headers.get("ce-time"),
        "message_id": message.message_id,
    }
    return read | {"correlation_id": message.correlation_id, "data": json.loads(message.body)}


def timeline(agency_id: str, got: dict[str, Any]) -> str:
    """Return one message as lines for people: when, who, what, and each fault; never an identity number."""
    data = {name: ", ".join(value) if _is_texts(value) else value for name, value in got["data"].items()}
    try:
        text = LINES[got["type"]].format_map(data)
    except (KeyError, TypeError):
        text = str(got["type"])
    at = datetime.fromisoformat(got["time"]).astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    faults = (f"\n    {fault['pointer'] or '(hela)'}: {fault['message']}" for fault in got["data"].get("errors", ()))
    return f"{at}  {agency_id:<24} {text}{''.join(faults)}"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def queue_of(agency_id: str) -> str:
    """Return the name of the agency's own queue."""
    return f"{AGENCY_OUT}.{agency_id}"
