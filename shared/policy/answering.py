"""The answer to «may I tell them this about the youth today?»: the gate's own, with its reason and what can be done.

Nothing here decides. To others than authorities the answer is no, whatever a basis names.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from shared import gate
from shared.agencies import AgencyRegistry
from shared.events.answers import Basis
from shared.events.event import Cell
from shared.gate import Bases, Permit, Refusal
from shared.policy.bases import LegalBases
from shared.policy.refusals import explain, explain_permit

HAS_BASIS: Final = "has_basis"


def answer_fields(
    bases: Bases, cell: Cell, agencies: AgencyRegistry, at: datetime, age: int, law: LegalBases | None = None
) -> dict[str, Any]:
    """Return what a `SecrecyBasisAnswered` says besides its question's id. `age` is the youth's, in years that day."""
    asked = {"received_by": cell.received_by, "category": cell.category, "asked_at": at}
    decision: Permit | Refusal = Refusal("no_basis", cell)
    receiver = agencies.get(cell.received_by)
    if receiver is not None and receiver.is_authority:
        decision = gate.may_tell(
            bases, from_=cell.released_by, to=cell.received_by, category=cell.category, at=at, law=law
        )
    if isinstance(decision, Refusal):
        no = explain(decision, agencies, at, age=age, law=law)
        return asked | {"answer": "may_not", "code": no.code, "message": no.with_advice, "you_can": no.you_can}
    yes = explain_permit(decision, agencies, law)
    said = {"answer": "may", "code": HAS_BASIS, "paragraph": yes.paragraph, "message": yes.message, "you_can": ()}
    return asked | said | {"basis": basis_of(decision)}


def basis_of(permit: Permit) -> Basis:
    """Return a permit's basis as agencies are told of it."""
    is_consent = permit.kind == "consent"
    return Basis(
        kind=permit.kind,
        form_id=permit.basis_id if is_consent else None,
        assessment_id=None if is_consent else permit.basis_id,
        provision=permit.provision,
        valid_until=permit.valid_until,
    )
