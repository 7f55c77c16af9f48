"""What `meetings` hears, and what it does about it. Any order, any number of times: the same end.

Every handler reads what it holds (series, docket, bases) before it looks for what depends on it; see `documents`.
"""

from __future__ import annotations

from datetime import timedelta

from services.meetings import agendas, calendar, calling, minutes, rules
from services.meetings.documents import (
    Meeting,
    docket_of,
    issued_meetings_about,
    issued_meetings_of_agency,
    series_of,
)
from shared import gate
from shared.events.agencies import MeetingMinutesRecorded, MeetingSeriesPlanned
from shared.events.consent import ConsentActivated, ConsentEnded, ConsentEnforced, ConsentNarrowed
from shared.events.meetings import AgendaTimeReached, CallTimeReached
from shared.events.observations import ConcernNoticed
from shared.intake.faults import Rejected, fault
from shared.messaging import Sender, ServiceRouter
from shared.transaction import Transaction, Tx

router = ServiceRouter("meetings", prefetch=4)  # More at once would only meet on the same docket.


@router.receives(MeetingSeriesPlanned)
async def plan_series(plan: MeetingSeriesPlanned, sender: Sender, tx: Tx) -> None:
    """Take in a recurring meeting and call its next occurrence."""
    series = await series_of(tx, plan.series_id)
    fingerprint = tx.secret.fingerprint(plan)
    if fingerprint == series.fingerprint and plan.organiser.agency == sender.id:
        return
    faults = rules.faults_in_plan(plan, sender.id, tx.now)
    if series.plan is not None:
        faults.append(fault("conflict", "/series_id"))
    if faults:
        raise Rejected(faults)
    series.plan_as_sent = plan.model_dump(mode="json")
    series.fingerprint = fingerprint
    calling.call_next(tx, series, plan, after=tx.now)
    await minutes.count_waiting(tx, series, plan)


@router.hears(CallTimeReached)
async def call_next_meeting(event: CallTimeReached, tx: Tx) -> None:
    """Call the next occurrence of a series, now that the one before it has begun."""
    series = await series_of(tx, event.series_id)
    if series.plan is None:
        return
    begun_at = calendar.slot_named(series.plan, event.after).starts_at
    calling.call_next(tx, series, series.plan, after=max(tx.now, begun_at))


@router.hears(AgendaTimeReached)
async def issue_agendas(event: AgendaTimeReached, tx: Tx) -> None:
    """Tell each agency that is called to a meeting its own agenda."""
    meeting = await tx.get(Meeting, event.meeting_id)
    if meeting is not None and meeting.ends_at > tx.now:
        await agendas.renew(tx, meeting)


@router.receives(MeetingMinutesRecorded)
async def record_minutes(sent: MeetingMinutesRecorded, sender: Sender, tx: Tx) -> None:
    """Keep what a meeting decided; minutes that come before their series wait for it."""
    series = await series_of(tx, sent.series_id)
    await minutes.record(tx, series, sent, sender)


@router.hears(ConcernNoticed)
async def put_on_docket(event: ConcernNoticed, tx: Tx) -> None:
    """Remember a concern for the agency that was told of it, and renew that agency's agendas."""
    docket = await docket_of(tx, event.noticed_by)
    days = timedelta(days=agendas.concern_days(tx.agencies, event.noticed_by))
    docket.concerns = rules.with_concern(docket.concerns, event, forget_before=tx.now - days)
    for meeting in await issued_meetings_of_agency(tx, event.noticed_by):
        await agendas.renew(tx, meeting)


@router.hears(ConsentActivated)
async def learn_of_consent(event: ConsentActivated, tx: Tx) -> None:
    """Learn what a consent opens, and renew the agendas of coming meetings."""
    await _learn(tx, event)


@router.hears(ConsentNarrowed)
async def take_off_what_was_withdrawn(event: ConsentNarrowed, tx: Tx) -> None:
    """Learn what is left of a consent, and take everything else off the agendas of coming meetings at once."""
    await _learn(tx, event)


@router.hears(ConsentEnded)
async def take_off_agendas(event: ConsentEnded, tx: Tx) -> None:
    """Take the youth off the agendas of coming meetings at once, and confirm it."""
    await _learn(tx, event)
    tx.emit(ConsentEnforced(form_id=event.form_id, by="meetings", enforced_at=tx.now))


async def _learn(tx: Transaction, event: ConsentActivated | ConsentNarrowed | ConsentEnded) -> None:
    bases = await gate.bases_of(tx, event.person_ref)
    before = bases.consents
    gate.learn(bases, event)
    if bases.consents == before:
        return
    taken_back = None
    if any(basis.form_id == event.form_id and basis.cells for basis in before):
        # What rested on the consent as it was may still wait in the outbox, and must not go out.
        taken_back = event.person_ref
        tx.cancel_resting_on(taken_back)
    for meeting in await issued_meetings_about(tx, event.person_ref):
        await agendas.renew(tx, meeting, taken_back)
