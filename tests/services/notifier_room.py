"""The words in which the notifier's tests are said: let it hear, let it send, look at what it wrote and said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from services.notifier import handlers
from services.notifier.channels.channel import Channel
from services.notifier.documents import Delivery, Letter
from services.notifier.rules import SendWindow
from services.notifier.sending.claims import Found, claim_due
from services.notifier.sending.sending import DELIVERIES, LEASE, InHand, WayOut, send_batch
from shared.events.event import Event
from shared.events.meetings import (
    ActionReminderIssued,
    MeetingCancelled,
    MeetingMoved,
    MeetingMoveProposed,
    MeetingSeriesAnnounced,
    ReminderTimeReached,
)
from shared.outbox import real_now
from shared.room import Room
from tests.services.notifier_samples import SENDER

ALONE: dict[str, Any] = {"invited": ()}
"""A meeting to which only the organiser comes: one letter."""


HANDLERS: dict[type[Event], Callable[..., Awaitable[None]]] = {
    MeetingSeriesAnnounced: handlers.write_of_series,
    MeetingMoved: handlers.write_moves,
    MeetingCancelled: handlers.write_cancellations,
    MeetingMoveProposed: handlers.ask_organiser,
    ReminderTimeReached: handlers.write_reminders,
    ActionReminderIssued: handlers.write_of_actions,
}


async def hear(room: Room, *events: Event) -> None:
    """Let the notifier's handlers act on events, each in a commit of its own."""
    for event in events:
        async with room.transaction() as tx:
            await HANDLERS[type(event)](event, tx)


async def deliveries(room: Room) -> list[Delivery]:
    """Return every delivery, in the order in which they were written."""
    return [Delivery.of(row) for row in await room.db.find("deliveries", {}, sort=[("made_at", 1), ("_id", 1)])]


async def letters(room: Room) -> list[Letter]:
    """Return every letter, in order of mailbox."""
    written = [letter for delivery in await deliveries(room) for letter in delivery.letters]
    return sorted(written, key=lambda letter: letter.recipient.email)


async def states(room: Room) -> list[str]:
    """Return the state of every letter, in order of mailbox."""
    return [letter.state for letter in await letters(room)]


async def send_once(room: Room, *channels: Channel, window: SendWindow | None = None) -> int:
    """Claim once and send what that brought; return in how many deliveries."""
    return await send_batch(room, WayOut(SENDER, channels, window or SendWindow()))


async def send_all(room: Room, *channels: Channel, window: SendWindow | None = None) -> None:
    """Send until nothing is due."""
    while await send_once(room, *channels, window=window):
        pass


async def claim_one(room: Room) -> InHand:
    """Claim the one delivery that is due."""
    (claimed,) = await claim_due(room.db, room.clock.now(), LEASE, DELIVERIES, Found())
    return InHand(claimed, len(claimed.letters), 0.0)


async def let_leases_lapse(room: Room) -> None:
    """Turn the claims' leases to the past, as if their holders had been gone for long."""
    lapsed = real_now() - timedelta(seconds=1)
    await room.db.change("deliveries", {"state": "claimed"}, {"$set": {"lease_until": lapsed}})
