"""What `notifier` does when it hears of a meeting: it writes letters down. Sending them is the loop's business.

A handler may run several times and events come in any order; it only adds deliveries, and a letter that is there
already stays as it is. What was said before the last word about the same thing is not written (`last_words.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from services.notifier.documents import Delivery, Draft
from services.notifier.facts import drafts
from services.notifier.last_words import LastWord, last_word_on
from services.notifier.rules import is_too_late, recipients_of
from shared.events.meetings import (
    ActionReminderIssued,
    CalledMeeting,
    Invited,
    MeetingCancelled,
    MeetingMoved,
    MeetingMoveProposed,
    MeetingSeriesAnnounced,
    ReminderTimeReached,
)
from shared.messaging import ServiceRouter
from shared.transaction import Transaction, Tx

router = ServiceRouter("notifier")


@router.hears(MeetingSeriesAnnounced)
async def write_of_series(said: MeetingSeriesAnnounced, tx: Tx) -> None:
    """Write of the whole series to the organiser and those called, and take leave of those called no more."""
    word = await last_word_on(tx, said.series_id)
    is_outdated = word.outdates("change", said.sequence, None)
    word.hear_of_series(drafts.series_facts(said), said.sequence, tx.now)
    for each in said.exceptions:
        word.hear_of_meeting(each.occurrence, each.sequence, tx.now)
    tx.save(word)
    recipients = recipients_of(said.organiser, *said.invited)
    if not is_outdated:
        await _write_once(tx, drafts.announcement(said, tx.now), recipients)
    still_called = {each.email.casefold() for each in recipients}
    gone = [each for each in said.no_longer_invited if each.email.casefold() not in still_called]
    await _write_once(tx, drafts.farewell(said, tx.now), gone)


@router.hears(MeetingMoved)
async def write_moves(moved: MeetingMoved, tx: Tx) -> None:
    """Write of the new time to the organiser and those called, and let what was said of the old one go."""
    word = await _heard(tx, moved.meeting)
    if not word.outdates("move", moved.meeting.sequence, moved.meeting.occurrence):
        await _write_unless_late(tx, drafts.move(moved), _called(moved.meeting))


@router.hears(MeetingCancelled)
async def write_cancellations(cancelled: MeetingCancelled, tx: Tx) -> None:
    """Write to the organiser and those called that a meeting is not held, unless a changed series says it already."""
    meeting = cancelled.meeting
    word = await _heard(tx, meeting)
    told_with_series = cancelled.reason in ("series_changed", "series_ended")
    if not told_with_series and not word.outdates("cancellation", meeting.sequence, meeting.occurrence):
        draft = drafts.cancellation(cancelled, word.next_after(meeting.occurrence))
        await _write_unless_late(tx, draft, _called(meeting))


@router.hears(MeetingMoveProposed)
async def ask_organiser(asked: MeetingMoveProposed, tx: Tx) -> None:
    """Ask the organiser what to do about a meeting on a red day."""
    meeting = asked.meeting
    word = await last_word_on(tx, meeting.series_id)
    if not word.outdates("question", meeting.sequence, meeting.occurrence):
        await _write_unless_late(tx, drafts.question(asked), [meeting.organiser])


@router.hears(ReminderTimeReached)
async def write_reminders(reached: ReminderTimeReached, tx: Tx) -> None:
    """Write a reminder to the organiser and those called, unless the meeting has begun or something else holds now."""
    meeting = reached.meeting
    word = await last_word_on(tx, meeting.series_id)
    if not word.outdates("reminder", meeting.sequence, meeting.occurrence):
        await _write_unless_late(tx, drafts.reminder(reached), _called(meeting))


@router.hears(ActionReminderIssued)
async def write_of_actions(issued: ActionReminderIssued, tx: Tx) -> None:
    """Write to an agency of its actions that are soon due, or to the organiser of those that are overdue."""
    agency = tx.agencies.get(issued.owner)
    draft = drafts.actions(issued, agency.kind if agency else None)
    recipients = (issued.organiser,) if issued.overdue else recipients_of(*issued.recipients)
    await _write_unless_late(tx, draft, recipients)


def _called(meeting: CalledMeeting) -> tuple[Invited, ...]:
    return recipients_of(meeting.organiser, *meeting.invited)


async def _heard(tx: Transaction, meeting: CalledMeeting) -> LastWord:
    """Return what has been said of the series, this meeting's word noted."""
    word = await last_word_on(tx, meeting.series_id)
    word.hear_of_meeting(meeting.occurrence, meeting.sequence, tx.now)
    tx.save(word)
    return word


async def _write_unless_late(tx: Transaction, draft: Draft, recipients: Iterable[Invited]) -> None:
    if not is_too_late(draft.not_after, tx.now):
        await _write_once(tx, draft, recipients)


async def _write_once(tx: Transaction, draft: Draft, recipients: Iterable[Invited]) -> None:
    where = {"about": draft.about, "kind": draft.facts.kind, "revision": draft.revision}
    there = await tx.find(Delivery, where)
    known = {letter.id for delivery in there for letter in delivery.letters}
    new = [each for each in recipients if draft.letter_id(each) not in known]
    for delivery in draft.letters_to(new, tx.now, bundles=len(there)):
        tx.save(delivery)
