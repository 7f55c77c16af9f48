"""What consent says when a consent's standing has changed since it last said something.

What was announced is kept with the facts and committed with the messages, so no crash or rerun can say it twice. Each
agency is told its own part of the scope only.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import get_args

from services.consent.documents import Consent, born_on, readable_consent
from services.consent.notices import stop_waiting, tell_notices
from services.consent.rules import days_to_look, those_who_learn_of_end
from shared.clock import CLOCK_TOLERANCE, start_of
from shared.consents.facts import Form, Supersession
from shared.consents.scope import agencies_in, what_it_may_be_told, what_it_may_tell
from shared.consents.standing import Standing, last_open_day, opened_at, renews, standing_at
from shared.events import answers
from shared.events.consent import ConsentActivated, ConsentDayReached, ConsentEnded, ConsentNarrowed, EnforcingService
from shared.ids import name_id
from shared.transaction import Transaction

ENFORCING: tuple[EnforcingService, ...] = get_args(EnforcingService)


async def announce_changes(tx: Transaction, consent: Consent, now: datetime, looked_at: date | None = None) -> None:
    """Say how the consent stands at that moment, if that is news. Nothing opens again after an end.

    `looked_at` is the day to come for which this look was posted, where it is one.
    """
    form = consent.facts.form
    if form is None:
        return
    born = await born_on(tx, form)
    if consent.announced.ended_at is None:
        standing = standing_at(consent.facts, born, now)
        if standing.ended_at is not None:
            _announce_end(tx, consent, form, born, standing)
        elif standing.cells and standing.cells != consent.announced.cells:
            await _announce_opening(tx, consent, form, standing, last_open_day(consent.facts, form, born, now))
    if consent.announced.ended_at is not None:
        await _tell_end(tx, consent, form, born)
    if consent.announced.ended_at is not None or opened_at(consent.facts, born, now + CLOCK_TOLERANCE):
        stop_waiting(tx, consent)
    await tell_notices(tx, consent, form, born, now, looked_at)


async def post_days(tx: Transaction, consent: Consent) -> None:
    """Have the consent looked at on each day to come on which something may begin, end or have to be told."""
    if consent.facts.form is not None and consent.announced.ended_at is None:
        for day in days_to_look(consent.facts, await born_on(tx, consent.facts.form)):
            if start_of(day) > tx.now:
                post_look(tx, consent.id, day, start_of(day))


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


async def _announce_opening(tx: Transaction, consent: Consent, form: Form, standing: Standing, valid_to: date) -> None:
    event = ConsentNarrowed if consent.announced.cells else ConsentActivated
    revision = consent.announced.revision + 1
    tx.emit(
        event(
            form_id=consent.id,
            person_ref=form.person_ref,
            revision=revision,
            valid_from=form.valid_from,
            valid_to=valid_to,
            cells=standing.cells,
        )
    )
    consent.announced = consent.announced.model_copy(update={"revision": revision, "cells": standing.cells})
    if event is ConsentActivated:
        await _tell_opening(tx, consent, form)
        await _supersede(tx, consent, form)


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
            you_may_tell=what_it_may_tell(cells, agency_id),
            you_may_be_told=what_it_may_be_told(cells, agency_id),
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
    consent.announced = consent.announced.model_copy(update={"opened_to": agencies_in(cells)})


async def _supersede(tx: Transaction, consent: Consent, form: Form) -> None:
    """End the form that this one renews, in the same commit; if it comes later, the fact is there before it."""
    old = await readable_consent(tx, form.renewal_of) if form.renewal_of else None
    if old is None or (old.facts.form is not None and not renews(old.facts.form, form)):
        return
    whose = form.model_dump(include={"person_ref", "programme", "collected_by"})
    old.facts = old.facts.having(Supersession(by_form=consent.id, at=tx.now, **whose))
    await announce_changes(tx, old, tx.now)
    tx.save(old)


def _announce_end(tx: Transaction, consent: Consent, form: Form, born: date, standing: Standing) -> None:
    if standing.ended_at is None or standing.reason is None:
        raise ValueError("a consent that has not ended has no end to announce")
    for day in days_to_look(consent.facts, born):
        tx.cancel(_look_key(consent.id, start_of(day)))
    tx.cancel_resting_on(consent.id)
    end = {
        "revision": consent.announced.revision + 1,
        "reason": standing.reason,
        "ended_at": standing.ended_at,
    }
    tx.emit(ConsentEnded(form_id=consent.id, person_ref=form.person_ref, **end))
    consent.announced = consent.announced.model_copy(update={**end, "cells": ()})


async def _tell_end(tx: Transaction, consent: Consent, form: Form, born: date) -> None:
    """Tell each agency that ought to know and has not been told; a late signature may show that more of them do."""
    said = consent.announced
    if said.ended_at is None or said.reason is None:
        return
    # Who was told of the opening is told of the end, even if it is dated before the signatures that opened it.
    learn = dict.fromkeys((*those_who_learn_of_end(consent.facts, born, said.ended_at), *said.opened_to))
    to_tell = [each for each in learn if each not in said.end_told_to]
    if not to_tell:
        return
    youth = await tx.vault.youth(form.person_ref)
    ended = answers.ConsentEnded(form_id=consent.id, youth=youth, reason=said.reason, ended_at=said.ended_at)
    for agency_id in to_tell:
        message_id = name_id("consent-ended", consent.id, agency_id)
        tx.tell(agency_id, ended, message_id=message_id, sealed_for=form.person_ref)
    consent.announced = said.model_copy(update={"end_told_to": (*said.end_told_to, *to_tell)})


def _look_key(form_id: str, due_at: datetime) -> str:
    return f"consent-day:{form_id}:{due_at.isoformat()}"
