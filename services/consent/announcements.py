"""What consent says when a consent's standing has changed since it last said something.

What was announced is kept with the facts and committed with the messages, so no crash or rerun can say it twice. Each
agency is told its own part of the scope only.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import get_args

from services.consent.documents import Announced, Consent
from services.consent.facts import Form
from services.consent.rules import Standing, standing_at, start_of, those_who_learn_of_end
from services.consent.scope import agencies_in, may_be_told, may_tell
from shared.events import answers
from shared.events.consent import ConsentActivated, ConsentDayReached, ConsentEnded, ConsentNarrowed, EnforcingService
from shared.ids import name_id
from shared.transaction import Transaction

ENFORCING: tuple[EnforcingService, ...] = get_args(EnforcingService)


async def announce_changes(tx: Transaction, consent: Consent, now: datetime) -> None:
    """Say how the consent stands at that moment, if that is news. Nothing opens again after an end."""
    form, said = consent.facts.form, consent.announced
    if form is None:
        return
    if said.ended_at is not None:
        await _tell_end(tx, consent, form)
        return
    standing = standing_at(consent.facts, now)
    if standing.ended_at is not None:
        _announce_end(tx, consent, form, standing)
        await _tell_end(tx, consent, form)
    elif standing.cells and standing.cells != said.cells:
        await _announce_opening(tx, consent, form, standing)


def post_days(tx: Transaction, form_id: str, form: Form) -> None:
    """Have the consent looked at on its first day and on the day after its last, where these are to come."""
    for day in _days_of(form):
        if start_of(day) > tx.now:
            post_look(tx, form_id, day, start_of(day))


def post_look(tx: Transaction, form_id: str, day: date, due_at: datetime) -> None:
    """Have the consent looked at again at a moment to come."""
    tx.emit(ConsentDayReached(form_id=form_id, day=day), due_at=due_at, key=_look_key(form_id, due_at))


async def tell_enforcement(tx: Transaction, consent: Consent) -> None:
    """Tell the collecting agency that every service that acts on consents has stopped, once all have said so."""
    form, ended_at = consent.facts.form, consent.announced.ended_at
    if form is None or ended_at is None or set(consent.enforced_at) != set(ENFORCING):
        return
    confirmation = answers.ConsentEnforcementConfirmed(
        form_id=consent.id,
        ended_at=ended_at,
        confirmed_at=max(consent.enforced_at.values()),
        confirmed_by=ENFORCING,
    )
    tx.tell(form.collected_by, confirmation, message_id=name_id("consent-enforcement-confirmed", consent.id))


async def _announce_opening(tx: Transaction, consent: Consent, form: Form, standing: Standing) -> None:
    event = ConsentNarrowed if consent.announced.cells else ConsentActivated
    revision = consent.announced.revision + 1
    tx.emit(
        event(
            form_id=consent.id,
            person_ref=form.person_ref,
            revision=revision,
            valid_from=form.valid_from,
            valid_to=form.valid_to,
            cells=standing.cells,
        )
    )
    consent.announced = Announced(revision=revision, cells=standing.cells)
    if event is ConsentActivated:
        await _tell_opening(tx, consent, form)


async def _tell_opening(tx: Transaction, consent: Consent, form: Form) -> None:
    youth = await tx.vault.youth(form.person_ref)
    cells = consent.announced.cells
    for agency_id in agencies_in(cells):
        activated = answers.ConsentActivated(
            form_id=consent.id,
            youth=youth,
            programme=form.programme,
            valid_from=form.valid_from,
            valid_to=form.valid_to,
            you_may_tell=may_tell(cells, agency_id),
            you_may_be_told=may_be_told(cells, agency_id),
        )
        message_id = name_id("consent-activated", consent.id, agency_id)
        tx.tell(
            agency_id,
            activated,
            message_id=message_id,
            sealed_for=form.person_ref,
            resting_on=(consent.id,),
            good_until=start_of(form.valid_to + timedelta(days=1)),
        )


def _announce_end(tx: Transaction, consent: Consent, form: Form, standing: Standing) -> None:
    if standing.ended_at is None or standing.reason is None:
        raise ValueError("a consent that has not ended has no end to announce")
    for day in _days_of(form):
        tx.cancel(_look_key(consent.id, start_of(day)))
    tx.cancel_resting_on(consent.id)
    revision = consent.announced.revision + 1
    ended = ConsentEnded(
        form_id=consent.id,
        person_ref=form.person_ref,
        revision=revision,
        reason=standing.reason,
        ended_at=standing.ended_at,
    )
    tx.emit(ended)
    consent.announced = Announced(revision=revision, ended_at=ended.ended_at, reason=ended.reason)


async def _tell_end(tx: Transaction, consent: Consent, form: Form) -> None:
    """Tell each agency that ought to know and has not been told; a late signature may show that more of them do."""
    said = consent.announced
    if said.ended_at is None or said.reason is None:
        return
    to_tell = [each for each in those_who_learn_of_end(consent.facts, said.ended_at) if each not in said.end_told_to]
    if not to_tell:
        return
    youth = await tx.vault.youth(form.person_ref)
    ended = answers.ConsentEnded(form_id=consent.id, youth=youth, reason=said.reason, ended_at=said.ended_at)
    for agency_id in to_tell:
        message_id = name_id("consent-ended", consent.id, agency_id)
        tx.tell(agency_id, ended, message_id=message_id, sealed_for=form.person_ref)
    consent.announced = said.model_copy(update={"end_told_to": (*said.end_told_to, *to_tell)})


def _days_of(form: Form) -> tuple[date, date]:
    return form.valid_from, form.valid_to + timedelta(days=1)


def _look_key(form_id: str, due_at: datetime) -> str:
    return f"consent-day:{form_id}:{due_at.isoformat()}"
