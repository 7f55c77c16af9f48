"""What is to be written when something has happened: facts, and until when they are worth sending.

The only place where an event's words become a letter's: places and functions pass the guards here, and nothing else of
an event that is text goes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from services.notifier.documents import Delivery, Draft, Letter
from services.notifier.facts.rule import Rule
from services.notifier.facts.shapes import (
    ActionsFacts,
    CancellationFacts,
    Exceptional,
    MoveFacts,
    QuestionFacts,
    ReminderFacts,
    SeriesFacts,
    UndeliveredFacts,
)
from services.notifier.rules import ACTIONS_TOLD, SERIES_TOLD, has_zone_of_ours, shown_function, shown_place
from shared.agencies import AgencyKind
from shared.clock import start_of
from shared.events.meetings import (
    ActionReminderIssued,
    CalledMeeting,
    MeetingCancelled,
    MeetingMoved,
    MeetingMoveProposed,
    MeetingSeriesAnnounced,
    ReminderTimeReached,
)

LISTED = 6
"""How many meetings a letter lists where it cannot say in words how often they are."""


def series_facts(said: MeetingSeriesAnnounced) -> SeriesFacts:
    """Return what letters may say of a series that is planned, changed or ended."""
    rule = Rule.of(said.rrule)
    exceptions = tuple(
        Exceptional(
            occurrence=each.occurrence,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            place=None if each.place is None else shown_place(each.place),
        )
        for each in said.exceptions
    )
    return SeriesFacts(
        kind="invitation" if said.change == "planned" else "change",
        forum=said.forum,
        starts_at=said.starts_at,
        duration_minutes=said.duration_minutes,
        by_stockholm=has_zone_of_ours(said.timezone),
        rule=rule,
        last_on=said.until,
        place=shown_place(said.place),
        exceptions=exceptions,
        coming=tuple(_coming(said, rule)),
        next_at=said.next_at,
        has_ended=said.change == "ended",
    )


def _coming(said: MeetingSeriesAnnounced, rule: Rule) -> list[datetime]:
    """Return when the next meetings begin, exceptions minded."""
    if said.next_at is None:
        return []
    zone, held = ZoneInfo(said.timezone), {each.occurrence: each.starts_at for each in said.exceptions}
    # From the day before: a start in the hour that is skipped in March is held later than the clock says.
    day_before = said.next_at.astimezone(zone).replace(tzinfo=None) - timedelta(days=1)
    starts = rule.starts_until(said.starts_at, said.until, after=day_before)
    by_rule = (start.replace(tzinfo=zone).astimezone(UTC) for start in starts if start not in held)
    coming = [*islice((at for at in by_rule if at >= said.next_at), LISTED)]
    coming += [at for at in held.values() if at is not None and at >= said.next_at]
    return sorted(coming)[:LISTED]


def announcement(said: MeetingSeriesAnnounced, now: datetime) -> Draft:
    """Return the letter to those who are called to a series: all of it as it is now."""
    until = now + SERIES_TOLD
    return Draft(
        about=said.series_id,
        series_id=said.series_id,
        revision=str(said.sequence),
        organiser=said.organiser,
        facts=series_facts(said),
        not_after=until,
        wanted_by=until if said.next_at is None else min(until, said.next_at),
        ends_at=until,
        sequence=said.sequence,
    )


def farewell(said: MeetingSeriesAnnounced, now: datetime) -> Draft:
    """Return the letter to those who were called to a series and are not any more."""
    facts = series_facts(said).model_copy(update={"kind": "farewell"})
    return replace(announcement(said, now), facts=facts)


def reminder(reached: ReminderTimeReached) -> Draft:
    """Return the letter about a meeting that begins soon. A meeting that has got another time is reminded of again."""
    meeting = reached.meeting
    revision = f"{reached.before} {meeting.starts_at.astimezone(UTC).isoformat()}"
    return _about(meeting, ReminderFacts.model_validate(_occasion(meeting)), revision)


def move(moved: MeetingMoved) -> Draft:
    """Return the letter about a meeting that is held at another time or place; wanted before either of its times."""
    was_at, meeting = moved.was_at, moved.meeting
    facts = MoveFacts.model_validate({**_occasion(meeting), "was_at": was_at, "reason": moved.reason})
    return _about(meeting, facts, str(meeting.sequence), wanted_by=min(was_at, meeting.starts_at))


def cancellation(cancelled: MeetingCancelled, next_at: datetime | None) -> Draft:
    """Return the letter about a meeting that is not held, for one of the reasons that are told by meeting."""
    meeting = cancelled.meeting
    facts = CancellationFacts.model_validate({**_occasion(meeting), "reason": cancelled.reason, "next_at": next_at})
    return _about(meeting, facts, str(meeting.sequence))


def question(asked: MeetingMoveProposed) -> Draft:
    """Return the letter that asks the organiser what to do about a meeting on a red day; worthless after the answer."""
    meeting = asked.meeting
    more = {"proposals": asked.proposals, "answer_by": asked.answer_by}
    facts = QuestionFacts.model_validate({**_occasion(meeting), **more})
    return _about(meeting, facts, str(meeting.sequence), not_after=asked.answer_by)


def actions(issued: ActionReminderIssued, owner: AgencyKind | None) -> Draft:
    """Return the letter about an agency's actions: soon due, to itself; overdue, to the organiser."""
    facts = ActionsFacts(
        kind="actions_overdue" if issued.overdue else "actions_due",
        forum=issued.forum,
        owner=owner,
        due_on=issued.due_on,
        actions=issued.actions,
    )
    until = start_of(issued.due_on + ACTIONS_TOLD).astimezone(UTC)
    return Draft(
        about=issued.series_id,
        series_id=issued.series_id,
        revision=f"{issued.owner} {issued.due_on.isoformat()}",
        organiser=issued.organiser,
        facts=facts,
        not_after=until,
        wanted_by=start_of(issued.due_on).astimezone(UTC),
        ends_at=until,
    )


