"""Dead letters: seen, replayed or discarded, each act on the record before it is done.

A replayed message keeps its id, so what was done once is not done twice. It goes back only to a queue of its own
service: the name may stand in a header that an agency wrote.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError

from shared.delivery import (
    ATTEMPT,
    CONTENT_TYPE,
    ORIGIN_KEY,
    ORIGIN_QUEUE,
    ORIGIN_USER,
    REASON,
    REPLAYED_BY,
    travelling_on,
)
from shared.operators.held_queue import HeldQueue, NotPossible
from shared.operators.provision import AGENCY_USER

ACTS = "dead_letter_acts"
_TYPE = re.compile(r"[a-z-]+\.[a-z-]+\.v[0-9]+")


class DeadLetter:
    """One dead letter: what it is and why it died, never what it says."""

    def __init__(self, message: AbstractIncomingMessage) -> None:
        self.message = message
        self.headers: dict[str, Any] = dict(message.headers)
        # The house's own copies have no x-death; where it stands the broker set the message aside, and knows best.
        deaths = self.headers.get("x-death") or [{}]
        self._death: dict[str, Any] = deaths[0]
        self.id = message.message_id or ""
        self.origin = str(self._death.get("queue") or self.headers.get(ORIGIN_QUEUE) or "")
        self.reason = str(self._death.get("reason") or self.headers.get(REASON) or "")
        types = (self.origin.partition(".")[2], str(self.headers.get("ce-type")))
        self.type = next((name for name in types if _TYPE.fullmatch(name)), "")
        self.died_at: datetime | None = self._death.get("time") or message.timestamp

    def facts(self) -> dict[str, Any]:
        """Return what may be shown and kept about it."""
        at = self.died_at.astimezone(UTC).isoformat() if self.died_at else None
        facts = {"message_id": self.id, "type": self.type, "reason": self.reason, "origin_queue": self.origin}
        return facts | {"attempt": self.headers.get(ATTEMPT), "died_at": at, "bytes": self.message.body_size}

    def again(self, by: str, user: str) -> Message:
        """Return the message as it is to be handled anew: same id, same sender, first attempt.

        `by` marks the round it is replayed in; `user` is the broker's user that replays it.
        """
        return Message(
            self.message.body,
            headers=travelling_on(self.headers) | self._sender() | {ORIGIN_QUEUE: self.origin, REPLAYED_BY: by},
            content_type=self.headers.get(CONTENT_TYPE) or self.message.content_type,
            message_id=self.id,
            correlation_id=self.message.correlation_id,
            user_id=user,
            delivery_mode=DeliveryMode.PERSISTENT,
        )

    def _sender(self) -> dict[str, Any]:
        """Return who sent it, by the house's word or the broker's, never by an agency's."""
        user = self.message.user_id or ""
        if not self._death or (not self._death.get("exchange") and user and not AGENCY_USER.fullmatch(user)):
            return {name: self.headers[name] for name in (ORIGIN_KEY, ORIGIN_USER) if name in self.headers}
        return {ORIGIN_KEY: self._death["routing-keys"][0], ORIGIN_USER: user}


@dataclass(frozen=True)
class Choice:
    """Which dead letters are meant; what is None does not matter. A letter of unknown age is never old enough."""

    id: str | None = None
    reason: str | None = None
    type: str | None = None
    older_than: timedelta | None = None

    def takes(self, letter: DeadLetter, now: datetime) -> bool:
        """Return whether the letter is meant."""
        named = ((self.id, letter.id), (self.reason, letter.reason), (self.type, letter.type))
        if any(asked not in (None, is_) for asked, is_ in named):
            return False
        return self.older_than is None or (letter.died_at is not None and now - letter.died_at >= self.older_than)


@dataclass(frozen=True)
class Clerk:
    """Who acts, and where each act is written down. `mark` tells one round of acts from another."""

    name: str
    write: Callable[[dict[str, Any]], Awaitable[None]]
    mark: str = field(default_factory=lambda: str(uuid4()))

    async def record(self, act: str, letter: DeadLetter) -> None:
        """Write an act down; nothing is done before this returns."""
        now, who = datetime.now(UTC), {"by": self.name, "round": self.mark}
        await self.write({"_id": str(uuid4()), "at": now, "act": act} | who | letter.facts())


Do = Callable[[HeldQueue, DeadLetter, Clerk], Awaitable[None]]


async def gone_through(
    queue: HeldQueue, choice: Choice, do: Do | None, clerk: Clerk, pause: float = 0
) -> AsyncIterator[tuple[DeadLetter, str]]:
    """Do something to each letter that is meant, oldest first, and yield it, with the reason where it was not done.

    The other letters stay where they are, and so does one that is replayed and dies again. `pause` is in seconds.
    """
    async for message in queue.arriving():
        letter = DeadLetter(message)
        if not choice.takes(letter, datetime.now(UTC)) or letter.headers.get(REPLAYED_BY) == clerk.mark:
            continue
        try:
            if do is not None:
                await do(queue, letter, clerk)
                await asyncio.sleep(pause)
            yield letter, ""
        except NotPossible as refusal:
            yield letter, str(refusal)


async def replay(queue: HeldQueue, letter: DeadLetter, clerk: Clerk) -> None:
    """Send a letter back to the queue it came from; it leaves the dead letters when the broker has confirmed that."""
    service = queue.name.removesuffix("dead")
    if not letter.origin.startswith(service) or letter.origin == queue.name or ".retry." in letter.origin:
        raise NotPossible(f"{letter.id} ligger kvar: kön den kom från är okänd eller inte tjänstens egen.")
    await clerk.record("replayed", letter)
    try:
        async with asyncio.timeout(10):
            await queue.channel.default_exchange.publish(letter.again(clerk.mark, queue.user), letter.origin)
    except DeliveryError:
        await clerk.record("replay refused", letter)
        raise NotPossible(f"{letter.id} ligger kvar: kön {letter.origin} finns inte eller tar inte emot.") from None
    await letter.message.ack()


async def discard(_: HeldQueue, letter: DeadLetter, clerk: Clerk) -> None:
    """Throw a letter away for good."""
    await clerk.record("discarded", letter)
    await letter.message.ack()


async def read(_: HeldQueue, letter: DeadLetter, clerk: Clerk) -> None:
    """Put on the record that somebody is about to read what a letter says."""
    await clerk.record("read", letter)
