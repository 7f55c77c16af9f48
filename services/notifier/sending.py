"""The loop that sends: claim letters, hand each to the mail server, write down what came of it.

At least once. A process that dies between the server's yes and the commit leaves a claim that lapses, and the letter
goes out again under the same Message-ID. Never begin a letter whose lease might end before the attempt does.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address
from random import random

from services.notifier.documents import Attempt, Delivery, claim_due, forget_addresses, give_back
from services.notifier.letters import NoMailbox, letter_of, sender_of
from services.notifier.post import PATIENCE_SECONDS, Connection, MailServer
from services.notifier.rules import has_begun
from shared.logs import log
from shared.mongo import OUTAGE, Stale
from shared.outbox import real_now
from shared.relay import rest
from shared.room import Room
from shared.settings import Settings

CONNECTIONS = 4
BATCH = 50
LONGEST_ATTEMPT = timedelta(seconds=PATIENCE_SECONDS)
LEASE = 4 * LONGEST_ATTEMPT
REST_SECONDS = 1.0
FORGET_EVERY_SECONDS = 3600.0


async def send_due(room: Room) -> None:
    """Send what is due over a few connections until the service stops; each finishes the letter in its hand."""
    server, sender = _way_out(room.settings)
    connections = [Connection(server) for _ in range(CONNECTIONS)]
    while not room.stopping.is_set():
        try:
            busy = await send_batch(room, connections, sender)
        except Exception as error:  # noqa: BLE001 - no database: the claims lapse, the letters are claimed anew
            log().warning("sending stopped short", error=type(error).__name__)
            busy = 0
        if not busy:
            await asyncio.gather(*[connection.close() for connection in connections])
            await rest(room.stopping, REST_SECONDS)
    await asyncio.gather(*[connection.close() for connection in connections])


def _way_out(settings: Settings) -> tuple[MailServer, Address]:
    """Return where letters are handed in and whom they are from; for a bad setting print one line and leave."""
    try:
        return MailServer.at(settings.smtp_url or ""), sender_of(settings.mail_from)
    except NoMailbox:
        sys.stderr.write("SAMVERKAN_MAIL_FROM: en avsändare, som Samverkan <samverkan@kommunen.example>\n")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
    raise SystemExit(2)


async def forget_old(room: Room) -> None:
    """Take the addresses out of old letters, once an hour."""
    while not room.stopping.is_set():
        try:
            if forgotten := await forget_addresses(room.db, room.clock.now()):
                log().info("addresses forgotten", deliveries=forgotten)
        except Exception as error:  # noqa: BLE001 - an hour later it is tried again
            log().warning("could not forget addresses", error=type(error).__name__)
        await rest(room.stopping, FORGET_EVERY_SECONDS)


async def send_batch(room: Room, connections: Sequence[Connection], sender: Address) -> int:
    """Send the letters that have been due longest, shared out over the connections; return how many were claimed."""
    batch = await claim_due(room.db, room.clock.now(), LEASE, BATCH)
    waiting = deque(batch)
    try:
        async with asyncio.TaskGroup() as carriers:
            for connection in connections[: len(batch)]:
                carriers.create_task(_carry(room, waiting, connection, sender))
    finally:
        await give_back(room.db, waiting)
    return len(batch)


async def _carry(room: Room, waiting: deque[Delivery], connection: Connection, sender: Address) -> None:
    while waiting and not room.stopping.is_set() and _may_still_send(waiting[0]):
        delivery = waiting.popleft()
        try:
            await _send_one(room, delivery, connection, sender)
        except Exception as error:  # noqa: BLE001 - what cannot be written holds up no other, and comes again
            log().warning("letter not handled", delivery_id=delivery.id, error=type(error).__name__)


def _may_still_send(delivery: Delivery) -> bool:
    return delivery.lease_until is not None and real_now() + LONGEST_ATTEMPT < delivery.lease_until


async def _send_one(room: Room, delivery: Delivery, connection: Connection, sender: Address) -> None:
    now = room.clock.now()
    if has_begun(delivery.starts_at, now):
        delivery.expire()
    else:
        delivery.note(await _attempt(delivery, connection, sender, now), random())  # noqa: S311 - spreads attempts
    await record(room, delivery)


async def _attempt(delivery: Delivery, connection: Connection, sender: Address, now: datetime) -> Attempt:
    try:
        letter = letter_of(delivery, sender)
    except NoMailbox:
        return Attempt(at=now, reason="no_mailbox")
    return await connection.send(letter, now)


async def record(room: Room, delivery: Delivery) -> None:
    """Write down the outcome, unless the lease lapsed and another has claimed the letter since.

    While the database is away the outcome is kept in hand: forgotten, it would make the letter go out twice.
    """
    recorded = False
    while not recorded:
        try:
            async with room.transaction() as tx:
                tx.save(delivery)
            recorded = True
        except Stale:
            log().warning("claim lost", delivery_id=delivery.id)
            return
        except OUTAGE:
            if room.stopping.is_set():
                raise
            await rest(room.stopping, REST_SECONDS)
    reason = delivery.attempts[-1].reason if delivery.attempts else None
    log().info("letter handled", delivery_id=delivery.id, state=delivery.state, reason=reason)
