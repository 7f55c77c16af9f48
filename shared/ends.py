"""Which consents have ended or been narrowed, noted where every service that tells can look at the last moment.

An end travels to the services as a message, and under load that takes longer than a telling may be held. So `consent`
notes it here before it commits it, and a relay looks here before it sends what rests on a consent. A note goes only if
its own commit came to nothing, and holds ids of forms and cells alone. What a service itself knows and decides stands
in its own bases.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.document import Index
from shared.events.consent import ConsentEnded, ConsentNarrowed
from shared.events.event import Cell
from shared.mongo import Database

ENDS = "ends"
INDEXES = (Index("how_far_has_this_consent_ended", (("form_id", 1),)),)


class Ends:
    """The notes, in the database of the vault."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def note(self, event: ConsentEnded | ConsentNarrowed, by: str) -> None:
        """Note what is left of a consent: nothing of one that has ended. Doing it again changes nothing.

        `by` is the commit that says so: what another has noted of the same consent is neither replaced nor removed.
        """
        left = [] if isinstance(event, ConsentEnded) else [resting_on(event.form_id, cell) for cell in event.cells]
        is_end = isinstance(event, ConsentEnded)
        await self._db.put(ENDS, {"_id": _name(event, by), "form_id": event.form_id, "ended": is_end, "left": left})

    async def strike(self, event: ConsentEnded | ConsentNarrowed, by: str) -> None:
        """Take back a note whose commit came to nothing: run again, it may decide that nothing ends."""
        await self._db.delete(ENDS, {"_id": _name(event, by)})

    async def forbid(self, names: Iterable[str]) -> bool:
        """Say whether something that a telling rests on is gone: a consent that has ended, a cell that is closed."""
        if not (rests_on := set(names)):
            return False
        # The name of a cell is its consent's and three more words; see `resting_on`.
        forms = sorted(rests_on | {name.rsplit(":", 3)[0] for name in rests_on})
        for note in await self._db.find(ENDS, {"form_id": {"$in": forms}}):
            cells = {name for name in rests_on if name.startswith(f"{note['form_id']}:")}
            if note["ended"] or not cells <= set(note["left"]):
                return True
        return False


def _name(event: ConsentEnded | ConsentNarrowed, by: str) -> str:
    # An end has a name of its own: a narrowing that is decided at the same moment must not take its place.
    return f"{event.form_id}:{'ended' if isinstance(event, ConsentEnded) else event.revision}:{by}"


def resting_on(basis_id: str, cell: Cell) -> str:
    """Return the name under which outbox rows rest on one cell of a consent or an assessment."""
    return ":".join((basis_id, cell.released_by, cell.received_by, cell.category))
