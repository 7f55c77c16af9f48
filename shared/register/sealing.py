"""Sealing: slips are gathered into seals, each naming the one before, so that a row that is changed or gone shows.

A seal's id is its number, so of two replicas that seal at once only one commits. A slip goes in the commit that seals
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.logs import log
from shared.mongo import Row, Stale, Taken, Write, delete, insert
from shared.person import HouseSecret
from shared.register.rows import Seal, Slip
from shared.relay import rest

if TYPE_CHECKING:
    from shared.room import Room

SEALING_SECONDS = 1.0
MOST_IN_A_SEAL = 500
FIRST = "0" * 64
"""What the first seal names as the one before it."""


async def keep_sealing(room: Room) -> None:
    """Seal what has been written, again and again, until the service stops. Replicas may meet: one of them wins."""
    while not room.stopping.is_set():
        try:
            sealed = await seal_rows(room)
        except (Stale, Taken):
            sealed = 0  # another replica was first
        except Exception as error:  # noqa: BLE001 - an outage of any kind must not end the loop
            log().warning("sealing failed", error=type(error).__name__)
            sealed = 0
        if sealed < MOST_IN_A_SEAL:
            await rest(room.stopping, SEALING_SECONDS)


async def seal_rows(room: Room) -> int:
    """Seal the rows whose slips lie there; return how many. `Taken` when another replica sealed meanwhile."""
    slips = await room.db.find(Slip.collection, {}, sort=[("_id", 1)], limit=MOST_IN_A_SEAL)
    if not slips:
        return 0
    last = await room.db.find(Seal.collection, {}, sort=[("_id", -1)], limit=1)
    seal = _next_seal(last, slips, room.clock.now(), room.secret)
    ids = [slip["_id"] for slip in slips]
    await room.db.commit(
        [
            Write(Seal.collection, (insert(seal.row()),)),
            Write(Slip.collection, (delete({"_id": {"$in": ids}}),)),
        ]
    )
    log().info("register sealed", seal_id=seal.id, head=seal.mac)
    return len(slips)


def _next_seal(last: Sequence[Row], slips: Sequence[Row], at: datetime, secret: HouseSecret) -> Seal:
    number, previous = (last[0]["number"] + 1, last[0]["mac"]) if last else (1, FIRST)
    rows: Any = tuple((slip["_id"], slip["mac"]) for slip in slips)
    seal = Seal(id=f"{number:012d}", number=number, previous=previous, sealed_at=at, rows=rows)
    return seal.model_copy(update={"mac": seal.code_under(secret)})
