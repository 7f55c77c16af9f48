"""Hears what decides when a series meets. Every fact is taken in, then told by the one timetable."""

from __future__ import annotations

from services.meetings.agendas.documents import issued_agendas
from services.meetings.agendas.issuing import renew_all, withdraw
from services.meetings.handlers.router import router
from services.meetings.handlers.waiting import report_if_early
from services.meetings.minutes import recording
from services.meetings.series import taking_in
from services.meetings.series.documents import Series, series_of
from services.meetings.series.timetable import bring_up_to_date
from shared.events.agencies import (
    MeetingCancellationRequested,
    MeetingMoveRequested,
    MeetingSeriesChanged,
    MeetingSeriesEnded,
    MeetingSeriesPlanned,
)
from shared.events.meetings import SeriesTimeReached
from shared.messaging import Sender
from shared.recurrence.facts import Request
from shared.transaction import Transaction, Tx


@router.receives(MeetingSeriesPlanned)
async def plan_series(plan: MeetingSeriesPlanned, sender: Sender, tx: Tx) -> None:
    """Take in a recurring meeting with what came before it, and call every meeting of the next eight weeks."""
    series = await series_of(tx, plan.series_id)
    if taking_in.take_plan(tx, series, plan, sender):
        await _follow(tx, series)
        await recording.count_waiting(tx, series)


@router.receives(MeetingSeriesChanged)
async def change_series(change: MeetingSeriesChanged, sender: Sender, tx: Tx) -> None:
    """Plan a series anew, for every meeting of it that has not begun."""
    series = await series_of(tx, change.series_id)
    if taking_in.take_change(tx, series, change, sender):
        report_if_early(tx, change, sender, series)
        await _follow(tx, series)


@router.receives(MeetingSeriesEnded)
async def end_series(ended: MeetingSeriesEnded, sender: Sender, tx: Tx) -> None:
    """Cancel every meeting of a series after its last day."""
    series = await series_of(tx, ended.series_id)
    if taking_in.take_end(tx, series, ended.last_on, sender):
        report_if_early(tx, ended, sender, series)
        await _follow(tx, series)


@router.receives(MeetingMoveRequested)
async def move_meeting(sent: MeetingMoveRequested, sender: Sender, tx: Tx) -> None:
    """Hold one meeting at another time or place, cancelled before or not."""
    series = await series_of(tx, sent.series_id)
    asked = {"occurrence": sent.occurrence, "starts_at": sent.starts_at, "place": sent.place}
    if await taking_in.take_request(tx, series, Request(**asked, by=sender.id, said_at=tx.said_at)):
        report_if_early(tx, sent, sender, series)
        await _follow(tx, series)


@router.receives(MeetingCancellationRequested)
async def cancel_meeting(sent: MeetingCancellationRequested, sender: Sender, tx: Tx) -> None:
    """Do not hold one meeting."""
    series = await series_of(tx, sent.series_id)
    asked = {"occurrence": sent.occurrence, "starts_at": None, "place": None}
    if await taking_in.take_request(tx, series, Request(**asked, by=sender.id, said_at=tx.said_at)):
        report_if_early(tx, sent, sender, series)
        await _follow(tx, series)


@router.hears(SeriesTimeReached)
async def look_at_series(event: SeriesTimeReached, tx: Tx) -> None:
    """Call the meetings that have come within eight weeks, and let unanswered questions run out."""
    await _follow(tx, await series_of(tx, event.series_id))


async def _follow(tx: Transaction, series: Series) -> None:
    """Bring everything that follows from when a series meets in line with it."""
    for meeting in await bring_up_to_date(tx, series):
        if not meeting.is_called:
            await withdraw(tx, meeting)
    await renew_all(tx, await issued_agendas(tx, {"series_id": series.id}))
