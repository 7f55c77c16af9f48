"""Telling: what each agency, and the rest of the house, hears when a meeting does not stand as it was told before.

An agency hears of a meeting what is new to that agency, and nothing twice: a message's id follows from the meeting, the
agency and the sequence it is told under.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.meetings.series.documents import Meeting
from shared.clock import iso_week_of
from shared.events import answers
from shared.events import meetings as events
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.agencies.meetings import Organiser, Participant
from shared.ids import name_id
from shared.recurrence.standings import Standing
from shared.transaction import Transaction


def tell(tx: Transaction, plan: MeetingSeriesPlanned, before: Meeting | None, meeting: Meeting) -> None:
    """Tell each agency that is called, or was, how a meeting stands now."""
    for agency in dict.fromkeys([*meeting.agencies, *(before.agencies if before else ())]):
        heard = before if before and agency in before.agencies else None
        if (word := _word(plan, heard, meeting, agency in meeting.agencies)) is not None:
            kind = word.type.partition(".v")[0]
            tx.tell(agency, word, message_id=name_id(kind, meeting.id, agency, str(meeting.sequence)))


def propose(tx: Transaction, plan: MeetingSeriesPlanned, meeting: Meeting, standing: Standing) -> None:
    """Ask the organiser what to do about a meeting on a red day. ValueError when the standing holds no question."""
    if standing.answer_by is None or standing.red_day is None:
        raise ValueError(standing.state)
    asked = {"proposals": standing.proposals, "answer_by": standing.answer_by}
    named = {"series_id": meeting.series_id, "occurrence": meeting.occurrence, "red_day": standing.red_day}
    told = answers.MeetingMoveProposed(**named, **asked)
    organiser = plan.organiser.agency
    proposal_id = name_id("meeting-move.proposed", meeting.id, organiser, str(meeting.sequence))
    tx.tell(organiser, told, message_id=proposal_id)
    tx.emit(events.MeetingMoveProposed(meeting=as_called(plan, meeting), **asked))


def say(
    tx: Transaction,
    plan: MeetingSeriesPlanned,
    before: Meeting | None,
    meeting: Meeting,
    standing: Standing,
    *,
    announced: bool,
) -> None:
    """Say to the house how a meeting stands now. What the announcement of the series tells of is no move of its own."""
    called = as_called(plan, meeting)
    was_called = before is not None and before.is_called
    if not meeting.is_called:
        if was_called or (meeting.state == "cancelled" and (before is None or before.state == "asked")):
            tx.emit(events.MeetingCancelled(meeting=called, reason=meeting.reason or "series_changed"))
        return
    by_series = standing.reason is None or (announced and was_called)
    if by_series or not was_called:
        tx.emit(events.MeetingCalled(meeting=called))
    if not by_series:
        was_at = before.starts_at if before else standing.original.starts_at
        # An organiser who is asked about a red day moves the meeting because of it.
        is_answer = standing.red_day is not None and (before is None or before.state == "asked")
        reason = "red_day" if standing.reason == "red_day" or is_answer else "organiser"
        tx.emit(events.MeetingMoved(meeting=called, was_at=was_at, reason=reason))


def as_called(plan: MeetingSeriesPlanned, meeting: Meeting) -> events.CalledMeeting:
    """Return a meeting as those called to it know it."""
    return events.CalledMeeting(
        meeting_id=meeting.id,
        series_id=meeting.series_id,
        occurrence=meeting.occurrence,
        forum=plan.forum,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        timezone=plan.timezone,
        place=meeting.place,
        organiser=as_invited(plan.organiser),
        invited=tuple(map(as_invited, plan.participants)),
        sequence=meeting.sequence,
    )


def as_invited(planned: Organiser | Participant) -> events.Invited:
    """Return a function of a plan as it is written to."""
    return events.Invited(agency=planned.agency, function=planned.function, email=planned.email)


def _word(
    plan: MeetingSeriesPlanned, heard: Meeting | None, meeting: Meeting, is_one_of_them: bool
) -> answers.Answer | None:
    """Return what is new to an agency that heard of the meeting as it was before, or never (None)."""
    knows_it = heard is not None and heard.is_called
    named = {"series_id": meeting.series_id, "occurrence": meeting.occurrence}
    if not meeting.is_called or not is_one_of_them:
        is_news = knows_it or (is_one_of_them and meeting.state == "cancelled" and not _is_cancelled(heard))
        reason = meeting.reason or "series_changed"
        return answers.MeetingCancelled(**named, reason=reason) if is_news else None
    held = {"starts_at": meeting.starts_at, "ends_at": meeting.ends_at, "place": meeting.place}
    if heard is not None and heard.state != "asked":
        is_news = not knows_it or any(getattr(heard, name) != value for name, value in held.items())
        return answers.MeetingMoved(**named, **held) if is_news else None
    local_day = meeting.starts_at.astimezone(ZoneInfo(plan.timezone)).date()
    return answers.MeetingCalled(**named, **held, forum=plan.forum, iso_week=iso_week_of(local_day))


def _is_cancelled(heard: Meeting | None) -> bool:
    return heard is not None and heard.state == "cancelled"
