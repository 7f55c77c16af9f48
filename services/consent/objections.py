"""What consent says no to. Only what a message and its form themselves show, so the answer is the same in any order.

What comes before its form is taken in and waits. If the form then does not name the signatory or the agency, the fact
stays without effect (`rules.py`): nobody is bound by a stranger.
"""

from __future__ import annotations

from services.consent.facts import YOUTH_ALONE_FROM, Form, Signature, Withdrawal
from services.consent.rules import is_named_by, may_report_withdrawal, may_withdraw
from services.consent.scope import cells_of
from shared.events.agencies import ConsentFormIssued, ConsentWithdrawalReceived
from shared.intake.faults import Fault, fault
from shared.person import age_on, birth_date


def objections_to_form(issued: ConsentFormIssued, sender_id: str, known: Form | None, fingerprint: str) -> list[Fault]:
    """Return what is wrong with a form: another's name, no guardians for a child, an id with other content."""
    faults = []
    if issued.collected_by != sender_id:
        faults.append(fault("not_your_agency", "/collected_by"))
    born = birth_date(issued.youth.personal_identity_number)
    if not issued.guardians and age_on(born, issued.valid_from) < YOUTH_ALONE_FROM:
        faults.append(fault("wrong_value", "/guardians", why="no_guardians"))
    if known is not None and known.fingerprint != fingerprint:
        faults.append(fault("conflict", "/form_id"))
    return faults


def objections_to_signature(signature: Signature, form: Form | None) -> list[Fault]:
    """Return what is wrong with a signature once its form is known."""
    if form is None:
        return []
    faults = []
    if signature.told_by != form.collected_by:
        faults.append(fault("not_your_agency", "/form_id", why="collects"))
    if not is_named_by(form, signature.signatory):
        faults.append(fault("unknown_reference", "/signatory/guardian_id"))
    return faults


def objections_to_withdrawal(
    received: ConsentWithdrawalReceived, withdrawal: Withdrawal, form: Form | None
) -> list[Fault]:
    """Return what is wrong with a withdrawal once its form is known. It must never be taken in without effect."""
    if form is None:
        return []
    faults = []
    if not may_report_withdrawal(form, withdrawal.told_by):
        faults.append(fault("not_your_agency", "/form_id", why="in_scope"))
    if not is_named_by(form, withdrawal.signatory):
        faults.append(fault("unknown_reference", "/signatory/guardian_id"))
    elif not may_withdraw(form, withdrawal.signatory, withdrawal.stops_at):
        faults.append(fault("wrong_value", "/signatory/role", why="may_not_withdraw"))
    if not isinstance(received.scope, str):
        for place, row in enumerate(received.scope):
            if not set(cells_of([row])) & set(form.cells):
                faults.append(fault("unknown_reference", f"/scope/{place}", why="scope_row"))
    return faults
