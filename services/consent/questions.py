"""Questions before telling, answered by the same gate that guards every telling, from what consent itself knows.

The answer is of its moment and opens nothing. It is remembered as it was given, in the register too, and a youth whom
the house does not know stays unknown.
"""

from __future__ import annotations

from datetime import date, datetime

from services.consent.documents import Consent, consents_about
from services.consent.objections import own_municipality
from shared.agencies import Agency
from shared.clock import CLOCK_TOLERANCE, local_day
from shared.consents.facts import Form
from shared.consents.standing import cells_opened, standing_at
from shared.events import answers
from shared.events.agencies import SecrecyBasisAsked
from shared.events.event import Cell
from shared.gate import AssessmentBasis, Bases, ConsentBasis
from shared.ids import name_id
from shared.intake.faults import Rejected, fault
from shared.person import age_on, birth_date
from shared.policy.answering import answer_fields
from shared.policy.records import AskedQuestion, Assessment
from shared.transaction import Transaction


async def answer(tx: Transaction, asked: SecrecyBasisAsked, sender: Agency) -> None:
    """Answer a question and remember it; Rejected for one put to oneself, or an id with other content."""
    municipality = own_municipality(sender)
    if asked.received_by == sender.id:
        raise Rejected([fault("wrong_value", "/to", why="tells_itself")])
    fingerprint = tx.secret.fingerprint(asked)
    known = await tx.get(AskedQuestion, asked.question_id)
    if known is not None:
        if (known.cell.released_by, known.fingerprint) != (sender.id, fingerprint):
            raise Rejected([fault("conflict", "/question_id")])
        return
    number = asked.youth.personal_identity_number
    born = birth_date(number)
    bases = await _bases_known(tx, tx.secret.person_ref(municipality, number), born)
    cell = Cell(released_by=sender.id, received_by=asked.received_by, category=asked.category)
    fields = answer_fields(bases, cell, tx.agencies, tx.now, age_on(born, local_day(tx.now)))
    said = answers.SecrecyBasisAnswered(question_id=asked.question_id, **fields)
    question = AskedQuestion.answered(bases.id, sender.id, fingerprint, said)
    tx.save(question)
    tx.record(question.entry())
    message_id = name_id("secrecy-basis-answered", sender.id, asked.question_id)
    is_known = bool(bases.consents or bases.assessments)
    tx.tell(sender.id, said, message_id=message_id, sealed_for=bases.id if is_known else None)


async def _bases_known(tx: Transaction, person_ref: str, born: date) -> Bases:
    """Return what consent knows of a person; of somebody who is erased, nothing."""
    forms = [(each, each.facts.form) for each in await consents_about(tx, person_ref)]
    assessments = await tx.find(Assessment, {"person_ref": person_ref}, sort=[("_id", 1)])
    sealed = [*(form.sealed for _, form in forms if form), *(each.sealed for each in assessments)]
    readable = await tx.vault.readable(person_ref, sealed) if sealed else set()
    return Bases(
        id=person_ref,
        consents=tuple(_as_basis(each, form, born, tx.now) for each, form in forms if form and form.sealed in readable),
        assessments=tuple(
            AssessmentBasis(assessment_id=each.id, **each.model_dump(exclude={"id"}))
            for each in assessments
            if each.sealed in readable
        ),
    )


def _as_basis(consent: Consent, form: Form, born: date, now: datetime) -> ConsentBasis:
    """Return a consent as the gate weighs it, with what it has held and does not hold any more."""
    standing = standing_at(consent.facts, born, now)
    by = standing.ended_at or now + CLOCK_TOLERANCE  # as its standing is judged
    held = () if standing.state == "pending" else cells_opened(consent.facts, born, by)
    return ConsentBasis(
        form_id=consent.id,
        revision=1,
        valid_from=form.valid_from,
        valid_to=form.valid_to,
        cells=standing.cells,
        withdrawn=tuple(cell for cell in held if cell not in standing.cells),
        ended_at=standing.ended_at,
    )
