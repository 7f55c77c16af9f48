"""What the register holds: rows, the slips that lie beside them until they are sealed, and the seals.

Rows are added, never changed. They hold references, codes and times; never a name, a number or content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from uuid import uuid4

from pydantic import AfterValidator, Field

from shared.document import Document, Index
from shared.person import HouseSecret

if TYPE_CHECKING:
    from shared.gate import Permit

Act = Literal[
    "disclosed", "taken_back", "denied", "asked", "assessed", "read", "exported", "erased", "held", "released", "purged"
]
What = Literal["observation", "concern", "agenda"]
Utc = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""An instant as MongoDB gives it back: a code must come out the same before and after it was stored."""


class Entry(Document):
    """One row. `about` is what was told, refused or read: a message's id, an observation, a question, an assessment.

    A telling is `disclosed` when it is decided. Where it did not go out after all there is a row `taken_back` too, the
    same but for its act and time. `what` was told is an observation, or that its youth is spoken of.
    """

    collection: ClassVar[str] = "register"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("what_has_been_done_about_this_person", (("person_ref", 1), ("at", 1))),
        Index("what_has_been_done_about_this", (("about", 1),)),
    )

    id: str = Field(default_factory=lambda: str(uuid4()))
    act: Act
    at: Utc
    about: str
    what: What | None = None
    person_ref: str | None = None
    category: str | None = None
    released_by: str | None = None
    received_by: str | None = None
    basis_kind: Literal["consent", "assessment"] | None = None
    basis_id: str | None = None
    provision: str | None = None
    valid_until: date | None = None
    code: str | None = None
    decided_by: str = "rule"
    secret_from_guardian: bool = False
    mac: str = ""

    def code_under(self, secret: HouseSecret) -> str:
        """Return the code that vouches for the row as it stands."""
        return secret.code(
            # What is None is left out: a field that is added later does not change what an older row says.
            "register-entry",
            self.model_dump(mode="json", exclude={"mac", "version"}, exclude_none=True),
        )


class Slip(Document):
    """A row's id and code, lying beside it until a seal has taken it in."""

    collection: ClassVar[str] = "register_slips"

    mac: str


class Seal(Document):
    """One link of the chain: the codes of some rows, and the code of the seal before it."""

    collection: ClassVar[str] = "register_seals"

    number: int
    previous: str
    sealed_at: Utc
    rows: tuple[tuple[str, str], ...]
    mac: str = ""

    def code_under(self, secret: HouseSecret) -> str:
        """Return the code that vouches for the seal and, through `previous`, for all before it."""
        return secret.code("register-seal", self.model_dump(mode="json", exclude={"mac", "version"}))


SHAPES: tuple[type[Document], ...] = (Entry, Slip, Seal)
"""What a service that keeps a register stores for it."""


def told(permit: Permit, what: What, about: str, *, secret_from_guardian: bool = False) -> Entry:
    """Return the row of a telling: `about` is the id of the message that tells it."""
    return Entry(
        act="disclosed",
        at=permit.granted_at,
        about=about,
        what=what,
        person_ref=permit.person_ref,
        **permit.cell.model_dump(),
        basis_kind=permit.kind,
        basis_id=permit.basis_id,
        provision=permit.provision,
        valid_until=permit.valid_until,
        # A consent opens whatever it names; behind an assessment stands somebody's decision on this very matter.
        decided_by="rule" if permit.kind == "consent" else "function",
        secret_from_guardian=secret_from_guardian,
    )


def still_told(rows: Iterable[Entry]) -> list[Entry]:
    """Return the tellings among these rows that have not been taken back, in the order given."""
    kept, taken_back = [], Counter[tuple[Any, ...]]()
    ordered = list(rows)
    for row in ordered:
        taken_back[_telling(row)] += row.act == "taken_back"
    for row in ordered:
        if row.act != "disclosed":
            continue
        if taken_back[_telling(row)]:
            taken_back[_telling(row)] -= 1
        else:
            kept.append(row)
    return kept


def written(entry: Entry, secret: HouseSecret) -> tuple[Entry, Slip]:
    """Return the row with its code, and its slip: both belong in the commit that does what the row says."""
    vouched = entry.model_copy(update={"mac": entry.code_under(secret)})
    return vouched, Slip(id=vouched.id, mac=vouched.mac)


def _telling(row: Entry) -> tuple[Any, ...]:
    """Return what a telling and its taking back have in common: the message, the cell, and what it rested on."""
    return (row.about, row.person_ref, row.released_by, row.received_by, row.category, row.basis_kind, row.basis_id)
