"""That a letter does not come through is told to whoever calls: by one letter, however many more go the same way.

Its id follows from series, mailbox and what closed the mailbox, and it is put down before the outcome that it tells of:
after a crash in between it is the same letter again. What has been put down is never written over: it may be sent.
"""

from __future__ import annotations

from services.notifier.documents import Delivery, Letter
from services.notifier.facts.drafts import undelivered_letter
from services.notifier.sending.suppressions import Suppression, mailbox_digest
from shared.room import Room

_TOLD_OF = frozenset({"failed", "bounced", "suppressed"})


def word_to_organiser(room: Room, delivery: Delivery, letter: Letter, closed_by: str | None) -> Delivery | None:
    """Return the letter that says that this one has come to nothing, if it has and somebody else is to know.

    `closed_by` is the letter that first showed that the mailbox takes none; None where it may take the next one.
    """
    if letter.state not in _TOLD_OF:
        return None
    trouble = f"{mailbox_digest(room.secret, letter.recipient.email)} {closed_by or ''}"
    agency = room.agencies.get(letter.recipient.agency)
    kind = agency.kind if agency else None
    return undelivered_letter(delivery, letter, kind, room.clock.now(), trouble)


async def put_down(room: Room, words: list[Delivery], suppressions: list[Suppression]) -> None:
    """Store these, each unless it is there, and take it off its list: what remains is still to be stored."""
    while words:
        await room.db.put_new(Delivery.collection, words[0].row())
        del words[0]
    while suppressions:
        await room.db.put_new(Suppression.collection, suppressions[0].row())
        del suppressions[0]
