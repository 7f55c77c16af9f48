"""The gate: who may be told what, about whom, on which ground. Nothing known means refused, and there is no override.

Reading personal content takes a `Permit`, and only this module makes one. Each service that tells keeps its own copy
of the bases, from `consent`'s events, one document a person. A decision on a person must save that document in its
commit (`bases_of` sees to it), so that a consent's end and a disclosure can never pass each other unseen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.clock import local_day, start_of
from shared.document import Document
from shared.ends import resting_on
from shared.events.consent import ConsentActivated, ConsentEnded, ConsentNarrowed, SecrecyAssessmentAccepted
from shared.events.event import Cell
from shared.policy.bases import LegalBases, the_law
from shared.transaction import Transaction

_MAKER = object()

WAIVER = "osl_10_1_12_2"
"""The person's own waiver of secrecy: OSL 10 kap. 1 § and 12 kap. 2 §."""


class ConsentBasis(BaseModel):
    """What a service knows of one consent. `revision` 0 with an end is one that ended before it was heard of.

    `withdrawn` are cells that it once held.
    """

    model_config = ConfigDict(frozen=True)

    form_id: str
    revision: int
    valid_from: date | None = None
    valid_to: date | None = None
    cells: tuple[Cell, ...] = ()
    withdrawn: tuple[Cell, ...] = ()
    ended_at: datetime | None = None
    kind: ClassVar[Literal["consent"]] = "consent"
    provision: ClassVar[str] = WAIVER

    @property
    def id(self) -> str:
        """The form's id."""
        return self.form_id

    def opens(self, cell: Cell, on: date) -> bool:
        """Say whether this consent opens the cell that day."""
        if self.ended_at is not None or self.valid_from is None or self.valid_to is None:
            return False
        return cell in self.cells and self.valid_from <= on <= self.valid_to

    def has_closed(self, cell: Cell, on: date) -> bool:
        """Say whether it held this cell and has ended: withdrawn or replaced, or past its last day."""
        is_over = self.ended_at is not None or (self.valid_to is not None and self.valid_to < on)
        return cell in self.withdrawn or (cell in self.cells and is_over)


class AssessmentBasis(BaseModel):
    """What a service knows of one accepted assessment; `valid_to` is cut to what its provision allows."""

    model_config = ConfigDict(frozen=True)

    assessment_id: str
    provision: str
    valid_from: datetime
    valid_to: date
    cells: tuple[Cell, ...]
    kind: ClassVar[Literal["assessment"]] = "assessment"

    @property
    def id(self) -> str:
        """The assessment's id."""
        return self.assessment_id

    def opens(self, cell: Cell, at: datetime, law: LegalBases) -> bool:
        """Say whether this assessment opens the cell at that instant, under the law as it stands then."""
        return cell in self.cells and self.valid_from <= at and self._lasts(cell, local_day(at), law)

    def has_closed(self, cell: Cell, at: datetime, law: LegalBases) -> bool:
        """Say whether it held this cell and has ended: past its last day, or its provision is repealed or changed."""
        return cell in self.cells and self.valid_from <= at and not self._lasts(cell, local_day(at), law)

    def cut_by(self, law: LegalBases, on: date) -> AssessmentBasis:
        """Return it with no later last day than its provision's wording: the table may have changed since."""
        row = law.in_force(self.provision, on)
        if row is None or row.valid_to is None or self.valid_to <= row.valid_to:
            return self
        return self.model_copy(update={"valid_to": row.valid_to})

    def _lasts(self, cell: Cell, on: date, law: LegalBases) -> bool:
        return on <= self.valid_to and law.upholds(self.provision, cell.category, local_day(self.valid_from), on)


class Bases(Document):
    """The bases known about one person; its id is the `person_ref`.

    `after_erasure` is the key that went with the person's last erasure when this was learned; None: never erased.
    """

    collection: ClassVar[str] = "bases"

    after_erasure: str | None = None
    consents: tuple[ConsentBasis, ...] = ()
    assessments: tuple[AssessmentBasis, ...] = ()

    @property
    def cells(self) -> set[Cell]:
        """Every cell that one of them opens or has opened."""
        known: tuple[ConsentBasis | AssessmentBasis, ...] = (*self.consents, *self.assessments)
        withdrawn = {cell for consent in self.consents for cell in consent.withdrawn}
        return withdrawn.union(*(basis.cells for basis in known))


