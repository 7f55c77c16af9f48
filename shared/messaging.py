"""How a service hears: one queue a listener and type, one commit a message, and three ends for it.

Fine: committed, then acknowledged. The house says no: the agency is told why, then acknowledged. Broken: the house's
retry tiers, then the service's dead letters (`shared/retry.py`). Acknowledged only when one of these is on disk.
What is about an erased person is fine, or a no; it is never broken.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from faststream import AckPolicy, BaseMiddleware, Context
from faststream.rabbit import RabbitExchange, RabbitMessage, RabbitQueue, RabbitRouter
from pydantic import ValidationError

from shared.agencies import Agency
from shared.delivery import Delivery
from shared.events import answers
from shared.events.agencies import Submission
from shared.events.event import Event
from shared.ids import name_id
from shared.intake import submissions
from shared.intake.faults import Rejected, fault
from shared.logs import log
from shared.mongo import OUTAGE, Row, Stale
from shared.outbox import real_now
from shared.retry import Illegible, RetryTiers, arrived_at
from shared.topology import AGENCY_IN_EXCHANGE, EVENTS_EXCHANGE, UNROUTED_EXCHANGE, channel, work_queue
from shared.transaction import INBOX, HandledBefore, Transaction
from shared.vault import Erased

if TYPE_CHECKING:
    from shared.room import Room

Sender = Annotated[Agency, Context("sender")]
"""A handler's parameter: the agency whose submission is at hand."""

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[None]])
Call = Callable[..., Awaitable[None]]
Decision = Callable[[Transaction], Awaitable[list[Row]]]
"""Reads, decides, commits; returns the outbox rows to publish. It may be run again, each time on a new transaction."""

RERUNS = 50
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.005, 0.5
"""Between reruns: at most so long, doubled each time, so that handlers which met do not meet again."""
OUTAGE_PAUSE_SECONDS = 1
OUTAGE_WAITED = timedelta(minutes=20)
"""Shorter than the broker's consumer timeout of 30 minutes."""


class Contended(Exception):
    """A message met other handlers on the same documents too many times in a row."""


def queue_for(service: str, heard: type[Event]) -> RabbitQueue:
    """Return the queue on which a service hears one type."""
    binding = f"*.{heard.type}" if issubclass(heard, Submission) else heard.type
    return work_queue(f"{service}.{heard.type}", binding)


class ServiceRouter(RabbitRouter):
    """A service's table of contents: which message is heard by which function."""

    def __init__(self, service: str, prefetch: int = 20) -> None:
        super().__init__(middlewares=(RetryTiers, OneCommit))
        self.service = service
        self.heard: dict[str, type[Event] | None] = {}
        self._prefetch = prefetch

    def hears(self, event: type[Event]) -> Callable[[Handler], Handler]:
        """Register the function that acts on an internal event."""
        return self._listen(queue_for(self.service, event), EVENTS_EXCHANGE, event)

    def receives(self, submission: type[Submission]) -> Callable[[Handler], Handler]:
        """Register the function that takes in what agencies say."""
        return self._listen(queue_for(self.service, submission), AGENCY_IN_EXCHANGE, submission)

    def receives_unrouted(self) -> Callable[[Handler], Handler]:
        """Register the function for what agencies send that no service takes in."""
        return self._listen(work_queue(f"{self.service}.unrouted", ""), UNROUTED_EXCHANGE, None)

    def _listen(
        self, queue: RabbitQueue, exchange: RabbitExchange, heard: type[Event] | None
    ) -> Callable[[Handler], Handler]:
        self.heard[queue.name] = heard
        subscriber = self.subscriber(
            queue,
            exchange,
            channel=channel(self._prefetch),
            ack_policy=AckPolicy.REJECT_ON_ERROR,
            no_reply=True,
        )

        def register(handler: Handler) -> Handler:
            subscriber(handler)
            return handler

        return register


class OneCommit(BaseMiddleware[Any, Any]):
    """Runs the handler, commits what it collected, publishes what it said; runs it again when somebody was first."""

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> None:
        """Handle one message to one of its three ends."""
        room, queue = arrived_at(self.context)
        delivery = Delivery.of(msg, queue)

        async def call(tx: Transaction, opened: Event, sender: Agency | None = None) -> None:
            # The message is read here, strictly and with its faults; FastStream would read it anew in its own way.
            async def decoded(_: RabbitMessage) -> Event:
                return opened

            msg.set_decoder(decoded)
            with self.context.scopes((("tx", tx), ("sender", sender))):
                await call_next(msg)

        heard = room.heard[delivery.queue]
        if heard is None or issubclass(heard, Submission):
            await _answer_submission(room, delivery, heard, call)
        else:
            await _follow_event(room, delivery, heard, call)


