"""What is kept of assessments and questions, and their rows in the register. Their free text lies sealed, or nowhere.

The shapes stand here because the service that writes them and the command that asks what a new row of law would do
both read them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from shared.document import Document, Index
from shared.events.answers import SecrecyBasisAnswered
from shared.events.event import Cell
from shared.register import Entry


class Assessment(Document):
    """An accepted assessment. `answered` names its questions; the answers and who decided are in `sealed`."""

    collection: ClassVar[str] = "assessments"
    indexes: ClassVar[tuple[Index, ...]] = (Index("which_assessments_are_about_this_person", (("person_ref", 1),)),)

    person_ref: str
    made_by: str
    fingerprint: str
    provision: str
    valid_from: datetime
    valid_to: date
    cells: tuple[Cell, ...]
    answered: tuple[str, ...]
    sealed: bytes

    def entries(self, at: datetime) -> list[Entry]:
        """Return the register's rows of its acceptance, one a cell: it was a function that decided."""
        basis = {"basis_kind": "assessment", "basis_id": self.id, "provision": self.provision}
        return [
            Entry.model_validate(
                {"act": "assessed", "at": at, "about": self.id, "person_ref": self.person_ref, "decided_by": "function"}
                | basis
                | {"valid_until": self.valid_to}
                | cell.model_dump()
            )
            for cell in self.cells
        ]


class AskedQuestion(Document):
    """A question, and the answer as it was given."""

    collection: ClassVar[str] = "questions"
    indexes: ClassVar[tuple[Index, ...]] = (Index("what_was_asked_since", (("asked_at", 1),)),)

    person_ref: str
    fingerprint: str
    cell: Cell
    asked_at: datetime
    answer: Literal["may", "may_not"]
    code: str
    basis_id: str | None = None
    provision: str | None = None
    you_can: tuple[str, ...] = ()

    @classmethod
    def answered(cls, person_ref: str, asked_by: str, fingerprint: str, answer: SecrecyBasisAnswered) -> AskedQuestion:
        """Return what is kept of an answer."""
        basis = answer.basis
        return cls(
            id=answer.question_id,
            person_ref=person_ref,
            fingerprint=fingerprint,
            cell=Cell(released_by=asked_by, received_by=answer.received_by, category=answer.category),
            basis_id=basis and (basis.form_id or basis.assessment_id),
            provision=basis and basis.provision,
            **answer.model_dump(include={"asked_at", "answer", "code", "you_can"}),
        )

    def entry(self) -> Entry:
        """Return the register's row of it."""
        kept = self.model_dump(include={"person_ref", "code", "basis_id", "provision"})
        return Entry(act="asked", at=self.asked_at, about=self.id, **kept, **self.cell.model_dump())
