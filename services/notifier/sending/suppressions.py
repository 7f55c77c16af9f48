"""Mailboxes that take no more letters, because a server or a bounce has said that they are not there.

The list holds no address: a mailbox stands in it under a digest keyed with the house's secret.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import ClassVar

from pydantic import AwareDatetime

from services.notifier.documents import Attempt, Letter, Reason
from services.notifier.rules import ends_the_mailbox
from shared.document import Document, Index
from shared.mongo import Database
from shared.person import HouseSecret


class Suppression(Document):
    """A mailbox that takes no more letters, under a keyed digest: the list itself holds no address."""

    collection: ClassVar[str] = "suppressions"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("when_may_it_be_tried_again", (("at", 1),), expire_after=timedelta(days=180)),
    )

    letter_id: str
    reason: Reason
    enhanced: str | None = None
    at: AwareDatetime


def mailbox_digest(secret: HouseSecret, email: str) -> str:
    """Return the name under which a mailbox is suppressed, whatever its capitals."""
    return secret.code("mailbox", email.casefold())


async def suppressed_among(db: Database, digests: Collection[str]) -> dict[str, str]:
    """Return those of the mailboxes that take no letters, each with the letter that showed it."""
    if not digests:
        return {}
    rows = await db.find(Suppression.collection, {"_id": {"$in": list(digests)}})
    return {str(row["_id"]): str(row["letter_id"]) for row in rows}


def suppression_of(letter: Letter, attempt: Attempt, secret: HouseSecret) -> Suppression | None:
    """Return the suppression that follows from an attempt, if one does: only a final no about the mailbox itself."""
    final = attempt.reason in ("recipient_refused", "bounced")
    if not final or not ends_the_mailbox(attempt.code, attempt.enhanced):
        return None
    digest = mailbox_digest(secret, letter.recipient.email)
    return Suppression(id=digest, letter_id=letter.id, reason=attempt.reason, enhanced=attempt.enhanced, at=attempt.at)