@dataclass(frozen=True, init=False)
class Permit:
    """The right to tell one agency one category about one person, and the basis it rests on."""

    person_ref: str
    cell: Cell
    kind: Literal["consent", "assessment"]
    basis_id: str
    provision: str
    valid_until: date
    granted_at: datetime

    def __init__(
        self, maker: object, person_ref: str, cell: Cell, basis: ConsentBasis | AssessmentBasis, granted_at: datetime
    ) -> None:
        if maker is not _MAKER or basis.valid_to is None:
            raise TypeError("only the gate makes permits")
        for name, value in (
            ("person_ref", person_ref),
            ("cell", cell),
            ("kind", basis.kind),
            ("basis_id", basis.id),
            ("provision", basis.provision),
            ("valid_until", basis.valid_to),
            ("granted_at", granted_at),
        ):
            object.__setattr__(self, name, value)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What an outbox row told on this permit rests on: the consent or assessment, and the cell of it."""
        return (self.basis_id, resting_on(self.basis_id, self.cell))

    @property
    def good_until(self) -> datetime:
        """The instant from which nothing may be told on it: the midnight that ends its last day."""
        return start_of(self.valid_until + timedelta(days=1))


@dataclass(frozen=True)
class Refusal:
    """A no, with its stable code. `basis_ended`: there was a consent or an assessment for it, and it has ended."""

    code: Literal["no_basis", "basis_ended"]
    cell: Cell


async def bases_of(tx: Transaction, person_ref: str) -> Bases:
    """Return what is known of a person, and hold it: a commit fails if another decision on the person came between.

    Nothing from before the person was erased is known any more, whoever wrote it down, and however late.
    """
    bases = await tx.get(Bases, person_ref) or Bases(id=person_ref)
    erasure = await tx.vault.last_erasure(person_ref)  # asked after the reading: what was read may have gone since
    if bases.after_erasure != erasure:
        bases.consents, bases.assessments, bases.after_erasure = (), (), erasure
    tx.save(bases)
    return bases


def may_tell(
    bases: Bases, *, from_: str, to: str, category: str, at: datetime, law: LegalBases | None = None
) -> Permit | Refusal:
    """Answer whether `from_` may tell `to` this category about the person at that instant.

    An assessment opens nothing once its provision is repealed, disabled or reworded: `law` is the house's table unless
    another is asked about.
    """
    cell = Cell(released_by=from_, received_by=to, category=category)
    on, rows = local_day(at), law or the_law()
    for consent in bases.consents:
        if consent.opens(cell, on):
            return Permit(_MAKER, bases.id, cell, consent, at)
    for assessment in bases.assessments:
        if assessment.opens(cell, at, rows):
            return Permit(_MAKER, bases.id, cell, assessment.cut_by(rows, on), at)
    has_ended = any(each.has_closed(cell, on) for each in bases.consents) or any(
        each.has_closed(cell, at, rows) for each in bases.assessments
    )
    return Refusal("basis_ended" if has_ended else "no_basis", cell)


def receivers_of(bases: Bases, *, from_: str, category: str, at: datetime) -> list[Permit]:
    """Return a permit for every agency that `from_` may tell this category about the person at that instant."""
    named = {cell.received_by for cell in bases.cells}
    answers = [may_tell(bases, from_=from_, to=agency, category=category, at=at) for agency in sorted(named)]
    return [answer for answer in answers if isinstance(answer, Permit)]


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
            withdrawn=_lost((*before.withdrawn, *before.cells), event.cells),
        )
    else:  # Heard late: what it opened and is not there any more has been withdrawn since.
        after = before.model_copy(update={"withdrawn": _lost((*before.withdrawn, *event.cells), before.cells)})
    bases.consents = tuple(sorted({**known, event.form_id: after}.values(), key=lambda basis: basis.form_id))
    return [cell for cell in before.cells if after.ended_at is not None or cell not in after.cells]


def _lost(held: Iterable[Cell], left: Iterable[Cell]) -> tuple[Cell, ...]:
    lost = set(held).difference(left)
    return tuple(sorted(lost, key=lambda cell: (cell.released_by, cell.received_by, cell.category)))


def learn_assessment(bases: Bases, event: SecrecyAssessmentAccepted) -> None:
    """Take in an accepted assessment. It never changes, and ends by itself after its last day."""
    if event.assessment_id in {known.assessment_id for known in bases.assessments}:
        return
    basis = AssessmentBasis.model_validate(event.model_dump(exclude={"person_ref"}))
    bases.assessments = tuple(sorted((*bases.assessments, basis), key=lambda each: each.assessment_id))
