"""The last word about each series and each of its meetings, by the sequence it was said with (RFC 5546, 2.1.4).

Events come in any order. What was said before the last word about the same thing is not written any more, and what is
written already and waits is withdrawn when its turn to be sent comes: so the sender asks here too, for every delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pydantic import AwareDatetime, Field

from services.notifier.documents import Delivery
from services.notifier.facts.shapes import LetterKind, SeriesFacts
from shared.clock import LOCAL_ZONE
from shared.document import Document, Index
from shared.mongo import Database
from shared.transaction import Transaction
from shared.working_days import red_days

KEPT = timedelta(days=180)
"""Longer than any event is under way, dead letters that are replayed among them."""
_OF_A_SERIES: frozenset[LetterKind] = frozenset({"invitation", "change"})
_OF_A_MEETING: frozenset[LetterKind] = frozenset({"move", "cancellation", "question", "reminder"})
_SAID_ANEW: frozenset[LetterKind] = frozenset({"move", "cancellation", "reminder"})
"""What an announcement of the whole series takes the place of: it says all meetings again, and each that is still held
is reminded of anew under its sequence. A question is not asked again, so it stands."""


class LastWord(Document):
    """What has been announced of a series last, and by occurrence what has been said of a meeting by itself."""

    collection: ClassVar[str] = "last_words"
    indexes: ClassVar[tuple[Index, ...]] = (Index("when_may_this_be_forgotten", (("heard_at", 1),), expire_after=KEPT),)

    announced: int = -1
    series: SeriesFacts | None = None
    meetings: dict[str, int] = Field(default_factory=dict)
    heard_at: AwareDatetime

    def hear_of_series(self, facts: SeriesFacts, sequence: int, now: datetime) -> None:
        """Note an announcement."""
        self.heard_at = now
        if sequence >= self.announced:
            self.announced, self.series = sequence, facts

    def hear_of_meeting(self, occurrence: datetime, sequence: int, now: datetime) -> None:
        """Note what was said of one meeting, and forget those long past."""
        self.heard_at = now
        oldest = (now - KEPT).replace(tzinfo=None).isoformat()
        kept = {name: said for name, said in self.meetings.items() if name >= oldest}
        name = occurrence.isoformat()
        self.meetings = {**kept, name: max(sequence, kept.get(name, sequence))}

    def outdates(self, kind: LetterKind, sequence: int, occurrence: datetime | None) -> bool:
        """Say whether something has been said since that makes a letter of that kind and sequence untrue."""
        if kind in _OF_A_SERIES:
            return sequence < self.announced
        if kind not in _OF_A_MEETING or occurrence is None:
            return False
        if kind in _SAID_ANEW and sequence < self.announced:
            return True
        return sequence < self.meetings.get(occurrence.isoformat(), sequence)

    def next_after(self, occurrence: datetime) -> datetime | None:
        """Return when the next ordinary meeting begins; None on a red day or where something is said of it."""
        if self.series is None or not self.series.by_stockholm:
            return None
        start = next(iter(self.series.starts_after(occurrence, 1)), None)
        if start is None or start.isoformat() in self.meetings or start.date() in red_days():
            return None
        return start.replace(tzinfo=LOCAL_ZONE).astimezone(UTC)


async def last_word_on(tx: Transaction, series_id: str) -> LastWord:
    """Return what has been said of a series, none of it if nothing has."""
    return await tx.get(LastWord, series_id) or LastWord(id=series_id, heard_at=tx.now)


async def withdraw_outdated(db: Database, deliveries: Sequence[Delivery]) -> None:
    """Withdraw, among claimed deliveries, the letters that wait and are no longer true. The holder writes it down."""
    names = sorted({delivery.series_id for delivery in deliveries})
    rows = await db.find(LastWord.collection, {"_id": {"$in": names}}) if names else []
    words = {word.id: word for word in map(LastWord.of, rows)}
    for delivery in deliveries:
        word = words.get(delivery.series_id)
        if word and word.outdates(delivery.kind, delivery.sequence, delivery.occurrence):
            for letter in delivery.letters:
                if letter.state == "created":
                    letter.withdraw()
