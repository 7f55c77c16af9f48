"""What agencies are told of a consent besides its opening and its end: it expires, needs a review, or still waits.

Each notice is told once: what has been told is kept with the consent and committed with it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from services.consent.documents import Consent, Wait
from services.consent.rules import expiring_on, reviews_after_changes, reviews_while_open
from shared.clock import CLOCK_TOLERANCE, local_day
from shared.consents.facts import Form
from shared.consents.scope import agencies_in
from shared.events import answers
from shared.events.answers.submissions import REPORTED_AFTER
from shared.events.consent import ConsentDayReached
from shared.ids import name_id
from shared.transaction import Transaction

WAITS_FOR: Final = {
    "form": (
        "Formuläret har inte kommit in, så det här har ännu ingen verkan. Skicka formuläret eller rätta form_id.",
        ("send_form", "correct_form_id"),
    ),
    "signatures": (
        "Underskrifter saknas, så samtycket gäller inte ännu. Skicka dem, eller skicka att någon har sagt nej.",
        ("send_signatures", "send_decline", "record_guardian_prevention"),
    ),
}


async def tell_notices(
    tx: Transaction, consent: Consent, form: Form, born: date, now: datetime, looked_at: date | None
) -> None:
    """Tell what has become due: reviews to the collecting agency, and to the scope that the consent expires."""
    said = consent.announced
    changed = list(reviews_after_changes(consent.facts, born, said.ended_at))
    reviews = changed if said.reason in (None, "invalidated") else []
    if said.cells:
        reviews += reviews_while_open(consent.facts, born, now)
        if looked_at in expiring_on(form):
            await _tell_expiring(tx, consent, form, now, looked_at)
    for review in reviews:
        if _is_first(consent, f"review:{review.reason}:{review.about}"):
            told = answers.ConsentReviewRequired(
                form_id=consent.id,
                youth=await tx.vault.youth(form.person_ref),
                reason=review.reason,
                due_on=review.due_on,
            )
            message_id = name_id("consent-review", consent.id, review.reason, review.about)
            tx.tell(form.collected_by, told, message_id=message_id, sealed_for=form.person_ref)


def wait_for(tx: Transaction, consent: Consent, wait: Wait) -> None:
    """Note that something an agency has sent waits, and have it reported when it has waited for a day."""
    if _wait_key(consent, wait) in [_wait_key(consent, known) for known in consent.waits]:
        return
    consent.waits = (*consent.waits, wait)
    due_at = wait.since + REPORTED_AFTER
    event = ConsentDayReached(form_id=consent.id, day=local_day(due_at))
    tx.emit(event, due_at=due_at, key=_wait_key(consent, wait))


def stop_waiting(tx: Transaction, consent: Consent) -> None:
    """Forget what waited: it has had its effect, or never will."""
    for wait in consent.waits:
        tx.cancel(_wait_key(consent, wait))
    consent.waits = ()


def report_waits(tx: Transaction, consent: Consent) -> None:
    """Tell each agency what of its has waited for a day, once."""
    for wait in consent.waits:
        is_long = wait.since + REPORTED_AFTER <= tx.now + CLOCK_TOLERANCE
        if is_long and _is_first(consent, _wait_key(consent, wait)):
            message, you_can = WAITS_FOR[wait.waits_for]
            report = answers.SubmissionWaiting(
                type=wait.type,
                entity_id=consent.id,
                waiting_since=wait.since,
                waits_for=wait.waits_for,
                message=message,
                you_can=you_can,
            )
            tx.tell(wait.told_by, report, message_id=name_id("submission-waiting", _wait_key(consent, wait)))


async def _tell_expiring(tx: Transaction, consent: Consent, form: Form, now: datetime, looked_at: date) -> None:
    if not _is_first(consent, f"expiring:{looked_at}"):
        return
    expiring = answers.ConsentExpiring(
        form_id=consent.id,
        youth=await tx.vault.youth(form.person_ref),
        programme=form.programme,
        valid_to=form.valid_to,
        days_left=(form.valid_to - local_day(now)).days,
    )
    for agency_id in agencies_in(consent.announced.cells):
        message_id = name_id("consent-expiring", consent.id, agency_id, str(looked_at))
        tx.tell(agency_id, expiring, message_id=message_id, sealed_for=form.person_ref, resting_on=(consent.id,))


def _is_first(consent: Consent, notice: str) -> bool:
    """Say whether a notice has not been told yet, and note that it is now."""
    if notice in consent.announced.notices:
        return False
    told = (*consent.announced.notices, notice)
    consent.announced = consent.announced.model_copy(update={"notices": told})
    return True


def _wait_key(consent: Consent, wait: Wait) -> str:
    return f"consent-wait:{consent.id}:{wait.waits_for}:{wait.type}:{wait.told_by}"
