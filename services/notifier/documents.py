"""A letter to one recipient, from the event that asks for it until the mail server has taken it.

The id is the idempotency key: kind, meeting, mailbox and revision. A claim raises `version`, so of two replicas that
believe they hold the same letter only the later claimer can write down what became of it: do not save without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.notifier.rules import KEPT_AFTER_MEETING, next_attempt_at, shown_function, shown_place
from shared.document import Document, Index
from shared.events.meetings import Forum, Invited, MeetingCalled, ReminderTimeReached
from shared.ids import name_id
from shared.mongo import Database, Row
from shared.outbox import real_now

Reason = Literal["taken", "refused", "deferred", "timeout", "unreachable", "no_mailbox"]
LetterKind = Literal["invitation", "reminder"]
State = Literal["created", "claimed", "sent", "failed", "expired"]


class Attempt(BaseModel):
    """What one try came to. The server's words are left out: they quote addresses."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    reason: Reason
    code: int | None = None
    enhanced: str | None = None


class Delivery(Document):
    """A letter on its way. `place` and the functions are stored as a letter may show them, never as they came."""

    collection: ClassVar[str] = "deliveries"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("which_letters_are_due", (("state", 1), ("next_attempt_at", 1))),
        Index("which_claims_have_lapsed", (("state", 1), ("lease_until", 1))),
        Index("which_letters_does_this_claim_hold", (("claim", 1),)),
        Index("which_addresses_may_be_forgotten", (("forget_at", 1),)),
    )

    kind: LetterKind
    meeting_id: str
    sequence: int = 0
    recipient: Invited
    organiser: Invited
    forum: Forum
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: str
    made_at: AwareDatetime
    state: State = "created"
    next_attempt_at: AwareDatetime
    claim: str | None = None
    lease_until: AwareDatetime | None = None
    attempts: tuple[Attempt, ...] = ()
    forget_at: AwareDatetime | None

    def note(self, attempt: Attempt, luck: float) -> None:
        """Write down an attempt and what follows: done, never, or again later."""
        self.attempts = (*self.attempts, attempt)
        self.claim = self.lease_until = None
        match attempt.reason:
            case "taken":
                self.state = "sent"
            case "refused" | "no_mailbox":
                self.state = "failed"
            case "deferred" | "timeout" | "unreachable":
                self.state = "created"
                self.next_attempt_at = next_attempt_at(attempt.at, len(self.attempts), luck, self.starts_at)

    def expire(self) -> None:
        """Give up: the meeting has begun."""
        self.state = "expired"
        self.claim = self.lease_until = None


def invitation(called: MeetingCalled, recipient: Invited, now: datetime) -> Delivery:
    """Return the invitation of one recipient; a new sequence of the meeting is a new letter."""
    delivery = _delivery("invitation", called, recipient, now, revision=str(called.sequence))
    delivery.sequence = called.sequence
    return delivery


def reminder(reached: ReminderTimeReached, recipient: Invited, now: datetime) -> Delivery:
    """Return the reminder of one recipient; a meeting that has got another time is reminded of again."""
    revision = f"{reached.before} {reached.starts_at.astimezone(UTC).isoformat()}"
    return _delivery("reminder", reached, recipient, now, revision)


def _delivery(
    kind: LetterKind, event: MeetingCalled | ReminderTimeReached, recipient: Invited, now: datetime, revision: str
) -> Delivery:
    return Delivery(
        id=name_id("delivery", kind, event.meeting_id, recipient.email.casefold(), revision),
        kind=kind,
        meeting_id=event.meeting_id,
        recipient=_shown(recipient),
        organiser=_shown(event.organiser),
        forum=event.forum,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        place=shown_place(event.place),
        made_at=now,
        next_attempt_at=now,
        forget_at=event.starts_at + KEPT_AFTER_MEETING,
    )


def _shown(invited: Invited) -> Invited:
    return invited.model_copy(update={"function": shown_function(invited.function)})


async def claim_due(db: Database, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
    """Take the letters that have been due longest, or whose holder fell silent, for `lease`; at most `limit` of them.

    `now` is the house's time. A lease is real time: it measures how long a process has been gone.
    """
    due = {"state": "created", "next_attempt_at": {"$lte": now}}
    left_behind = {"state": "claimed", "lease_until": {"$lte": real_now()}}
    for free, first in ((due, "next_attempt_at"), (left_behind, "lease_until")):
        if rows := await db.find(Delivery.collection, free, sort=[(first, 1)], limit=limit):
            return await _take(db, {"_id": {"$in": [row["_id"] for row in rows]}, **free}, lease)
    return []


async def _take(db: Database, free: Row, lease: timedelta) -> list[Delivery]:
    claim = uuid4().hex
    mine = {"state": "claimed", "claim": claim, "lease_until": real_now() + lease}
    await db.change(Delivery.collection, free, {"$set": mine, "$inc": {"version": 1}})
    return [Delivery.of(row) for row in await db.find(Delivery.collection, {"claim": claim})]


async def give_back(db: Database, deliveries: Sequence[Delivery]) -> None:
    """Leave claimed letters to whoever comes next, at once; one that has another holder by now is not touched."""
    for delivery in deliveries:
        mine = {"_id": delivery.id, "version": delivery.version}
        free = {"state": "created", "claim": None, "lease_until": None}
        await db.change(Delivery.collection, mine, {"$set": free, "$inc": {"version": 1}})


async def forget_addresses(db: Database, now: datetime) -> int:
    """Take addresses and place out of letters about meetings 30 days past; what is left is the record of sending."""
    past = {"forget_at": {"$lte": now}, "state": {"$in": ["sent", "failed", "expired"]}}
    without = {"recipient.email": "", "organiser.email": "", "place": "", "forget_at": None}
    return await db.change(Delivery.collection, past, {"$set": without, "$inc": {"version": 1}})
