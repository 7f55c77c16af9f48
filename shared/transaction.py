"""A handler reads, decides, and hands over everything it wants written; one MongoDB transaction commits it.

That commit holds the inbox row (this message has been handled), the documents and the outbox rows, so a crash at any
point loses nothing and does nothing twice. Nothing in a handler may depend on its writes being there before it returns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import uuid4

from faststream import Context

from shared import outbox, register
from shared.document import Document, Index
from shared.events.consent import ConsentEnded, ConsentNarrowed
from shared.mongo import Database, Row, Stale, Taken, Write, delete, insert, replace
from shared.outbox import OUTBOX, Saying
from shared.outgoing import answer_message, event_message

if TYPE_CHECKING:
    from shared.agencies import AgencyRegistry
    from shared.events.answers import Answer
    from shared.events.event import Event
    from shared.person import HouseSecret
    from shared.vault import Vault

D = TypeVar("D", bound=Document)

INBOX = "inbox"
INBOX_KEPT = timedelta(days=60)
INDEXES = {INBOX: (Index("when_may_this_be_forgotten", (("at", 1),), expire_after=INBOX_KEPT),), OUTBOX: outbox.INDEXES}


class HandledBefore(Exception):
    """The inbox already holds this message: it has had its effect."""


@dataclass(frozen=True)
class Surroundings:
    """What a service's transactions share."""

    service: str
    db: Database
    agencies: AgencyRegistry
    secret: HouseSecret
    vault: Vault
    hold: timedelta = timedelta()


