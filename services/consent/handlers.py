"""What consent does with each message it hears. A handler adds a fact and says what that changes, nothing else."""

from __future__ import annotations

from datetime import date

from services.consent.announcements import announce_changes, post_days, post_look, tell_enforcement
from services.consent.assessments import take_in_assessment
from services.consent.documents import (
    Circumstances,
    Consent,
    Wait,
    born_on,
    circumstances_of,
    consent_of,
    consents_about,
    readable_consent,
)
from services.consent.notices import report_waits, stop_waiting, wait_for
from services.consent.objections import (
    objections_to_decline,
    objections_to_form,
    objections_to_prevention,
    objections_to_signature,
    objections_to_withdrawal,
    own_municipality,
)
from services.consent.questions import answer
from shared.agencies import Agency
from shared.clock import CLOCK_TOLERANCE, local_day, start_of
from shared.consents.facts import (
    Circumstance,
    CircumstanceKind,
    Decline,
    Prevention,
    Signature,
    Withdrawal,
    decline_of,
    form_of,
    prevention_of,
    signature_of,
    withdrawal_of,
)
from shared.events.agencies import (
    ConsentFormDeclined,
    ConsentFormIssued,
    ConsentFormSigned,
    ConsentWithdrawalReceived,
    GuardianPreventionRecorded,
    GuardianshipChanged,
    ProtectedIdentitySet,
    SecrecyAssessmentMade,
    SecrecyBasisAsked,
)
from shared.events.consent import ConsentDayReached, ConsentEnforced
from shared.intake.faults import Fault, Rejected, fault
from shared.messaging import Sender, ServiceRouter
from shared.transaction import Transaction, Tx
from shared.vault import HOUSE

router = ServiceRouter("consent")


@router.receives(ConsentFormIssued)
async def register_form(issued: ConsentFormIssued, sender: Sender, tx: Tx) -> None:
    """Take in a form; it opens nothing until everybody whose signature is required has signed."""
    number = issued.youth.personal_identity_number
    person_ref = tx.secret.person_ref(own_municipality(sender), number)
    consent = await consent_of(tx, issued.form_id)
    renewed = await readable_consent(tx, issued.renewal_of) if issued.renewal_of else None
    form = form_of(issued, person_ref, tx.secret.fingerprint(issued))
    known = consent.facts.form
    _refuse(objections_to_form(issued, sender.id, form, known, renewed.facts.form if renewed else None))
    if known is not None:
        return
    await tx.vault.enroll(person_ref, number)
    content = issued.model_dump(mode="json", by_alias=True, exclude={"youth"}, exclude_none=True)
    form = form.model_copy(update={"sealed": await tx.vault.seal(person_ref, content)})
    consent.facts = consent.facts.having(form)
    for change in (await circumstances_of(tx, person_ref)).changes:
        consent.facts = consent.facts.having(change)
    await _seal_anew(tx, consent, person_ref)
    stop_waiting(tx, consent)
    wait_for(tx, consent, Wait(type=issued.type, told_by=sender.id, since=tx.now, waits_for="signatures"))
    await post_days(tx, consent)
    await announce_changes(tx, consent, tx.now)
    tx.save(consent)


@router.receives(ConsentFormSigned)
async def record_signature(signed: ConsentFormSigned, sender: Sender, tx: Tx) -> None:
    """Take in one signatory's signature; before its form is known it waits."""
    consent = await consent_of(tx, signed.form_id)
    signature = signature_of(signed, sender.id)
    if consent.facts.form is not None:
        born = await born_on(tx, consent.facts.form)
        _refuse(objections_to_signature(signature, consent.facts, born, tx.now))
    await _take_in(tx, consent, signature, signed.type)


@router.receives(ConsentFormDeclined)
async def record_decline(declined: ConsentFormDeclined, sender: Sender, tx: Tx) -> None:
    """Take in one signatory's no: it ends the form where the signature is required, and is recorded where it is not."""
    consent = await consent_of(tx, declined.form_id)
    decline = decline_of(declined, sender.id, tx.now)
    if consent.facts.form is not None:
        _refuse(objections_to_decline(decline, consent.facts.form, await born_on(tx, consent.facts.form)))
    await _take_in(tx, consent, decline, declined.type)


@router.receives(GuardianPreventionRecorded)
async def record_prevention(recorded: GuardianPreventionRecorded, sender: Sender, tx: Tx) -> None:
    """Take in that one guardian is prevented: the form no longer waits for that signature."""
    consent = await consent_of(tx, recorded.form_id)
    form = consent.facts.form
    content = recorded.model_dump(mode="json", include={"cannot_wait", "decided_by_function"})
    sealed = await tx.vault.seal(form.person_ref if form else HOUSE, content)
    prevention = prevention_of(recorded, sender.id, sealed)
    if form is not None:
        _refuse(objections_to_prevention(prevention, consent.facts, await born_on(tx, form), tx.now))
    await _take_in(tx, consent, prevention, recorded.type)


