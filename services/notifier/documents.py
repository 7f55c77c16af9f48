"""Letters, from the event that asks for them until the mail server has taken them.

A delivery is what one event has us write to at most 50 mailboxes, so that 50 letters cost one claim and one commit. A
letter's id is its idempotency key: kind, what it is about, mailbox and revision. What happens to stored deliveries goes
through `sending/claims.py`, by version and in no transaction: a handler only adds to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from services.notifier.facts.shapes import AnyFacts, LetterKind, LocalStart
from services.notifier.rules import KEPT_AFTER_MEETING, next_attempt_at, shown_function
from shared.document import Document, Index
from shared.events.meetings import Invited
from shared.ids import name_id
from shared.mongo import Database, Row

Reason = Literal[
    "taken", "refused", "recipient_refused", "deferred", "timeout", "unreachable", "no_mailbox", "unwritten",
    "bounced", "bounced_for_now", "suppressed", "asked_for_again",
]  # fmt: skip
LetterState = Literal["created", "sent", "failed", "expired", "suppressed", "bounced", "withdrawn"]
_FACTS: Final[TypeAdapter[AnyFacts]] = TypeAdapter(AnyFacts)
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

    def note(self, attempt: Attempt, luck: float, not_after: datetime) -> None:
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
                self.next_attempt_at = next_attempt_at(attempt.at, len(self.attempts), luck, not_after, asked)
            case "asked_for_again":
                self.state, self.next_attempt_at = "created", attempt.at
            case "bounced_for_now":
                pass  # the mail servers go on trying by themselves

    def expire(self) -> None:
        """Give up: it is too late for what it says."""
        self.state = "expired"

    def withdraw(self) -> None:
        """Leave it unsent: something else has been said since."""
        self.state = "withdrawn"


class Delivery(Document):
    """Letters on their way, all about one meeting or one series (`about`), with the facts that they are written from.

    `not_after` is when they are given up. `wanted_by` is what the send window may not bring them closer to than an
    hour. `ends_at` is when what they are about is over; they are kept for a time after it.
    """

    collection: ClassVar[str] = "deliveries"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("which_letters_are_due", (("state", 1), ("next_attempt_at", 1))),
        Index("which_claims_have_lapsed", (("state", 1), ("lease_until", 1))),
        Index("what_is_written_about_this", (("about", 1), ("kind", 1), ("revision", 1))),
        Index("which_addresses_may_be_forgotten", (("forget_at", 1),)),
    )

    kind: LetterKind
    about: str
    series_id: str
    occurrence: LocalStart | None = None
    revision: str
    sequence: int = 0
    organiser: Invited
    facts_as_stored: dict[str, Any] | None
    not_after: AwareDatetime
    wanted_by: AwareDatetime
    ends_at: AwareDatetime
    made_at: AwareDatetime
    letters: list[Letter]
    state: Literal["created", "claimed", "done"] = "created"
    next_attempt_at: AwareDatetime
    claim: str | None = None
    lease_until: AwareDatetime | None = None
    forget_at: AwareDatetime | None

    @property
    def facts(self) -> AnyFacts | None:
        """Return what its letters are written from; None once it is forgotten.

        Read when a letter is written and not before: facts that cannot be read put off no letters but their own.
        """
        return None if self.facts_as_stored is None else _FACTS.validate_python(self.facts_as_stored)

    @cached_property
    def facts_key(self) -> str:
        """Return what is equal for deliveries with equal facts, without reading them."""
        return repr(self.facts_as_stored)

    def row(self) -> Row:
        """Return the delivery as it is stored: of an attempt only what there is to say."""
        row = super().row()
        for letter in row["letters"]:
            letter["attempts"] = [{name: value for name, value in each.items() if value} for each in letter["attempts"]]
        return row

    def due(self, now: datetime) -> list[Letter]:
        """Return the letters that wait for nothing but to be sent."""
        return [letter for letter in self.letters if letter.state == "created" and letter.next_attempt_at <= now]

    def needed_by(self, now: datetime) -> datetime:
        """Return the moment that its letters should come well before."""
        return self.wanted_by if now < self.wanted_by else self.not_after

    def let_go(self) -> None:
        """Give up the claim: what is left is due when its first letter is."""
        waiting = [letter.next_attempt_at for letter in self.letters if letter.state == "created"]
        self.state = "created" if waiting else "done"
        self.next_attempt_at = min(waiting, default=self.next_attempt_at)
        self.claim = self.lease_until = None


@dataclass(frozen=True)
class Draft:
    """What is to be written, before it is known to whom: all of a delivery but its letters."""

    about: str
    series_id: str
    revision: str
    organiser: Invited
    facts: AnyFacts
    not_after: datetime
    wanted_by: datetime
    ends_at: datetime
    sequence: int = 0
    occurrence: datetime | None = None

    def letter_id(self, recipient: Invited) -> str:
        """Return the id of the one letter of this kind, about this, to that mailbox, in this revision."""
        return name_id("delivery", self.facts.kind, self.about, recipient.email.casefold(), self.revision)

    def letters_to(self, recipients: Sequence[Invited], now: datetime, bundles: int = 0) -> list[Delivery]:
        """Return deliveries to these recipients. `bundles` is how many of the same draft there are already."""
        return [
            Delivery(
                id=name_id("deliveries", self.facts.kind, self.about, self.revision, str(bundles + start // MAILBOXES)),
                kind=self.facts.kind,
                about=self.about,
                series_id=self.series_id,
                occurrence=self.occurrence,
                revision=self.revision,
                sequence=self.sequence,
                organiser=shown(self.organiser),
                facts_as_stored=self.facts.model_dump(),
                not_after=self.not_after,
                wanted_by=self.wanted_by,
                ends_at=self.ends_at,
                made_at=now,
                letters=[
                    Letter(id=self.letter_id(each), recipient=shown(each), next_attempt_at=now)
                    for each in recipients[start : start + MAILBOXES]
                ],
                next_attempt_at=now,
                forget_at=self.ends_at + KEPT_AFTER_MEETING,
            )
            for start in range(0, len(recipients), MAILBOXES)
        ]


def shown(invited: Invited) -> Invited:
    """Return somebody called, the function as a letter may show it."""
    return invited.model_copy(update={"function": shown_function(invited.function)})


async def forget_addresses(db: Database, now: datetime) -> int:
    """Take addresses and facts out of letters about what is 30 days past; what is left is the record of sending."""
    past = {"forget_at": {"$lte": now}, "state": "done"}
    without = {"letters.$[].recipient.email": "", "organiser.email": "", "facts_as_stored": None, "forget_at": None}
    return await db.change_each(Delivery.collection, past, {"$set": without, "$inc": {"version": 1}})
