"""Hears what may change an agenda: its time, a concern, and what consents and assessments open and close."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from services.meetings.agendas import rules
from services.meetings.agendas.documents import docket_of, issued_agendas, issued_agendas_about
from services.meetings.agendas.issuing import issue, renew_all
from services.meetings.handlers.router import router
from services.meetings.series.documents import Meeting
from shared import gate, register
from shared.agencies import municipality_of
from shared.events import consent
from shared.events.event import Cell
from shared.events.meetings import AgendaTimeReached
from shared.events.observations import ConcernNoticed
from shared.transaction import Transaction, Tx


@router.hears(AgendaTimeReached)
async def issue_agendas(event: AgendaTimeReached, tx: Tx) -> None:
    """Tell each agency that is called to a meeting its own agenda."""
    meeting = await tx.get(Meeting, event.meeting_id)
    if meeting is not None:
        await issue(tx, meeting)


@router.hears(ConcernNoticed)
async def put_on_docket(event: ConcernNoticed, tx: Tx) -> None:
    """Remember a concern for the agency that was told of it, and renew that agency's agendas."""
    docket = await docket_of(tx, event.noticed_by)
    days = timedelta(days=tx.agencies.concern_rule(municipality_of(event.noticed_by)).days)
    known = [each for each in docket.concerns if not await tx.vault.is_erased(each.person_ref, each.noticed_at)]
    docket.concerns = rules.with_concern(known, event, forget_before=tx.now - days)
    await renew_all(tx, await issued_agendas(tx, {"agencies": event.noticed_by}))


@router.hears(consent.ConsentActivated)
async def learn_of_consent(event: consent.ConsentActivated, tx: Tx) -> None:
    """Learn what a consent opens, and renew the agendas of coming meetings."""
    closed = gate.learn(await gate.bases_of(tx, event.person_ref), event)
    await _renew(tx, event.person_ref, closed)


@router.hears(consent.ConsentNarrowed)
async def take_off_what_was_withdrawn(event: consent.ConsentNarrowed, tx: Tx) -> None:
    """Learn what is left of a consent, and take everything else off the agendas of coming meetings at once."""
    closed = gate.learn(await gate.bases_of(tx, event.person_ref), event)
    await _renew(tx, event.person_ref, closed)


@router.hears(consent.ConsentEnded)
async def take_off_agendas(event: consent.ConsentEnded, tx: Tx) -> None:
    """Take the youth off the agendas of coming meetings at once, and confirm it."""
    closed = gate.learn(await gate.bases_of(tx, event.person_ref), event)
    await _renew(tx, event.person_ref, closed)
    tx.emit(consent.ConsentEnforced(form_id=event.form_id, by="meetings", enforced_at=tx.now))


@router.hears(consent.SecrecyAssessmentAccepted)
async def learn_of_assessment(event: consent.SecrecyAssessmentAccepted, tx: Tx) -> None:
    """Learn what an assessment opens, and renew the agendas of coming meetings."""
    gate.learn_assessment(await gate.bases_of(tx, event.person_ref), event)
    await _renew(tx, event.person_ref)


async def _renew(tx: Transaction, person_ref: str, closed: Collection[Cell] = ()) -> None:
    # What rested on a consent as it was may still wait in the outbox, and must not go out.
    taken_back = await tx.take_back([person_ref]) if closed else set()
    await register.record_taken_back(tx, taken_back)
    await renew_all(tx, await issued_agendas_about(tx, person_ref), taken_back)
