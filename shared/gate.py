"""The gate: who may be told what, about whom, on which ground. Nothing known means refused, and there is no override.

Reading personal content takes a `Permit`, and only this module makes one. Each service that tells keeps its own copy
of the bases, from `consent`'s events, one document a person. A decision on a person must save that document in its
commit (`bases_of` sees to it), so that a consent's end and a disclosure can never pass each other unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.clock import LOCAL_ZONE, local_day
from shared.document import Document
from shared.events.consent import ConsentActivated, ConsentEnded, ConsentNarrowed
from shared.events.event import Cell
from shared.transaction import Transaction

_MAKER = object()

WAIVER = "osl_10_1_12_2"
"""The person's own waiver of secrecy: OSL 10 kap. 1 § and 12 kap. 2 §."""


class ConsentBasis(BaseModel):
    """What a service knows of one consent. `revision` 0 with an end is one that ended before it was heard of."""

    model_config = ConfigDict(frozen=True)

    form_id: str
    revision: int
    valid_from: date | None = None
    valid_to: date | None = None
    cells: tuple[Cell, ...] = ()
    ended_at: datetime | None = None

    def opens(self, cell: Cell, on: date) -> bool:
        """Say whether this consent opens the cell that day."""
        if self.ended_at is not None or self.valid_from is None or self.valid_to is None:
            return False
        return cell in self.cells and self.valid_from <= on <= self.valid_to


class Bases(Document):
    """The bases known about one person; its id is the `person_ref`."""

    collection: ClassVar[str] = "bases"

    consents: tuple[ConsentBasis, ...] = ()


@dataclass(frozen=True, init=False)
class Permit:
    """The right to tell one agency one category about one person, and the basis it rests on."""

    person_ref: str
    cell: Cell
    form_id: str
    valid_until: date
    granted_at: datetime
    kind: Literal["consent"] = "consent"
    provision: str = WAIVER

    def __init__(self, maker: object, person_ref: str, cell: Cell, basis: ConsentBasis, granted_at: datetime) -> None:
        if maker is not _MAKER or basis.valid_to is None:
            raise TypeError("only the gate makes permits")
        for name, value in (
            ("person_ref", person_ref),
            ("cell", cell),
            ("form_id", basis.form_id),
            ("valid_until", basis.valid_to),
            ("granted_at", granted_at),
        ):
            object.__setattr__(self, name, value)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What an outbox row told on this permit rests on: the consent, and the cell of it."""
        return (self.form_id, resting_on(self.form_id, self.cell))

    @property
    def good_until(self) -> datetime:
        """The instant from which nothing may be told on it: the midnight that ends its last day."""
        return datetime.combine(self.valid_until + timedelta(days=1), time.min, LOCAL_ZONE)


@dataclass(frozen=True)
class Refusal:
    """A no, with its stable code."""

    code: Literal["no_basis"]
    cell: Cell


async def bases_of(tx: Transaction, person_ref: str) -> Bases:
    """Return what is known of a person, and hold it: a commit fails if another decision on the person came between."""
    bases = await tx.get(Bases, person_ref) or Bases(id=person_ref)
    tx.save(bases)
    return bases


def may_tell(bases: Bases, *, from_: str, to: str, category: str, at: datetime) -> Permit | Refusal:
    """Answer whether `from_` may tell `to` this category about the person at that instant."""
    cell = Cell(released_by=from_, received_by=to, category=category)
    on = local_day(at)
    for basis in bases.consents:
        if basis.opens(cell, on):
            return Permit(_MAKER, bases.id, cell, basis, at)
    return Refusal("no_basis", cell)


def receivers_of(bases: Bases, *, from_: str, category: str, at: datetime) -> list[Permit]:
    """Return a permit for every agency that `from_` may tell this category about the person at that instant."""
    named = {cell.received_by for basis in bases.consents for cell in basis.cells}
    answers = [may_tell(bases, from_=from_, to=agency, category=category, at=at) for agency in sorted(named)]
    return [answer for answer in answers if isinstance(answer, Permit)]


def resting_on(form_id: str, cell: Cell) -> str:
    """Return the name under which outbox rows rest on one cell of a consent."""
    return ":".join((form_id, cell.released_by, cell.received_by, cell.category))


def learn(bases: Bases, event: ConsentActivated | ConsentNarrowed | ConsentEnded) -> list[Cell]:
    """Take in what `consent` says and return the cells that are closed by it.

    Late and repeated events change nothing; an ended consent stays ended.
    """
    known = {basis.form_id: basis for basis in bases.consents}
    before = known.get(event.form_id) or ConsentBasis(form_id=event.form_id, revision=0)
    if before.ended_at is not None:
        return []
    if isinstance(event, ConsentEnded):
        after = before.model_copy(update={"ended_at": event.ended_at})
    elif event.revision > before.revision:
        after = ConsentBasis(
            form_id=event.form_id,
            revision=event.revision,
            valid_from=event.valid_from,
            valid_to=event.valid_to,
            cells=event.cells,
        )
    else:
        return []
    bases.consents = tuple(sorted({**known, event.form_id: after}.values(), key=lambda basis: basis.form_id))
    return [cell for cell in before.cells if after.ended_at is not None or cell not in after.cells]
