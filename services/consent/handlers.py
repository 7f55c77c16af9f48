"""What consent does with each message it hears. A handler adds a fact and says what that changes, nothing else."""

from __future__ import annotations

from services.consent.announcements import announce_changes, post_days, post_look, tell_enforcement
from services.consent.documents import consent_of
from services.consent.facts import form_of, signature_of, withdrawal_of
from services.consent.objections import objections_to_form, objections_to_signature, objections_to_withdrawal
from services.consent.rules import CLOCK_TOLERANCE, start_of
from shared.clock import local_day
from shared.events.agencies import ConsentFormIssued, ConsentFormSigned, ConsentWithdrawalReceived
from shared.events.consent import ConsentDayReached, ConsentEnforced
from shared.intake.faults import Rejected, fault
from shared.messaging import Sender, ServiceRouter
from shared.transaction import Tx

router = ServiceRouter("consent")


@router.receives(ConsentFormIssued)
async def register_form(issued: ConsentFormIssued, sender: Sender, tx: Tx) -> None:
    """Take in a form; it opens nothing until everybody whose signature is required has signed."""
    if sender.municipality is None:
        raise Rejected([fault("not_an_authority")])
    consent = await consent_of(tx, issued.form_id)
    fingerprint = tx.secret.fingerprint(issued)
    if faults := objections_to_form(issued, sender.id, consent.facts.form, fingerprint):
        raise Rejected(faults)
    if consent.facts.form is not None:
        return
    number = issued.youth.personal_identity_number
    person_ref = tx.secret.person_ref(sender.municipality, number)
    await tx.vault.enroll(person_ref, number)
    sealed = await tx.vault.seal(person_ref, issued.model_dump(mode="json", by_alias=True, exclude={"youth"}))
    form = form_of(issued, person_ref, fingerprint, sealed)
    consent.facts = consent.facts.having(form)
    post_days(tx, consent.id, form)
    await announce_changes(tx, consent, tx.now)
    tx.save(consent)


@router.receives(ConsentFormSigned)
async def record_signature(signed: ConsentFormSigned, sender: Sender, tx: Tx) -> None:
    """Take in one signatory's signature; before its form is known it waits."""
    consent = await consent_of(tx, signed.form_id)
    signature = signature_of(signed, sender.id)
    if faults := objections_to_signature(signature, consent.facts.form):
        raise Rejected(faults)
    consent.facts = consent.facts.having(signature)
    if signature.signed_at > tx.now + CLOCK_TOLERANCE:
        post_look(tx, consent.id, local_day(signature.signed_at), signature.signed_at)
    await announce_changes(tx, consent, tx.now)
    tx.save(consent)


@router.receives(ConsentWithdrawalReceived)
async def record_withdrawal(received: ConsentWithdrawalReceived, sender: Sender, tx: Tx) -> None:
    """Take in one signatory's withdrawal, of the whole consent or of cells of it; it stops the telling at once."""
    consent = await consent_of(tx, received.form_id)
    withdrawal = withdrawal_of(received, sender.id, tx.now)
    if faults := objections_to_withdrawal(received, withdrawal, consent.facts.form):
        raise Rejected(faults)
    consent.facts = consent.facts.having(withdrawal)
    await announce_changes(tx, consent, tx.now)
    tx.save(consent)


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
    await announce_changes(tx, consent, max(tx.now, start_of(event.day)))
    tx.save(consent)