async def _follow_event(room: Room, delivery: Delivery, heard: type[Event], call: Call) -> None:
    try:
        event = heard.model_validate_json(delivery.body)
    except ValidationError as error:
        raise Illegible from error
    inbox_row = {"_id": f"{delivery.queue}:{delivery.message_id}"}

    async def decide(tx: Transaction) -> list[Row]:
        await call(tx, event)
        # Asked last: a person erased before the handler began to read is known here; one erased later is no danger,
        # for what it then wrote was read before and carries that mark.
        if await _is_about_somebody_erased(room, delivery, event):
            raise Erased
        return await tx.commit(inbox_row)

    try:
        with room.before_others() if heard.never_given_up else nullcontext():
            await _settle(room, decide, goes_first=heard.never_given_up)
    except Erased:
        log().info("event about an erased person dropped", queue=delivery.queue, message_id=delivery.message_id)
        with suppress(HandledBefore):
            await _settle(room, lambda tx: tx.commit(inbox_row))
    except HandledBefore:
        log().debug("handled before", queue=delivery.queue, message_id=delivery.message_id)


async def _is_about_somebody_erased(room: Room, delivery: Delivery, event: Event) -> bool:
    """Say whether an event names a person who has been erased since it was said: it must not teach anybody anything."""
    person_ref: str | None = getattr(event, "person_ref", None)
    said_at = delivery.headers.get("ce-time")
    if person_ref is None or said_at is None:
        return False
    return await room.vault.is_erased(person_ref, datetime.fromisoformat(str(said_at)))


async def _answer_submission(room: Room, delivery: Delivery, heard: type[Submission] | None, call: Call) -> None:
    opened = submissions.open_delivery(delivery, heard, room.agencies)
    sender, submission_id = opened.sender, opened.submission_id
    inbox_id = f"{delivery.queue}:{sender.id}:{submission_id}"
    answer_id = name_id("answer", delivery.queue, sender.id, submission_id)

    async def answered(tx: Transaction, answer: answers.Answer) -> list[Row]:
        tx.tell(sender.id, answer, message_id=answer_id, correlation_id=submission_id)
        kept = {"type": answer.type, "data": answer.model_dump(mode="json", by_alias=True)}
        return await tx.commit({"_id": inbox_id, "answer": kept})

    async def decide(tx: Transaction) -> list[Row]:
        try:
            submission = opened.submission()
            tx.said_at = min(opened.said_at or tx.now, tx.now)
            await call(tx, submission, sender)
        except Rejected as no:
            # Whatever the handler collected before its no is not written.
            return await answered(room.begin(), submissions.rejected(opened, no.faults))
        return await answered(tx, submissions.accepted(opened, submission))

    try:
        try:
            await _settle(room, decide)
        except Erased:
            log().info("submission about an erased person", queue=delivery.queue, message_id=delivery.message_id)
            no = submissions.rejected(opened, (fault("unknown_reference", why="erased"),))
            await _settle(room, lambda tx: answered(tx, no))
    except HandledBefore:
        await _settle(room, lambda tx: _answer_again(room, tx, inbox_id, sender, answer_id, submission_id))


async def _answer_again(
    room: Room, tx: Transaction, inbox_id: str, sender: Agency, answer_id: str, submission_id: str
) -> list[Row]:
    """Say the answer that was given the first time, under the id it had then."""
    row = await room.db.find_one(INBOX, {"_id": inbox_id})
    if row is None:
        raise Stale(INBOX)
    answer = answers.TYPES[row["answer"]["type"]].model_validate(row["answer"]["data"])
    tx.tell(sender.id, answer, message_id=answer_id, correlation_id=submission_id)
    return await tx.commit()


async def _settle(room: Room, decide: Decision, *, goes_first: bool = False) -> None:
    """Decide, commit, publish. A document that moved is read and decided again; an outage is waited out in place.

    A person erased while it is decided is `Erased` once, and the whole is decided again: what it concerns the others
    for must not fall with it, and an agency's new words enrol the person anew. Raised again it is the outcome.
    """
    give_up_at = real_now() + OUTAGE_WAITED
    erased = 0
    for rerun in range(RERUNS):
        if not goes_first:
            await room.way_is_free.wait()
        try:
            # Those who were not first go one by one: all at once they would only be in each other's way again.
            async with room.reruns if rerun and not goes_first else nullcontext():
                rows = await decide(room.begin())
        except Stale:
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**rerun)
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - spreads load, guards nothing
        except Erased:
            if erased:
                raise
            erased += 1
        except OUTAGE:
            if room.stopping.is_set() or real_now() > give_up_at:
                raise
            await asyncio.sleep(OUTAGE_PAUSE_SECONDS)
        else:
            await room.relay.publish(rows)
            return
    raise Contended
