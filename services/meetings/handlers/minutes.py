"""Hears what meetings decided, and what became of it."""

from __future__ import annotations

from services.meetings.agendas.documents import issued_agendas
from services.meetings.agendas.issuing import renew_all
from services.meetings.handlers.router import router
from services.meetings.handlers.waiting import report_if_early
from services.meetings.minutes import actions, recording, reminding
from services.meetings.series.documents import series_of
from shared.events.agencies import ActionCompleted, MeetingMinutesRecorded
from shared.events.meetings import ActionTimeReached
from shared.messaging import Sender
from shared.transaction import Tx


@router.receives(MeetingMinutesRecorded)
async def record_minutes(sent: MeetingMinutesRecorded, sender: Sender, tx: Tx) -> None:
    """Keep what a meeting decided; minutes that come before their series wait for it."""
    series = await series_of(tx, sent.series_id)
    await recording.record(tx, series, sent, sender)
    report_if_early(tx, sent, sender, series)
    await renew_all(tx, await issued_agendas(tx, {"series_id": series.id}))


@router.receives(ActionCompleted)
async def complete_action(sent: ActionCompleted, sender: Sender, tx: Tx) -> None:
    """Keep what an agency says became of an action; it counts if the action is that agency's."""
    completion = await actions.complete(tx, sent, sender)
    report_if_early(tx, sent, sender, completion)
    for series_id in sorted({each.series_id for each in await actions.giving_minutes(tx, completion)}):
        # Held: an agenda being made of what was open before this must be made again.
        await series_of(tx, series_id)
        await renew_all(tx, await issued_agendas(tx, {"series_id": series_id}))


@router.hears(ActionTimeReached)
async def remind_of_actions(event: ActionTimeReached, tx: Tx) -> None:
    """Remind an owner of what is soon due, or tell the organiser what is overdue, of what is open at that time."""
    series = await series_of(tx, event.series_id)
    if series.plan is not None:
        await reminding.remind(tx, series, series.plan, event)
