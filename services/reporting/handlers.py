"""What `reporting` does with what it hears.

Every fact goes into its week whatever the order. A picture is made only when the week's deadline has passed, and again
only when its figures have changed; a missing report is asked for once, in the commit that marks the week as asked.
"""

from __future__ import annotations

from services.reporting.documents import Week, picture_of, week_asked_about_last, week_in
from services.reporting.facts import ConcernSeen, Fact, MeetingSeen, NoticedInWeek, PlaceEventSeen, ReportSeen
from services.reporting.page import weekly_page
from services.reporting.rules import figures_of, missing_reports, municipality_of
from services.reporting.weeks import deadline_of, is_past_deadline, local_day, week_of, week_to_ask_about
from shared.agencies import Agency
from shared.events import answers
from shared.events.consent import ConsentEnded, ConsentEnforced
from shared.events.meetings import MeetingCalled, MeetingHeld
from shared.events.observations import ConcernNoticed, PlaceEventRegistered, WeeklyReportRegistered
from shared.events.reporting import WeekDeadlineReached
from shared.ids import name_id
from shared.messaging import ServiceRouter
from shared.transaction import Tx

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
    await add_to_week(tx, municipality_of(event.submitted_by), week_of(event.happened_at), seen)


@router.hears(WeeklyReportRegistered)
async def count_weekly_report(event: WeeklyReportRegistered, tx: Tx) -> None:
    """Note that the agency has answered for the week."""
    seen = ReportSeen(
        agency_id=event.submitted_by,
        nil_report=event.nil_report,
        place_events=event.place_events,
        registered_at=event.registered_at,
    )
    await add_to_week(tx, municipality_of(event.submitted_by), event.iso_week, seen)


@router.hears(MeetingCalled)
async def count_called_meeting(event: MeetingCalled, tx: Tx) -> None:
    """Count the meeting as called in the week of its local start."""
    seen = MeetingSeen(meeting_id=event.meeting_id, forum=event.forum)
    await add_to_week(tx, municipality_of(event.organiser.agency), week_of(event.starts_at), seen)


@router.hears(MeetingHeld)
async def count_held_meeting(event: MeetingHeld, tx: Tx) -> None:
    """Note from the minutes whether the meeting was held."""
    seen = MeetingSeen(meeting_id=event.meeting_id, forum=event.forum, held=event.held, recorded_at=event.recorded_at)
    await add_to_week(tx, event.municipality, week_of(event.starts_at), seen)


@router.hears(ConcernNoticed)
async def count_concern(event: ConcernNoticed, tx: Tx) -> None:
    """Count the concern once, whichever agencies notice it; neither the person nor the concern's id is kept."""
    iso_week = week_of(event.noticed_at)
    mark = tx.secret.fingerprint(NoticedInWeek(concern_id=event.concern_id, iso_week=iso_week))
    await add_to_week(tx, municipality_of(event.noticed_by), iso_week, ConcernSeen(mark=mark))


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
    for agency in missing_reports(week.facts, agencies_in(tx, week.municipality)):
        ask_for_report(tx, agency, week.iso_week)
    await make_picture(tx, week)
    post_deadline(tx, week.municipality, week_to_ask_about(week.iso_week, tx.now))


async def post_deadlines(tx: Tx) -> None:
    """At start: post the deadline of each municipality's first week not asked about; that one posts the next."""
    for municipality in tx.agencies.municipalities:
        asked = await week_asked_about_last(tx, municipality.code)
        post_deadline(tx, municipality.code, week_to_ask_about(asked, tx.now))


def post_deadline(tx: Tx, municipality: str, iso_week: str) -> None:
    """Post the week's deadline early; one that has passed already is due now."""
    reached = WeekDeadlineReached(municipality=municipality, iso_week=iso_week)
    tx.emit(reached, due_at=deadline_of(iso_week), key=f"week-deadline:{municipality}:{iso_week}")


def ask_for_report(tx: Tx, agency: Agency, iso_week: str) -> None:
    """Tell the agency, and it alone, that its report is missing."""
    deadline = deadline_of(iso_week)
    tx.tell(
        agency.id,
        answers.WeeklyReportMissing(iso_week=iso_week, deadline=deadline),
        message_id=name_id("weekly-report-missing", agency.id, iso_week),
    )


async def add_to_week(tx: Tx, municipality: str | None, iso_week: str, fact: Fact) -> None:
    """Add a fact to its week. A county's agency belongs to no municipality's week and is counted in none."""
    if municipality is None:
        return
    week = await week_in(tx, municipality, iso_week)
    facts = week.facts.plus(fact)
    if facts == week.facts:
        return
    week.facts = facts
    tx.save(week)
    if week.asked_at is not None or is_past_deadline(iso_week, tx.now):
        await make_picture(tx, week)


async def make_picture(tx: Tx, week: Week) -> None:
    """Make the week's picture, or its next edition when what it shows has changed."""
    figures = figures_of(week.facts, week.iso_week, agencies_in(tx, week.municipality))
    picture = await picture_of(tx, week)
    if picture.figures == figures:
        return
    picture.edition += 1
    picture.published_at = tx.now
    picture.figures = figures
    name = name_of(tx, week.municipality)
    picture.html = weekly_page(name, week.iso_week, figures, picture.edition, picture.published_at)
    tx.save(picture)


def agencies_in(tx: Tx, municipality: str) -> list[Agency]:
    """Return the municipality's own agencies."""
    return [agency for agency in tx.agencies.all if agency.municipality == municipality]


def name_of(tx: Tx, municipality: str) -> str:
    """Return the municipality's name; one that the registry knows by its code alone is called by it."""
    known = tx.agencies.municipality(municipality)
    return known.name if known and known.name != known.code else f"Kommun {municipality}"
