"""What consent says no to. Only what a message and its form themselves show, so the answer is the same in any order.

What comes before its form is taken in and waits. If the form then does not name the signatory or the agency, the fact
stays without effect (`shared/consents/standing.py`): nobody is bound by a stranger. One answer looks at the end of the
consent: who signs after it is told so, since the agency would take an acceptance for an opening.
"""

from __future__ import annotations

from datetime import date, datetime

from shared.agencies import Agency
from shared.clock import local_day
from shared.consents.facts import Decline, Facts, Form, Prevention, Said, Signature, Withdrawal
from shared.consents.scope import cells_of
from shared.consents.standing import is_named_by, may_report_withdrawal, may_say_no, renews, standing_at
from shared.events.agencies import ConsentFormIssued, ConsentWithdrawalReceived
from shared.intake.faults import Fault, Rejected, fault
from shared.person import birth_date
from shared.policy.signing import guardian


def own_municipality(sender: Agency) -> str:
    """Return the municipality of whose youths an agency may speak; `Rejected` for one that stands in none."""
    if sender.municipality is None:
        raise Rejected([fault("not_an_authority")])
    return sender.municipality


def objections_to_form(
    issued: ConsentFormIssued, sender_id: str, form: Form, known: Form | None, renewed: Form | None
) -> list[Fault]:
    """Return what is wrong with a form: another's name, no guardians for a child, an id with other content.

    `known` is the form of that id, `renewed` the one it would take the place of, where they have come.
    """
    faults = []
    if issued.collected_by != sender_id:
        faults.append(fault("not_your_agency", "/collected_by"))
    signing = form.signing(birth_date(issued.youth.personal_identity_number))
    if not issued.guardians and signing.needs_guardians(form.valid_from):
        faults.append(fault("wrong_value", "/guardians", why="no_guardians"))
    if known is not None and known.fingerprint != form.fingerprint:
        faults.append(fault("conflict", "/form_id"))
    if issued.renewal_of == issued.form_id:
        faults.append(fault("wrong_value", "/renewal_of", why="renews_itself"))
    elif renewed is not None and not renews(renewed, form):
        faults.append(fault("unknown_reference", "/renewal_of", why="renewal"))
    return faults


def objections_to_signature(signature: Signature, facts: Facts, born: date, now: datetime) -> list[Fault]:
    """Return what is wrong with a signature once its form is known."""
    return [*_objections_to(signature, facts.form), *_after_the_end(signature, facts, born, now)]


def objections_to_decline(decline: Decline, form: Form, born: date) -> list[Fault]:
    """Return what is wrong with a no once its form is known. A child's view is recorded without being required."""
    faults = _objections_to(decline, form)
    is_heard = form.signing(born).hears(decline.signatory, local_day(decline.at))
    if is_named_by(form, decline.signatory) and not is_heard and not may_say_no(form, born, decline):
        faults.append(fault("wrong_value", "/signatory/role", why="may_not_decline"))
    return faults


def objections_to_prevention(prevention: Prevention, facts: Facts, born: date, now: datetime) -> list[Fault]:
    """Return what is wrong with a guardian's being prevented once its form is known: one guardian must sign."""
    if (form := facts.form) is None:
        return []
    faults = _objections_to(prevention, form, "/guardian_id")
    prevented = {one.signatory for one in facts.preventions if one.told_by == form.collected_by}
    if set(map(guardian, form.guardian_ids)) <= prevented | {prevention.signatory}:
        faults.append(fault("wrong_value", "/guardian_id", why="no_guardian_left"))
    return [*faults, *_after_the_end(prevention, facts, born, now)]


def objections_to_withdrawal(
    received: ConsentWithdrawalReceived, withdrawal: Withdrawal, form: Form, born: date
) -> list[Fault]:
    """Return what is wrong with a withdrawal once its form is known. It must never be taken in without effect."""
    faults = []
    if not may_report_withdrawal(form, withdrawal.told_by):
        faults.append(fault("not_your_agency", "/form_id", why="in_scope"))
    if not is_named_by(form, withdrawal.signatory):
        faults.append(fault("unknown_reference", "/signatory/guardian_id"))
    elif not may_say_no(form, born, withdrawal):
        faults.append(fault("wrong_value", "/signatory/role", why="may_not_withdraw"))
    if not isinstance(received.scope, str):
        for place, row in enumerate(received.scope):
            if not set(cells_of([row])) & set(form.cells):
                faults.append(fault("unknown_reference", f"/scope/{place}", why="scope_row"))
    return faults


def _objections_to(said: Said, form: Form | None, guardian_at: str = "/signatory/guardian_id") -> list[Fault]:
    faults = []
    if form is not None and said.told_by != form.collected_by:
        faults.append(fault("not_your_agency", "/form_id", why="collects"))
    if form is not None and not is_named_by(form, said.signatory):
        faults.append(fault("unknown_reference", guardian_at))
    return faults


def _after_the_end(said: Signature | Prevention, facts: Facts, born: date, now: datetime) -> list[Fault]:
    if facts.form is None or said.told_by != facts.form.collected_by:
        return []  # how a form stands is nothing for a stranger to it
    ended_at = standing_at(facts, born, now).ended_at
    is_news = facts.having(said) != facts
    return [fault("wrong_value", "/form_id", why="ended")] if ended_at and said.at > ended_at and is_news else []
