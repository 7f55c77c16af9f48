"""Assessments under other provisions than consent: taken in once, checked against the table of law, and announced.

What opens is what the law of the day allows, no longer than it allows: `valid_to` is cut before anything is said.
"""

from __future__ import annotations

from itertools import product

from services.consent.objections import own_municipality
from shared.agencies import Agency
from shared.clock import whole_milliseconds
from shared.events.agencies import SecrecyAssessmentMade
from shared.events.consent import SecrecyAssessmentAccepted
from shared.events.event import Cell
from shared.intake.faults import Rejected, fault
from shared.person import birth_date
from shared.policy.assessing import Judgement, faults_in, last_day
from shared.policy.records import Assessment
from shared.transaction import Transaction

_JUDGED = {"provision", "released_by", "received_by", "categories", "answers", "decided_at", "valid_until"}


async def take_in_assessment(tx: Transaction, made: SecrecyAssessmentMade, sender: Agency) -> None:
    """Keep an assessment and say what it opens; Rejected with everything that is wrong with it."""
    municipality = own_municipality(sender)
    fingerprint = tx.secret.fingerprint(made)
    known = await tx.get(Assessment, made.assessment_id)
    if known is not None:
        if (known.made_by, known.fingerprint) != (sender.id, fingerprint):
            raise Rejected([fault("conflict", "/assessment_id")])
        return
    number = made.youth.personal_identity_number
    judgement = Judgement(sender=sender.id, born=birth_date(number), **made.model_dump(include=_JUDGED))
    if faults := faults_in(judgement, tx.agencies, tx.now):
        raise Rejected(faults)
    person_ref = tx.secret.person_ref(municipality, number)
    await tx.vault.enroll(person_ref, number)
    accepted = SecrecyAssessmentAccepted(
        assessment_id=made.assessment_id,
        person_ref=person_ref,
        provision=made.provision,
        valid_from=whole_milliseconds(judgement.held_from(tx.now)),
        valid_to=last_day(judgement, tx.now),
        cells=tuple(dict.fromkeys(_cells_of(made))),
    )
    sealed = await tx.vault.seal(person_ref, made.model_dump(mode="json", include={"answers", "decided_by_function"}))
    facts = accepted.model_dump(exclude={"assessment_id"}) | {"made_by": sender.id, "fingerprint": fingerprint}
    _keep(tx, Assessment(id=accepted.assessment_id, answered=tuple(made.answers), sealed=sealed, **facts))
    tx.emit(accepted)


def _keep(tx: Transaction, assessment: Assessment) -> None:
    tx.save(assessment)
    for entry in assessment.entries(tx.now):
        tx.record(entry)


def _cells_of(made: SecrecyAssessmentMade) -> list[Cell]:
    pairs = product(made.received_by, made.categories)
    return [Cell(released_by=made.released_by, received_by=to, category=category) for to, category in pairs]
