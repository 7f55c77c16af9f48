"""Calling: the next occurrence of a series becomes a meeting, and everything that has a time of its own is set.

One meeting of a series is ahead at a time. When it begins, `CallTimeReached` calls the one after it, so the chain must
never be left without that row while the rule has more to give.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from services.meetings.series.documents import Meeting, Series, meeting_id
from shared.events import answers
from shared.events import meetings as events
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.agencies.meetings import Organiser, Participant, duration_of
from shared.ids import name_id
from shared.recurrence import calendar
from shared.recurrence.calendar import Slot
from shared.transaction import Transaction

AGENDA_BEFORE = timedelta(hours=24)
"""How long before a meeting each agency has its agenda."""
_DURATION = TypeAdapter(timedelta)


def call_next(tx: Transaction, series: Series, plan: MeetingSeriesPlanned, after: datetime) -> None:
    """Call the occurrence that begins first after a moment, if there is one."""
    slot = calendar.next_slot(plan, after)
    if slot is None or slot.occurrence == series.last_called:
        return
    series.last_called = slot.occurrence
    meeting = Meeting(
        id=meeting_id(plan.series_id, slot.occurrence),
        series_id=plan.series_id,
        occurrence=slot.occurrence,
        forum=plan.forum,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        # Each agency once, the organiser's first.
        agencies=tuple(dict.fromkeys([plan.organiser.agency, *(each.agency for each in plan.participants)])),
    )
    tx.save(meeting)
    _tell(tx, meeting, plan, slot)
    _invite(tx, meeting, plan, slot)
    agenda_at = max(tx.now, meeting.starts_at - AGENDA_BEFORE)
    tx.emit(events.AgendaTimeReached(meeting_id=meeting.id), due_at=agenda_at, key=f"agenda:{meeting.id}")
    begun = events.CallTimeReached(series_id=series.id, after=slot.occurrence)
    tx.emit(begun, due_at=meeting.starts_at, key=f"call:{series.id}")


def _tell(tx: Transaction, meeting: Meeting, plan: MeetingSeriesPlanned, slot: Slot) -> None:
    called = answers.MeetingCalled(
        series_id=plan.series_id,
        occurrence=slot.occurrence,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        forum=plan.forum,
        place=plan.place,
        iso_week=slot.iso_week,
    )
    for agency in meeting.agencies:
        tx.tell(agency, called, message_id=name_id("meeting-called", meeting.id, agency))


def _invite(tx: Transaction, meeting: Meeting, plan: MeetingSeriesPlanned, slot: Slot) -> None:
    """Say that the meeting is called, and when to remind of it; a reminder's moment that has passed is let go."""
    invitation: dict[str, Any] = {
        "meeting_id": meeting.id,
        "forum": plan.forum,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "timezone": plan.timezone,
        "place": plan.place,
        "organiser": _invited(plan.organiser),
        "invited": tuple(map(_invited, plan.participants)),
    }
    tx.emit(events.MeetingCalled(series_id=plan.series_id, occurrence=slot.occurrence, sequence=0, **invitation))
    for before in map(duration_of, plan.reminders):
        due_at = calendar.reminder_at(slot, before)
        if due_at > tx.now:
            written = _DURATION.dump_python(before, mode="json")
            reminder = events.ReminderTimeReached(before=written, **invitation)
            tx.emit(reminder, due_at=due_at, key=f"reminder:{meeting.id}:{written}")


def _invited(planned: Organiser | Participant) -> events.Invited:
    return events.Invited(agency=planned.agency, function=planned.function, email=planned.email)
