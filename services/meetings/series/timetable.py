"""The timetable: the one place that brings what has been told of a series in line with how it stands.

It may run at any time and any number of times; where nothing has changed it tells nothing. Two things must not be
broken: a meeting that has begun is never touched, and a series with more to give is never left without the row that
wakes it at its next change.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import TypeAdapter

from services.meetings.series import announcing, telling
from services.meetings.series.documents import Meeting, Series, begun_among, meeting_id, meetings_ahead
from shared.events import meetings as events
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.agencies.meetings import duration_of
from shared.recurrence.calendar import Slot, reminder_at
from shared.recurrence.standings import HORIZON, Standing, next_look, standings
from shared.transaction import Transaction

AGENDA_BEFORE = timedelta(hours=24)
"""How long before a meeting each agency has its agenda."""
_DURATION = TypeAdapter(timedelta)


async def bring_up_to_date(tx: Transaction, series: Series) -> list[Meeting]:
    """Call, move, cancel and ask about the meetings of a series as its facts say, and set when to look again.

    Returns the meetings that have not begun, as they stand now.
    """
    plan = series.plan
    if plan is None:
        return []
    told = await meetings_ahead(tx, series.id)
    change = announcing.change_of(series)
    if change is not None and series.announced is not None:
        series.sequence += 1
    announced_as = series.sequence
    standing = standings(series.facts, tx.now, tx.now + HORIZON, names=told.keys())
    begun = await begun_among(tx, series.id, [each.occurrence for each in standing if each.occurrence not in told])
    for each in standing:
        if each.occurrence not in begun and (each.slot is None or each.slot.starts_at > tx.now):
            known = told.get(each.occurrence)
            told[each.occurrence] = _settle(tx, series, plan, known, each, announced=change is not None)
    if change is not None:
        await announcing.announce(tx, series, change, announced_as, told)
    _look_again(tx, series)
    return list(told.values())


def _settle(
    tx: Transaction,
    series: Series,
    plan: MeetingSeriesPlanned,
    before: Meeting | None,
    standing: Standing,
    *,
    announced: bool,
) -> Meeting:
    """Bring one meeting in line with how it stands, and return it."""
    meeting = _as_it_stands(series, plan, before, standing)
    is_news = before is None or _held(before) != _held(meeting)
    if is_news and (before is not None or standing.reason is not None):
        series.sequence += 1
    if not is_news and not announced:
        return meeting
    meeting.sequence = series.sequence
    tx.save(meeting)
    telling.tell(tx, plan, before, meeting)
    if is_news:
        telling.say(tx, plan, before, meeting, standing, announced=announced)
        if meeting.state == "asked":
            telling.propose(tx, plan, meeting, standing)
    _set_times(tx, plan, before, meeting, standing.slot)
    if meeting.is_called:
        series.last_called = max(series.last_called or meeting.occurrence, meeting.occurrence)
    return meeting


def _as_it_stands(series: Series, plan: MeetingSeriesPlanned, before: Meeting | None, standing: Standing) -> Meeting:
    at = standing.slot or standing.original
    starts_at, ends_at, place, reason = at.starts_at, at.ends_at, standing.place, None
    if standing.state == "cancelled":
        reason = standing.reason
        if before is not None:  # it stands where it would have been held, cancelled for what it was cancelled for
            starts_at, ends_at, place = before.starts_at, before.ends_at, before.place
            reason = before.reason or reason
    return Meeting(
        id=meeting_id(series.id, standing.occurrence),
        version=before.version if before else 0,
        series_id=series.id,
        occurrence=standing.occurrence,
        forum=plan.forum,
        state=standing.state,
        reason=reason,
        starts_at=starts_at,
        ends_at=ends_at,
        place=place,
        # Each agency once, the organiser's first.
        agencies=tuple(dict.fromkeys(each.agency for each in plan.called)),
        sequence=before.sequence if before else series.sequence,
        reminders=before.reminders if before else (),
    )


def _held(meeting: Meeting | None) -> tuple[object, ...]:
    """Return what makes a meeting another one to those called."""
    if meeting is None:
        return ()
    where = (meeting.ends_at, meeting.place) if meeting.is_called else ()
    return meeting.state, meeting.starts_at, *where


def _set_times(
    tx: Transaction, plan: MeetingSeriesPlanned, before: Meeting | None, meeting: Meeting, slot: Slot | None
) -> None:
    """Post what has a time of its own before a meeting that is held, and take back what was posted before."""
    agenda = f"agenda:{meeting.id}"
    for written in meeting.reminders:
        tx.cancel(f"reminder:{meeting.id}:{written}")
    meeting.reminders = ()
    if slot is None:
        tx.cancel(agenda)
        return
    _remind(tx, plan, meeting, slot)
    if before is None or not before.is_called or before.starts_at != meeting.starts_at:
        due_at = max(tx.now, meeting.starts_at - AGENDA_BEFORE)
        tx.emit(events.AgendaTimeReached(meeting_id=meeting.id), due_at=due_at, key=agenda)


def _remind(tx: Transaction, plan: MeetingSeriesPlanned, meeting: Meeting, slot: Slot) -> None:
    """Post a meeting's reminders; one whose moment has passed is let go."""
    called = telling.as_called(plan, meeting)
    for length in map(duration_of, plan.reminders):
        due_at = reminder_at(slot, length)
        if due_at > tx.now:
            written = _DURATION.dump_python(length, mode="json")
            reminder = events.ReminderTimeReached(before=written, meeting=called)
            tx.emit(reminder, due_at=due_at, key=f"reminder:{meeting.id}:{written}")
            meeting.reminders = (*meeting.reminders, written)


def _look_again(tx: Transaction, series: Series) -> None:
    key = f"series:{series.id}"
    look_at = next_look(series.facts, tx.now)
    if look_at is None:
        tx.cancel(key)
    else:
        tx.emit(events.SeriesTimeReached(series_id=series.id), due_at=look_at, key=key)