class Transaction:
    """A handler's whole world: what is known, what time it is, and what it wants written and said.

    `said_at` is when an agency said what is being taken in (its CloudEvent's `time`, but never later than now): of two
    that decide the same thing, the one said later holds, whichever came first.
    """

    def __init__(self, around: Surroundings, now: datetime) -> None:
        self.now = now
        self.said_at = now
        self.agencies = around.agencies
        self.secret = around.secret
        self.vault = around.vault
        self._around = around
        self._known: dict[tuple[str, str], Document] = {}
        self._saved: dict[tuple[str, str], Document] = {}
        self._sayings: dict[str, Saying] = {}
        self._ends: list[ConsentEnded | ConsentNarrowed] = []
        self._cancelled: list[Row] = []
        self._taken_back: set[str] = set()

    async def get(self, shape: type[D], id_: str) -> D | None:
        """Return the document of that id, the same object each time it is asked for; None when there is none."""
        if known := self._known.get((shape.collection, id_)):
            return known  # type: ignore[return-value]  # a collection holds one shape
        row = await self._around.db.find_one(shape.collection, {"_id": id_})
        return None if row is None else self._remember(shape, row)

    async def find(self, shape: type[D], where: Row, sort: Sequence[tuple[str, int]] = (), limit: int = 0) -> list[D]:
        """Return the documents that match what was committed before this handler."""
        rows = await self._around.db.find(shape.collection, where, sort, limit)
        return [self._remember(shape, row) for row in rows]

    def save(self, document: Document) -> None:
        """Write the document as it is when the handler returns: new, or in place of the version that was read."""
        key = (document.collection, document.id)
        self._known[key] = self._saved[key] = document

    def record(self, entry: register.Entry) -> None:
        """Add a row to the register; it is written with everything else, or not at all."""
        for document in register.written(entry, self.secret):
            self.save(document)

    def emit(self, event: Event, due_at: datetime | None = None, key: str | None = None) -> None:
        """Say an internal event, at once or when `due_at` has come. A later one with the same key takes its place."""
        self._say(Saying(event_message(event, self._around.service, self.now), due_at, key))
        if isinstance(event, ConsentEnded | ConsentNarrowed):
            self._ends.append(event)

    def tell(
        self,
        agency_id: str,
        answer: Answer,
        *,
        message_id: str,
        sealed_for: str | None = None,
        resting_on: tuple[str, ...] = (),
        good_until: datetime | None = None,
        correlation_id: str | None = None,
    ) -> None:
        """Send an answer to one agency's own queue.

        `message_id` follows from what is told, so the same thing told again is recognised. `sealed_for` (a
        `person_ref`, or `HOUSE`) encrypts what waits in the outbox; `resting_on` names the consent, and its
        cell, whose end takes the row back while it waits; from `good_until` on it is not sent, should that end be heard
        of late. What rests on something that may end is held for a moment: by then an end that was being taken in when
        this was decided has been noted, and the relay sees that (decision 0013).
        """
        message = answer_message(agency_id, answer, message_id, self.now, correlation_id)
        due_at = self.now + self._around.hold if resting_on else None
        self._say(Saying(message, due_at, sealed_for=sealed_for, resting_on=resting_on, good_until=good_until))

    def cancel(self, key: str) -> None:
        """Take back what was emitted under that key, if it has not gone out."""
        self._sayings.pop(f"key:{key}", None)
        self._cancelled.append({"_id": f"key:{key}"})

    async def take_back(self, names: Collection[str]) -> set[str]:
        """Take back what waits to be told on any of these consents or cells; return the ids that thus do not go out.

        What a relay has set out with is let go: it counts as told. Should one set out with a row meanwhile, the commit
        is `Stale`, so that what this returns is true.
        """
        where = {"resting_on": {"$in": sorted(names)}, outbox.SET_OUT: {"$exists": False}}
        rows = [row for row in await self._around.db.find(OUTBOX, where) if row["_id"] not in self._taken_back]
        self._taken_back.update(row["_id"] for row in rows)
        self._cancelled.extend({"resting_on": name} for name in sorted(names))
        return {row["message_id"] for row in rows}

    def cancel_resting_on(self, name: str) -> None:
        """Take back what waits to be told on that consent or cell of one."""
        self._cancelled.append({"resting_on": name})

    async def commit(self, inbox_row: Row | None = None) -> list[Row]:
        """Write everything in one transaction and return the outbox rows that are to be published now.

        Raises `HandledBefore` when the inbox holds the message already, `Stale` when the handler must be run again.
        """
        claim = uuid4().hex
        said = [(await outbox.row_of(each, self.now, claim, self.vault), each) for each in self._sayings.values()]
        rows = [row for row, _ in said]
        writes = self._writes(inbox_row, rows)
        if not writes:
            return []
        for end in self._ends:
            await self.vault.ends.note(end, claim)
        try:
            await self._around.db.commit(writes)
        except (Stale, Taken) as refused:
            # Nothing was written, and run again the handler may end nothing. Of any other error nobody knows.
            for end in self._ends:
                await self.vault.ends.strike(end, claim)
            if isinstance(refused, Stale):
                raise
            if refused.collection == INBOX:
                raise HandledBefore from refused
            raise Stale(refused.collection) from refused
        return [outbox.in_hand(row, saying) for row, saying in said if row["claim"] == claim]

    def _writes(self, inbox_row: Row | None, rows: list[Row]) -> list[Write]:
        writes = []
        if inbox_row is not None:
            writes.append(Write(INBOX, (insert({**inbox_row, "at": self.now}),)))
        by_collection: dict[str, list[Document]] = {}
        for document in self._saved.values():
            by_collection.setdefault(document.collection, []).append(document)
        writes.extend(_write_of(name, documents) for name, documents in sorted(by_collection.items()))
        if self._taken_back:
            still_here = {"_id": {"$in": sorted(self._taken_back)}, outbox.SET_OUT: {"$exists": False}}
            writes.append(Write(OUTBOX, (delete(still_here),), must_delete=len(self._taken_back)))
        if self._cancelled:
            writes.append(Write(OUTBOX, (delete({"$or": self._cancelled}),)))
        if rows:
            writes.append(Write(OUTBOX, tuple(replace({"_id": row["_id"]}, row, or_insert=True) for row in rows)))
        return writes

    def _say(self, saying: Saying) -> None:
        self._sayings[saying.row_id] = saying

    def _remember(self, shape: type[D], row: Row) -> D:
        key = (shape.collection, str(row["_id"]))
        if key not in self._known:
            self._known[key] = shape.of(row)
        return self._known[key]  # type: ignore[return-value]  # a collection holds one shape


Tx = Annotated[Transaction, Context("tx")]
"""A handler's parameter: the transaction of the message at hand."""


def _write_of(collection: str, documents: list[Document]) -> Write:
    operations = []
    for document in documents:
        row = document.row()
        if document.version == 0:
            operations.append(insert(row))
        else:
            operations.append(replace({"_id": document.id, "version": document.version}, row))
    return Write(collection, tuple(operations), must_match=sum(document.version > 0 for document in documents))
