"""Letters, from the event that asks for them until the mail server has taken them, and the mailboxes that take none.

A delivery is what one event has us write to at most 50 mailboxes, so that 50 letters cost one claim and one commit. A
letter's id is its idempotency key: kind, meeting, mailbox and revision. What happens to stored deliveries goes
through `claims.py`, by version and in no transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.notifier.rules import KEPT_AFTER_MEETING, next_attempt_at, shown_function, shown_place
from shared.document import Document, Index
from shared.events.meetings import Forum, Invited, MeetingCalled, ReminderTimeReached
from shared.ids import name_id
from shared.mongo import Database, Row

Reason = Literal[
    "taken", "refused", "recipient_refused", "deferred", "timeout", "unreachable", "no_mailbox", "unwritten",
    "bounced", "bounced_for_now", "suppressed", "asked_for_again",
]  # fmt: skip
LetterKind = Literal["invitation", "reminder"]
LetterState = Literal["created", "sent", "failed", "expired", "suppressed", "bounced"]
MAILBOXES = 50
"""Letters in one delivery: the more, the fewer commits, and the more letters that a kill may repeat."""


class Attempt(BaseModel):
    """What one try came to, or what was heard later. The server's words are left out: they quote addresses."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    reason: Reason
    code: int | None = None
    enhanced: str | None = None
    wait_seconds: int = 0
    report: str | None = None


class Letter(BaseModel):
    """One recipient's letter. The function is stored as a letter may show it, never as it came."""

    id: str
    recipient: Invited
    state: LetterState = "created"
    next_attempt_at: AwareDatetime
    attempts: tuple[Attempt, ...] = ()

    @property
    def sent_as(self) -> str:
        """Its id on the way out: another each time somebody asks for it again, or the repeat would be dropped."""
        asked = sum(attempt.reason == "asked_for_again" for attempt in self.attempts)
        return f"{self.id}.{asked + 1}" if asked else self.id

    def note(self, attempt: Attempt, luck: float, starts_at: datetime) -> None:
        """Write down an attempt and what follows: done, never, or again later."""
        self.attempts = (*self.attempts, attempt)
        match attempt.reason:
            case "taken":
                self.state = "sent"
            case "refused" | "recipient_refused" | "no_mailbox":
                self.state = "failed"
            case "suppressed" | "bounced":
                self.state = attempt.reason
            case "deferred" | "timeout" | "unreachable" | "unwritten":
                asked = timedelta(seconds=attempt.wait_seconds)
                self.next_attempt_at = next_attempt_at(attempt.at, len(self.attempts), luck, starts_at, asked)
            case "asked_for_again":
                self.state, self.next_attempt_at = "created", attempt.at
            case "bounced_for_now":
                pass  # the mail servers go on trying by themselves

    def expire(self) -> None:
        """Give up: the meeting has begun."""
        self.state = "expired"


class Delivery(Document):
    """Letters on their way. `place` and the functions are stored as a letter may show them, never as they came."""

    collection: ClassVar[str] = "deliveries"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("which_letters_are_due", (("state", 1), ("next_attempt_at", 1))),
        Index("which_claims_have_lapsed", (("state", 1), ("lease_until", 1))),
        Index("what_is_written_about_this_meeting", (("meeting_id", 1), ("kind", 1), ("revision", 1))),
        Index("which_addresses_may_be_forgotten", (("forget_at", 1),)),
    )

    kind: LetterKind
    meeting_id: str
    revision: str
    sequence: int = 0
    organiser: Invited
    forum: Forum
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: str
    made_at: AwareDatetime
    letters: list[Letter]
    state: Literal["created", "claimed", "done"] = "created"
    next_attempt_at: AwareDatetime
    claim: str | None = None
    lease_until: AwareDatetime | None = None
    forget_at: AwareDatetime | None

    def row(self) -> Row:
        """Return the delivery as it is stored: of an attempt only what there is to say."""
        row = super().row()
        for letter in row["letters"]:
            letter["attempts"] = [{name: value for name, value in each.items() if value} for each in letter["attempts"]]
        return row

    def due(self, now: datetime) -> list[Letter]:
        """Return the letters that wait for nothing but to be sent."""
        return [letter for letter in self.letters if letter.state == "created" and letter.next_attempt_at <= now]

    def let_go(self) -> None:
        """Give up the claim: what is left is due when its first letter is."""
        waiting = [letter.next_attempt_at for letter in self.letters if letter.state == "created"]
        self.state = "created" if waiting else "done"
        self.next_attempt_at = min(waiting, default=self.next_attempt_at)
        self.claim = self.lease_until = None


def letters_of(
    event: MeetingCalled | ReminderTimeReached, recipients: Sequence[Invited], now: datetime, bundles: int = 0
) -> list[Delivery]:
    """Return an event's letters to these recipients. `bundles` is how many deliveries of the same event there are.

    A new sequence of the meeting is a new invitation; a meeting that has got another time is reminded of again.
    """
    kind, revision = kind_of(event), revision_of(event)
    return [
        Delivery(
            id=name_id("deliveries", kind, event.meeting_id, revision, str(bundles + start // MAILBOXES)),
            kind=kind,
            meeting_id=event.meeting_id,
            revision=revision,
            sequence=_sequence_of(event),
            organiser=_shown(event.organiser),
            forum=event.forum,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            place=shown_place(event.place),
            made_at=now,
            letters=[
                Letter(id=letter_id(event, each), recipient=_shown(each), next_attempt_at=now)
                for each in recipients[start : start + MAILBOXES]
            ],
            next_attempt_at=now,
            forget_at=event.starts_at + KEPT_AFTER_MEETING,
        )
        for start in range(0, len(recipients), MAILBOXES)
    ]


def kind_of(event: MeetingCalled | ReminderTimeReached) -> LetterKind:
    """Return the kind of letter that an event asks for."""
    return "invitation" if event.type.startswith("meeting.called.") else "reminder"


def revision_of(event: MeetingCalled | ReminderTimeReached) -> str:
    """Return what tells an event's letters from others of their kind about the same meeting."""
    if kind_of(event) == "invitation":
        return str(_sequence_of(event))
    reached = cast("ReminderTimeReached", event)
    return f"{reached.before} {reached.starts_at.astimezone(UTC).isoformat()}"


def _sequence_of(event: MeetingCalled | ReminderTimeReached) -> int:
    return cast("MeetingCalled", event).sequence if kind_of(event) == "invitation" else 0


def letter_id(event: MeetingCalled | ReminderTimeReached, recipient: Invited) -> str:
    """Return the id of the one letter of that kind, meeting, mailbox and revision."""
    return name_id("delivery", kind_of(event), event.meeting_id, recipient.email.casefold(), revision_of(event))


def _shown(invited: Invited) -> Invited:
    return invited.model_copy(update={"function": shown_function(invited.function)})


async def forget_addresses(db: Database, now: datetime) -> int:
    """Take addresses and place out of letters about meetings 30 days past; what is left is the record of sending."""
    past = {"forget_at": {"$lte": now}, "state": "done"}
    without = {"letters.$[].recipient.email": "", "organiser.email": "", "place": "", "forget_at": None}
    return await db.change_each(Delivery.collection, past, {"$set": without, "$inc": {"version": 1}})
