"""What `meetings` hears, and what it does about it. Any order, any number of times: the same end.

Every handler reads what it holds (series, docket, bases) before it looks for what depends on it; see `documents`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from services.meetings import agendas, calendar, calling, minutes, rules
from services.meetings.documents import Meeting, docket_of, issued_meetings, issued_meetings_about, series_of
from shared import gate, register
from shared.agencies import municipality_of
from shared.events import consent
from shared.events.agencies import MeetingMinutesRecorded, MeetingSeriesPlanned
from shared.events.event import Cell
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
    days = timedelta(days=tx.agencies.concern_rule(municipality_of(event.noticed_by)).days)
    known = [each for each in docket.concerns if not await tx.vault.is_erased(each.person_ref, each.noticed_at)]
    docket.concerns = rules.with_concern(known, event, forget_before=tx.now - days)
    for meeting in await issued_meetings(tx, {"agencies": event.noticed_by}):
        await agendas.renew(tx, meeting)


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
    for meeting in await issued_meetings_about(tx, person_ref):
        await agendas.renew(tx, meeting, taken_back)
