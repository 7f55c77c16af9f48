"""What `reporting` does with what it hears.

Every fact goes into its week whatever the order. A picture is made only when the week's deadline has passed, and again
only when its figures have changed; a missing report is asked for once, in the commit that marks the week as asked.
"""

from __future__ import annotations

from services.reporting.deadlines import ask_for_report, post_deadline
from services.reporting.documents import Meeting, Week, week_in
from services.reporting.facts import ConcernSeen, Fact, NoticedInWeek, PlaceEventSeen, ReportSeen, WeekFacts
from services.reporting.meetings import Announced, MeetingFacts, Recorded
from services.reporting.pictures import make_picture
from services.reporting.rules import missing_reports
from services.reporting.weeks import is_past_deadline, week_of, week_to_ask_about
from shared.agencies import municipality_of
from shared.clock import local_day
from shared.events.consent import ConsentEnded, ConsentEnforced
from shared.events.meetings import (
    CalledMeeting,
    Forum,
    MeetingCalled,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
)
from shared.events.observations import ConcernNoticed, PlaceEventRegistered, WeeklyReportRegistered
from shared.events.reporting import WeekDeadlineReached
from shared.messaging import ServiceRouter
from shared.transaction import Transaction, Tx

router = ServiceRouter("reporting", prefetch=4)  # More at once would only meet on the same week.


@router.hears(PlaceEventRegistered)
async def count_place_event(event: PlaceEventRegistered, tx: Tx) -> None:
    """Count the place event in the week of the local day on which it happened."""
    seen = PlaceEventSeen(
        place_event_id=event.place_event_id,
        area=event.area,
        category=event.category,
        severity=event.severity,
        day=local_day(event.happened_at),
    )
    await _add_to_week(tx, municipality_of(event.submitted_by), week_of(event.happened_at), seen)


@router.hears(WeeklyReportRegistered)
async def count_weekly_report(event: WeeklyReportRegistered, tx: Tx) -> None:
    """Note that the agency has answered for the week."""
    seen = ReportSeen(
        agency_id=event.submitted_by,
        nil_report=event.nil_report,
        place_events=event.place_events,
        registered_at=event.registered_at,
    )
    await _add_to_week(tx, municipality_of(event.submitted_by), event.iso_week, seen)


@router.hears(MeetingCalled)
async def count_called_meeting(event: MeetingCalled, tx: Tx) -> None:
    """Count the meeting as called in the week of its local start."""
    await _settle_announced(tx, event.meeting, cancelled=False)


@router.hears(MeetingMoved)
async def count_moved_meeting(event: MeetingMoved, tx: Tx) -> None:
    """Count the meeting in the week to which it is moved, and no longer in the one it leaves."""
    await _settle_announced(tx, event.meeting, cancelled=False)


@router.hears(MeetingCancelled)
async def count_cancelled_meeting(event: MeetingCancelled, tx: Tx) -> None:
    """Show the meeting as cancelled in the week in which it would have been, and count it as called no longer."""
    await _settle_announced(tx, event.meeting, cancelled=True)


@router.hears(MeetingHeld)
async def count_held_meeting(event: MeetingHeld, tx: Tx) -> None:
    """Note from the minutes whether the meeting was held, and with all whom its forum requires."""
    recorded = Recorded(
        recorded_at=event.recorded_at, starts_at=event.starts_at, held=event.held, quorate=event.quorate
    )
    await _settle(tx, event.municipality, event.meeting_id, event.forum, recorded)


@router.hears(ConcernNoticed)
async def count_concern(event: ConcernNoticed, tx: Tx) -> None:
    """Count the concern once, whichever agencies notice it; neither the person nor the concern's id is kept."""
    iso_week = week_of(event.noticed_at)
    mark = tx.secret.fingerprint(NoticedInWeek(concern_id=event.concern_id, iso_week=iso_week))
    await _add_to_week(tx, municipality_of(event.noticed_by), iso_week, ConcernSeen(mark=mark))


@router.hears(ConsentEnded)
async def confirm_nothing_rests_on_consent(event: ConsentEnded, tx: Tx) -> None:
    """Confirm at once: nothing kept or told here rests on a consent or points to a person."""
    tx.emit(ConsentEnforced(form_id=event.form_id, by="reporting", enforced_at=tx.now))


@router.hears(WeekDeadlineReached)
async def close_week(event: WeekDeadlineReached, tx: Tx) -> None:
    """Ask each agency that owes a report for it, once, make the week's picture, and post the next deadline."""
    week = await week_in(tx, event.municipality, event.iso_week)
    if week.asked_at is not None:
        return
    week.asked_at = tx.now
    tx.save(week)
    for agency in missing_reports(week.facts, tx.agencies.agencies_in(week.municipality)):
        ask_for_report(tx, agency, week.iso_week)
    await make_picture(tx, week)
    post_deadline(tx, week.municipality, week_to_ask_about(week.iso_week, tx.now))


async def _settle_announced(tx: Transaction, meeting: CalledMeeting, *, cancelled: bool) -> None:
    announced = Announced(sequence=meeting.sequence, starts_at=meeting.starts_at, cancelled=cancelled)
    await _settle(tx, municipality_of(meeting.organiser.agency), meeting.meeting_id, meeting.forum, announced)


async def _settle(
    tx: Transaction, municipality: str | None, meeting_id: str, forum: Forum, fact: Announced | Recorded
) -> None:
    """Add a fact to its meeting, and put the meeting where it now belongs: out of one week, into another."""
    if municipality is None:
        return
    known = await tx.get(Meeting, meeting_id)
    before = known.facts if known else MeetingFacts(forum=forum)
    facts = before.plus(fact)
    if facts == before or facts.starts_at is None or facts.iso_week is None:
        return
    meeting = known or Meeting(id=meeting_id, municipality=municipality, facts=facts, starts_at=facts.starts_at)
    meeting.facts, meeting.starts_at = facts, facts.starts_at
    tx.save(meeting)
    if before.iso_week is not None and before.iso_week != facts.iso_week:
        left = await week_in(tx, meeting.municipality, before.iso_week)
        await _keep(tx, left, left.facts.without_meeting(meeting_id))
    week = await week_in(tx, meeting.municipality, facts.iso_week)
    await _keep(tx, week, week.facts.with_meeting(facts.seen_as(meeting_id)))


async def _add_to_week(tx: Transaction, municipality: str | None, iso_week: str, fact: Fact) -> None:
    """Add a fact to its week. A county's agency belongs to no municipality's week and is counted in none."""
    if municipality is None:
        return
    week = await week_in(tx, municipality, iso_week)
    await _keep(tx, week, week.facts.plus(fact))


async def _keep(tx: Transaction, week: Week, facts: WeekFacts) -> None:
    """Keep a week's facts if they are others than before, and make its picture anew if there is one."""
    if facts == week.facts:
        return
    week.facts = facts
    tx.save(week)
    if week.asked_at is not None or is_past_deadline(week.iso_week, tx.now):
        await make_picture(tx, week)