@router.receives(ConsentWithdrawalReceived)
async def record_withdrawal(received: ConsentWithdrawalReceived, sender: Sender, tx: Tx) -> None:
    """Take in one signatory's withdrawal, of the whole consent or of cells of it; it stops the telling at once."""
    consent = await consent_of(tx, received.form_id)
    withdrawal = withdrawal_of(received, sender.id, tx.now)
    if (form := consent.facts.form) is not None:
        _refuse(objections_to_withdrawal(received, withdrawal, form, await born_on(tx, form)))
    await _take_in(tx, consent, withdrawal, received.type)


@router.receives(GuardianshipChanged)
async def follow_guardianship(changed: GuardianshipChanged, sender: Sender, tx: Tx) -> None:
    """Take in that others have custody of a youth: what earlier guardians have signed ends, and must be asked anew."""
    await _follow_change(tx, sender, changed, "guardianship_changed", changed.changed_on)


@router.receives(ProtectedIdentitySet)
async def follow_protected_identity(protected: ProtectedIdentitySet, sender: Sender, tx: Tx) -> None:
    """Take in that a youth's identity is protected: every consent about the youth ends or must be looked at again."""
    await _follow_change(tx, sender, protected, protected.kind, protected.set_on)


@router.receives(SecrecyAssessmentMade)
async def accept_assessment(made: SecrecyAssessmentMade, sender: Sender, tx: Tx) -> None:
    """Take in an assessment under another provision than consent, and say what it opens by the law of the day."""
    await take_in_assessment(tx, made, sender)


@router.receives(SecrecyBasisAsked)
async def answer_question(asked: SecrecyBasisAsked, sender: Sender, tx: Tx) -> None:
    """Answer whether the agency may tell another one category about a youth today, and why."""
    await answer(tx, asked, sender)


@router.hears(ConsentEnforced)
async def confirm_enforcement(event: ConsentEnforced, tx: Tx) -> None:
    """Note that a service has stopped telling, and tell the collecting agency when all of them have."""
    consent = await consent_of(tx, event.form_id)
    if event.by in consent.enforced_at:
        return
    consent.enforced_at = {**consent.enforced_at, event.by: event.enforced_at}
    await tell_enforcement(tx, consent)
    tx.save(consent)


@router.hears(ConsentDayReached)
async def begin_or_end_on_its_day(event: ConsentDayReached, tx: Tx) -> None:
    """A moment has come at which a consent may begin or end: its first day, its last, a signature dated ahead."""
    consent = await consent_of(tx, event.form_id)
    # The clock of another replica may run a moment behind the one that sent this: the day has come.
    await announce_changes(tx, consent, max(tx.now, start_of(event.day)), event.day)
    report_waits(tx, consent)
    tx.save(consent)


async def _take_in(
    tx: Transaction, consent: Consent, said: Signature | Decline | Prevention | Withdrawal, type_: str
) -> None:
    consent.facts = consent.facts.having(said)
    if consent.facts.form is None:
        wait_for(tx, consent, Wait(type=type_, told_by=said.told_by, since=tx.now, waits_for="form"))
    if said.at > tx.now + CLOCK_TOLERANCE:
        post_look(tx, consent.id, local_day(said.at), said.at)
    await announce_changes(tx, consent, tx.now)
    tx.save(consent)


async def _follow_change(
    tx: Transaction, sender: Agency, said: GuardianshipChanged | ProtectedIdentitySet, kind: CircumstanceKind, on: date
) -> None:
    person_ref = tx.secret.person_ref(own_municipality(sender), said.youth.personal_identity_number)
    told_as, fingerprint = f"{sender.id}:{said.type}:{said.entity_id}", tx.secret.fingerprint(said)
    for other in await tx.find(Circumstances, {"changes.told_as": told_as}):
        if any(each.told_as == told_as and each.fingerprint != fingerprint for each in other.changes):
            raise Rejected([fault("conflict", "/change_id" if kind == "guardianship_changed" else "/protection_id")])
        return
    change = Circumstance(kind=kind, on=on, heard_at=tx.now, told_as=told_as, fingerprint=fingerprint)
    circumstances = await circumstances_of(tx, person_ref)
    circumstances.changes = (*circumstances.changes, change)
    for known in await consents_about(tx, person_ref):
        if consent := await readable_consent(tx, known.id):
            consent.facts = consent.facts.having(change.model_copy(update={"found_form": True}))
            await post_days(tx, consent)
            await announce_changes(tx, consent, tx.now)
            tx.save(consent)


async def _seal_anew(tx: Transaction, consent: Consent, person_ref: str) -> None:
    """Seal what came before the form under the youth's own key, so that it goes when the youth is erased."""
    preventions = []
    for early in consent.facts.preventions:
        content = await tx.vault.open(HOUSE, early.sealed)
        preventions.append(early.model_copy(update={"sealed": await tx.vault.seal(person_ref, content)}))
    consent.facts = consent.facts.model_copy(update={"preventions": tuple(preventions)})


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Rejected(faults)
