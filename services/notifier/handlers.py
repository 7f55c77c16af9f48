"""What `notifier` does when it hears of a meeting: it writes letters down. Sending them is the loop's business.

A handler may run several times; it touches only MongoDB, and a letter that is there already stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.notifier.documents import Delivery, invitation, reminder
from services.notifier.rules import has_begun, recipients_of
from shared.events.meetings import MeetingCalled, ReminderTimeReached
from shared.messaging import ServiceRouter
from shared.transaction import Transaction, Tx

router = ServiceRouter("notifier")


@router.hears(MeetingCalled)
async def write_invitations(called: MeetingCalled, tx: Tx) -> None:
    """Write an invitation to the organiser and to each of those invited."""
    recipients = recipients_of(called.organiser, called.invited)
    await _write_once(tx, [invitation(called, recipient, tx.now) for recipient in recipients])


@router.hears(ReminderTimeReached)
async def write_reminders(reached: ReminderTimeReached, tx: Tx) -> None:
    """Write a reminder to the organiser and to each of those invited, unless the meeting has begun."""
    if has_begun(reached.starts_at, tx.now):
        return
    recipients = recipients_of(reached.organiser, reached.invited)
    await _write_once(tx, [reminder(reached, recipient, tx.now) for recipient in recipients])


async def _write_once(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    there = await tx.find(Delivery, {"_id": {"$in": [delivery.id for delivery in deliveries]}})
    known = {delivery.id for delivery in there}
    for delivery in deliveries:
        if delivery.id not in known:
            tx.save(delivery)
