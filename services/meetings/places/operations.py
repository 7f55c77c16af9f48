"""Joint operations: kept as they were carried out, whole enough for a promise to count them by its own terms.

Nothing is said of them yet (decision 0007): whoever counts them decides what an event about one must carry.
"""

from __future__ import annotations

from services.meetings.places import rules
from services.meetings.places.documents import JointOperation, Present, own_id
from shared.agencies import Agency
from shared.clock import CLOCK_TOLERANCE
from shared.events.agencies import JointOperationCarriedOut
from shared.intake.faults import Rejected, at_most, fault
from shared.transaction import Transaction


async def keep_operation(tx: Transaction, sent: JointOperationCarriedOut, sender: Agency) -> None:
    """Keep a joint operation: its hours, place, and the functions that were there. Raises `Rejected`."""
    municipality = sender.municipality or ""
    id_, fingerprint = own_id(municipality, sent.operation_id), tx.secret.fingerprint(sent)
    known = await tx.get(JointOperation, id_)
    faults = rules.faults_in_operation(sent, sender, tx.now + CLOCK_TOLERANCE) + rules.faults_in_texts(sent)
    if known is not None:
        if known.fingerprint == fingerprint and not faults:
            return
        faults.append(fault("conflict", "/operation_id"))
    if faults:
        raise Rejected(at_most(faults))
    tx.save(
        JointOperation(
            id=id_,
            municipality=municipality,
            operation_id=sent.operation_id,
            commitment_id=sent.commitment_id,
            began_at=sent.from_,
            ended_at=sent.to,
            focus=sent.focus,
            social_services_placed_at=sent.social_services_placed_at,
            present=tuple(Present(**each.model_dump()) for each in sent.present),
            recorded_by=sender.id,
            recorded_at=tx.now,
            fingerprint=fingerprint,
        )
    )
