"""Outbox rows: what a service has decided to say, kept until the broker has confirmed it.

A row may be published when its `due_at` (the house's clock) has come and nobody's lease on it (`leased_until`, real
time) is running. Bodies that hold personal data are sealed under the person's key while they wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.document import Index
from shared.mongo import Database, Row
from shared.outgoing import Outgoing
from shared.vault import Vault

OUTBOX = "outbox"
LEASE = timedelta(seconds=30)
SET_OUT = "set_out"
"""The mark of a row that rests on something and is being published: it can no longer be taken back as not told."""
_PLAIN = "plain"
"""Of a row in this process's memory, never of a stored one."""
INDEXES = (
    Index("which_rows_are_due", (("due_at", 1), ("leased_until", 1))),
    Index("which_rows_does_this_claim_hold", (("claim", 1),)),
    Index("which_rows_rest_on_this_consent", (("resting_on", 1),), only_where=(("resting_on", {"$exists": True}),)),
)


def real_now() -> datetime:
    """Return real time, which leases are measured in."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Saying:
    """A message that a handler wants said, with what the outbox must know of it."""

    outgoing: Outgoing
    due_at: datetime | None = None
    key: str | None = None
    sealed_for: str | None = None
    resting_on: tuple[str, ...] = ()
    good_until: datetime | None = None

    @property
    def row_id(self) -> str:
        """The row's id: its key, so that a new saying takes the old one's place, or the message's own id."""
        return f"key:{self.key}" if self.key else self.outgoing.message_id


async def row_of(saying: Saying, at: datetime, claim: str, vault: Vault) -> Row:
    """Return the row, its body sealed if it concerns a person; rows due now are leased to the claim."""
    outgoing = saying.outgoing
    body = outgoing.body
    if saying.sealed_for is not None:
        body = await vault.seal(saying.sealed_for, body.decode())
    due_now = saying.due_at is None or saying.due_at <= at
    row: Row = {
        "_id": saying.row_id,
        "exchange": outgoing.exchange,
        "routing_key": outgoing.routing_key,
        "body": body,
        "message_id": outgoing.message_id,
        "headers": outgoing.headers,
        "correlation_id": outgoing.correlation_id,
        "due_at": saying.due_at or at,
        "leased_until": real_now() + LEASE if due_now else real_now(),
        "claim": claim if due_now else None,
        "tries": 0,
    }
    if saying.sealed_for is not None:
        row["sealed_for"] = saying.sealed_for
    if saying.resting_on:
        row["resting_on"] = list(saying.resting_on)
    if saying.good_until is not None:
        row["good_until"] = saying.good_until
    return row


async def may_go(db: Database, row: Row, at: datetime) -> bool:
    """Say whether a row held in hand may still go out: its basis may have ended since it was written or read.

    A yes marks what rests on something, so that whoever takes it back from now on knows that it may have gone.
    """
    if "good_until" in row and row["good_until"] <= at:
        return False
    if "resting_on" not in row:
        return True
    return await db.change(OUTBOX, {"_id": row["_id"], "claim": row["claim"]}, {"$set": {SET_OUT: True}}) == 1


def in_hand(row: Row, saying: Saying) -> Row:
    """Return a row that has just been committed, with its body readable: what goes out at once is not unsealed."""
    return {**row, _PLAIN: saying.outgoing.body}


async def outgoing_of(row: Row, vault: Vault) -> Outgoing:
    """Return the message a row holds; `Erased` when its person's key is gone."""
    body = row[_PLAIN] if _PLAIN in row else row["body"]
    if "sealed_for" in row and _PLAIN not in row:
        body = (await vault.open(row["sealed_for"], body)).encode()
    return Outgoing(
        exchange=row["exchange"],
        routing_key=row["routing_key"],
        body=bytes(body),
        message_id=row["message_id"],
        headers=row["headers"],
        correlation_id=row["correlation_id"],
    )


async def claim_due(db: Database, at: datetime, limit: int = 100) -> list[Row]:
    """Lease the rows that are due and nobody's, and return them."""
    free = {"due_at": {"$lte": at}, "leased_until": {"$lte": real_now()}}
    due = await db.find(OUTBOX, free, sort=[("due_at", 1)], limit=limit)
    if not due:
        return []
    claim = uuid4().hex
    mine = {"_id": {"$in": [row["_id"] for row in due]}, **free}
    await db.change(OUTBOX, mine, {"$set": {"claim": claim, "leased_until": real_now() + LEASE}, "$inc": {"tries": 1}})
    return await db.find(OUTBOX, {"claim": claim})


async def remove(db: Database, rows: Sequence[Row]) -> None:
    """Delete published rows, but not one that another saying or another claim has taken over meanwhile.

    Everything under the claims of these rows has been published or put back.
    """
    claims = sorted({row["claim"] for row in rows})
    await db.delete(OUTBOX, {"_id": {"$in": [row["_id"] for row in rows]}, "claim": {"$in": claims}})


async def put_back(db: Database, rows: Sequence[Row]) -> None:
    """Give rows that could not be published back to the sweep, later each time: 1, 2, 4 … at most 60 seconds."""
    for row in rows:
        wait = timedelta(seconds=min(60, 2 ** min(row["tries"], 6)))
        mine = {"_id": row["_id"], "claim": row["claim"]}
        await db.change(
            OUTBOX, mine, {"$set": {"leased_until": real_now() + wait, "claim": None}, "$unset": {SET_OUT: ""}}
        )
