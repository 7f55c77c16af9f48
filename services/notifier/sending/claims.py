"""Who holds which deliveries, and who may write down what became of them.

A claim raises a delivery's `version`, so of two replicas that believe they hold the same letters only the later claimer
can write: never save without it. Each row is changed by itself and in no transaction: the rows of one that a killed
process leaves open stay locked for a minute, with the letters in them.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import randrange
from uuid import uuid4

from services.notifier.documents import Delivery
from shared.mongo import Database, Row
from shared.outbox import real_now

LOOKED_AT = 500
"""How many due deliveries a process looks up at once, to take them batch by batch."""


@dataclass
class Found:
    """What a process has found free and not looked at yet. It begins anywhere, so that replicas seldom meet."""

    ids: list[str] = field(default_factory=list)
    free: Row = field(default_factory=dict)
    looking: Lock = field(default_factory=Lock)

    async def look(self, db: Database, free: Row, first: str) -> bool:
        """Look up what is free, longest first, and say whether anything is."""
        ids = await db.ids(Delivery.collection, free, sort=[(first, 1)], limit=LOOKED_AT)
        begin = randrange(len(ids)) if ids else 0  # noqa: S311 - spreads replicas
        self.ids, self.free = ids[begin:] + ids[:begin], free
        return bool(ids)


async def claim_due(db: Database, now: datetime, lease: timedelta, limit: int, found: Found) -> list[Delivery]:
    """Take deliveries that are due, or whose holder fell silent, for `lease`; at most `limit` of them.

    `now` is the house's time. A lease is real time: it measures how long a process has been gone.
    """
    due = {"state": "created", "next_attempt_at": {"$lte": now}}
    left_behind = {"state": "claimed", "lease_until": {"$lte": real_now()}}
    while True:
        async with found.looking:
            if not found.ids and not await found.look(db, due, "next_attempt_at"):
                await found.look(db, left_behind, "lease_until")
            chosen, found.ids, free = found.ids[:limit], found.ids[limit:], found.free
        if not chosen:
            return []
        mine = {"state": "claimed", "claim": uuid4().hex, "lease_until": real_now() + lease}
        where = {"_id": {"$in": chosen}, **free}
        if await db.change_each(Delivery.collection, where, {"$set": mine, "$inc": {"version": 1}}):
            rows = await db.find(Delivery.collection, {"_id": {"$in": chosen}, "claim": mine["claim"]})
            return [Delivery.of(row) for row in rows]
        found.ids = []  # another is at work here: look again where there is something left


async def renew(db: Database, held: Sequence[Delivery], lease: timedelta) -> None:
    """Lengthen the leases of deliveries in hand; where one has another holder by now, all of them end in time."""
    until = real_now() + lease
    claims = {delivery.id: delivery.claim for delivery in held if delivery.claim}
    mine = {"_id": {"$in": list(claims)}, "claim": {"$in": sorted(set(claims.values()))}}
    if claims and await db.change_each(Delivery.collection, mine, {"$set": {"lease_until": until}}) == len(claims):
        for delivery in held:
            delivery.lease_until = until if delivery.claim else None


async def written(db: Database, delivery: Delivery) -> bool:
    """Write a delivery in place of the version that was read, and say whether that was still there."""
    row = delivery.row()
    if not await db.change_each(
        Delivery.collection, {"_id": row.pop("_id"), "version": delivery.version}, {"$set": row}
    ):
        return False
    delivery.version += 1
    return True
