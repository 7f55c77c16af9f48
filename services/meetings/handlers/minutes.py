"""Hears what meetings decided."""

from __future__ import annotations

from services.meetings.agendas.documents import issued_agendas
from services.meetings.agendas.issuing import renew_all
from services.meetings.handlers.router import router
from services.meetings.minutes import recording
from services.meetings.series.documents import series_of
from shared.events.agencies import MeetingMinutesRecorded
from shared.messaging import Sender
from shared.transaction import Tx


@router.receives(MeetingMinutesRecorded)
async def record_minutes(sent: MeetingMinutesRecorded, sender: Sender, tx: Tx) -> None:
    """Keep what a meeting decided; minutes that come before their series wait for it."""
    series = await series_of(tx, sent.series_id)
    await recording.record(tx, series, sent, sender)
    await renew_all(tx, await issued_agendas(tx, {"series_id": series.id}))
