"""Telling an agency something that rests on permits, with its rows; and the rows of what was taken back after all.

Message and rows are collected for one commit: never the one without the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from shared.register.rows import Entry, What, still_told, told

if TYPE_CHECKING:
    from shared.events.answers import Answer
    from shared.gate import Permit
    from shared.transaction import Transaction


def tell_on(
    tx: Transaction,
    agency: str,
    answer: Answer,
    behind: Mapping[Permit, bool],
    *,
    what: What,
    message_id: str,
    sealed_for: str,
    resting_on: Iterable[str] = (),
) -> datetime | None:
    """Tell an agency that youths are spoken of, with a row for each permit behind it; return until when that is good.

    `behind` says of each permit whether what it opens is secret from the guardians. What waits in the outbox rests on
    all of it, and on what `resting_on` names beside.
    """
    names = (*resting_on, *(name for permit in behind for name in permit.rests_on))
    good_until = min((permit.good_until for permit in behind), default=None)
    tx.tell(
        agency,
        answer,
        message_id=message_id,
        sealed_for=sealed_for,
        resting_on=tuple(dict.fromkeys(names)),
        good_until=good_until,
    )
    for permit, is_secret in behind.items():
        tx.record(told(permit, what, message_id, secret_from_guardian=is_secret))
    return good_until


async def record_taken_back(tx: Transaction, message_ids: Collection[str]) -> None:
    """Write down that these messages, once told, were taken back before they went out."""
    if not message_ids:
        return
    rows = await tx.find(Entry, {"about": {"$in": sorted(message_ids)}}, sort=[("at", 1)])
    for row in still_told(rows):
        tx.record(row.model_copy(update={"id": str(uuid4()), "version": 0, "act": "taken_back", "at": tx.now}))
