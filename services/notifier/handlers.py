"""What `notifier` does when it hears of a meeting: it writes letters down. Sending them is the loop's business.

A handler may run several times; it touches only MongoDB, and a letter that is there already stays as it is.
"""

from __future__ import annotations

from services.notifier.documents import Delivery, kind_of, letter_id, letters_of, revision_of
from services.notifier.rules import has_begun, recipients_of
from shared.events.meetings import MeetingCalled, ReminderTimeReached
from shared.messaging import ServiceRouter
from shared.transaction import Transaction, Tx

router = ServiceRouter("notifier")


@router.hears(MeetingCalled)
async def write_invitations(called: MeetingCalled, tx: Tx) -> None:
    """Write an invitation to the organiser and to each of those invited."""
    await _write_once(called, tx)


@router.hears(ReminderTimeReached)
async def write_reminders(reached: ReminderTimeReached, tx: Tx) -> None:
    """Write a reminder to the organiser and to each of those invited, unless the meeting has begun."""
    if not has_begun(reached.starts_at, tx.now):
        await _write_once(reached, tx)


async def _write_once(event: MeetingCalled | ReminderTimeReached, tx: Transaction) -> None:
    about = {"meeting_id": event.meeting_id, "kind": kind_of(event), "revision": revision_of(event)}
    there = await tx.find(Delivery, about)
    known = {letter.id for delivery in there for letter in delivery.letters}
    recipients = recipients_of(event.organiser, event.invited)
    new = [each for each in recipients if letter_id(event, each) not in known]
    for delivery in letters_of(event, new, tx.now, bundles=len(there)):
        tx.save(delivery)
