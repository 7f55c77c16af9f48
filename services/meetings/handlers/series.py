"""Hears what decides when a series meets."""

from __future__ import annotations

from services.meetings.agendas.documents import issued_agendas
from services.meetings.agendas.issuing import renew_all
from services.meetings.handlers.router import router
from services.meetings.minutes import recording
from services.meetings.series import calling, rules
from services.meetings.series.documents import series_of
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.meetings import CallTimeReached
from shared.intake.faults import Rejected, fault
from shared.messaging import Sender
from shared.recurrence import calendar
from shared.transaction import Tx


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
    await recording.count_waiting(tx, series, plan)
    await renew_all(tx, await issued_agendas(tx, {"series_id": series.id}))


@router.hears(CallTimeReached)
async def call_next_meeting(event: CallTimeReached, tx: Tx) -> None:
    """Call the next occurrence of a series, now that the one before it has begun."""
    series = await series_of(tx, event.series_id)
    if series.plan is None:
        return
    begun_at = calendar.slot_named(series.plan, event.after).starts_at
    calling.call_next(tx, series, series.plan, after=max(tx.now, begun_at))
