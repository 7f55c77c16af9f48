"""The words in which the notifier's tests are said: let it hear, let it send, look at what it wrote and said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.notifier.documents import Delivery, claim_due
from services.notifier.handlers import write_invitations, write_reminders
from services.notifier.post import Connection
from services.notifier.sending import BATCH, LEASE, send_batch
from shared.events.meetings import MeetingCalled, ReminderTimeReached
from shared.outbox import real_now
from shared.room import Room
from tests.services.notifier_samples import SENDER

ALONE: dict[str, Any] = {"invited": ()}
"""A meeting to which only the organiser comes: one letter."""


async def hear(room: Room, *events: MeetingCalled | ReminderTimeReached) -> None:
    """Let the notifier's handlers act on events, each in a commit of its own."""
    for event in events:
        async with room.transaction() as tx:
            if isinstance(event, MeetingCalled):
                await write_invitations(event, tx)
            else:
                await write_reminders(event, tx)


async def deliveries(room: Room) -> list[Delivery]:
    """Return every letter, in order of mailbox."""
    rows = await room.db.find("deliveries", {})
    return sorted((Delivery.of(row) for row in rows), key=lambda delivery: delivery.recipient.email)


async def send_all(room: Room, connection: Connection) -> None:
    """Send until nothing is due."""
    while await send_batch(room, [connection], SENDER):
        pass


async def claim_one(room: Room) -> Delivery:
    """Claim the one letter that is due."""
    (claimed,) = await claim_due(room.db, room.clock.now(), LEASE, BATCH)
    return claimed


async def let_leases_lapse(room: Room) -> None:
    """Turn the claims' leases to the past, as if their holders had been gone for long."""
    lapsed = real_now() - timedelta(seconds=1)
    await room.db.change("deliveries", {"state": "claimed"}, {"$set": {"lease_until": lapsed}})