def undelivered_letter(
    delivery: Delivery, letter: Letter, agency: AgencyKind | None, now: datetime, trouble: str
) -> Delivery | None:
    """Return the delivery that tells the organiser that a letter does not come through; None where that leads nowhere.

    It leads nowhere when the letter went to the organiser itself, which letters about letters always do, or when its
    facts are forgotten. The id follows from the series and `trouble`: put down twice it is the same delivery.
    """
    facts, organiser = delivery.facts, delivery.organiser
    if facts is None or letter.recipient.email.casefold() == organiser.email.casefold():
        return None
    meets_at = facts.next_at if isinstance(facts, SeriesFacts) else getattr(facts, "starts_at", None)
    told = UndeliveredFacts(
        forum=facts.forum,
        letter=delivery.kind,
        function=shown_function(letter.recipient.function),
        agency=agency,
        meets_at=meets_at,
    )
    series, until = delivery.series_id, now + ACTIONS_TOLD
    wanted_by = min(delivery.needed_by(now), until)
    return Draft(series, series, trouble, organiser, told, until, wanted_by, until).letters_to([organiser], now)[0]


def _about(
    meeting: CalledMeeting,
    facts: ReminderFacts | MoveFacts | CancellationFacts | QuestionFacts,
    revision: str,
    *,
    not_after: datetime | None = None,
    wanted_by: datetime | None = None,
) -> Draft:
    not_after = not_after or meeting.starts_at
    return Draft(
        about=meeting.meeting_id,
        series_id=meeting.series_id,
        occurrence=meeting.occurrence,
        revision=revision,
        sequence=meeting.sequence,
        organiser=meeting.organiser,
        facts=facts,
        not_after=not_after,
        wanted_by=wanted_by or not_after,
        ends_at=max(meeting.ends_at, not_after),
    )


def _occasion(meeting: CalledMeeting) -> dict[str, object]:
    return {
        "forum": meeting.forum,
        "occurrence": meeting.occurrence,
        "by_stockholm": has_zone_of_ours(meeting.timezone),
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "place": shown_place(meeting.place),
    }
