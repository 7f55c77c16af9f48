"""The last day of a basis, posted early by whoever tells on it: what still waits on it then must not count as told.

The outbox knows by itself that it may not send such a row. Only this look takes the row away, so never tell on a permit
without posting it.
"""

from __future__ import annotations

from datetime import datetime

from shared.events.observations import BasisEndReached
from shared.gate import Permit
from shared.transaction import Transaction


def post_end(tx: Transaction, permit: Permit) -> None:
    """Have the person looked at when the permit's basis closes: one look a basis and last day, however much is told."""
    _post(tx, BasisEndReached(person_ref=permit.person_ref, basis_id=permit.basis_id, ends_at=permit.good_until))


def is_early(tx: Transaction, event: BasisEndReached) -> bool:
    """Say whether a replica's clock was ahead of this one's; the look is then posted again for its moment."""
    if event.ends_at <= tx.now:
        return False
    _post(tx, event)
    return True


def _post(tx: Transaction, event: BasisEndReached) -> None:
    tx.emit(event, due_at=event.ends_at, key=_key(event.person_ref, event.basis_id, event.ends_at))


def _key(person_ref: str, basis_id: str, ends_at: datetime) -> str:
    # With the moment: a table of law that is changed may give one basis two last days, and each is a look of its own.
    return f"basis-end:{person_ref}:{basis_id}:{int(ends_at.timestamp())}"
