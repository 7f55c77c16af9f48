"""Minutes: kept as soon as they come, counted once, when both they and their series are there.

Anybody may send minutes of a series that is not known yet, so they are kept for each sender apart: a stranger's
minutes can neither count nor stand in the organiser's way.
"""

from __future__ import annotations

from datetime import datetime

from services.meetings.minutes import reminding, rules
from services.meetings.minutes.actions import give
from services.meetings.minutes.documents import KeptAction, KeptPriority, Minutes, known_actions
from services.meetings.minutes.rules import KnownMeeting
from services.meetings.series.documents import Meeting, Series, meeting_id
from shared.agencies import Agency, municipality_of
from shared.events.agencies import MeetingMinutesRecorded
from shared.events.agencies.meetings import AgreedAction
from shared.events.meetings import MeetingHeld
from shared.intake.faults import Fault, Rejected, fault
from shared.recurrence.plans import YEARS
from shared.recurrence.standings import standing_of
from shared.recurrence.views import deciding, views_of
from shared.transaction import Transaction


async def record(tx: Transaction, series: Series, sent: MeetingMinutesRecorded, sender: Agency) -> None:
    """Keep an agency's minutes, and count them if the series is there. Raises `Rejected`."""
    minutes_id = f"{meeting_id(sent.series_id, sent.occurrence)}:{sender.id}"
    known = await tx.get(Minutes, minutes_id)
    stands = known is not None and not known.forgotten
    fingerprint = tx.secret.fingerprint(sent)
    if known is not None and stands and known.fingerprint == fingerprint:
        return
    meeting = await _known_meeting(tx, series, sent.occurrence, recorded_at=tx.now)
    faults = await _faults(tx, meeting, sent, sender, minutes_id)
    if stands:
        faults.append(fault("conflict", "/occurrence"))
    if faults:
        raise Rejected(faults)
    minutes = await _kept(tx, sent, sender, minutes_id, fingerprint)
    minutes.version = known.version if known is not None else 0
    tx.save(minutes)
    if meeting is None:
        series.waiting_minutes = (*series.waiting_minutes, minutes_id)
    else:
        await _count(tx, series, meeting, minutes)


async def count_waiting(tx: Transaction, series: Series) -> None:
    """Count the minutes that came before their series: those that would have been taken in after it, too."""
    for minutes_id in series.waiting_minutes:
        minutes = await tx.get(Minutes, minutes_id)
        if minutes is None:
            raise LookupError(minutes_id)
        meeting = await _known_meeting(tx, series, minutes.occurrence, recorded_at=minutes.recorded_at)
        if meeting is None:
            return
        if rules.faults_in_minutes(minutes, minutes.recorded_by, minutes.recorded_at, meeting):
            # They would have been refused had the series been there, so nothing of them is kept.
            minutes.forgotten, minutes.prioritised, minutes.actions = True, (), ()
            tx.save(minutes)
        else:
            await _count(tx, series, meeting, minutes)
    series.waiting_minutes = ()


async def _count(tx: Transaction, series: Series, meeting: KnownMeeting, minutes: Minutes) -> None:
    if meeting.starts_at is None or meeting.day is None:
        raise LookupError(minutes.id)
    minutes.held_on = meeting.day
    if minutes.held:
        present = [tx.agencies.get(each.agency) for each in minutes.attendance if each.present]
        there = [each.kind for each in present if each is not None]
        minutes.absent_kinds = rules.absent_kinds(meeting.plan.forum, there)
        minutes.absent_functions = rules.absent_functions(meeting.plan.participants, minutes.attendance)
        minutes.quorate = not minutes.absent_kinds
    minutes.followed_by = tuple([await give(tx, each, minutes.id, meeting.day) for each in minutes.actions])
    series.counted_minutes = (*series.counted_minutes, minutes.id)
    tx.save(minutes)
    reminding.post(tx, series, minutes)
    tx.emit(
        MeetingHeld(
            meeting_id=meeting_id(minutes.series_id, minutes.occurrence),
            series_id=minutes.series_id,
            forum=meeting.plan.forum,
            municipality=municipality_of(meeting.plan.organiser.agency),
            starts_at=meeting.starts_at,
            held=minutes.held,
            quorate=minutes.quorate,
            recorded_at=minutes.recorded_at,
        )
    )


async def _known_meeting(
    tx: Transaction, series: Series, occurrence: datetime, recorded_at: datetime
) -> KnownMeeting | None:
    """Return what a series says about an occurrence, as it was told where it was; None while it is not planned."""
    if series.plan is None:
        return None
    if occurrence.year not in YEARS:
        return KnownMeeting(series.plan, frozenset(), None, cancelled=False)
    plan = deciding(views_of(series.facts, recorded_at, [occurrence]), occurrence).plan
    agencies = frozenset(each.agency for each in plan.called)
    told = await tx.get(Meeting, meeting_id(series.id, occurrence))
    if told is not None:
        return KnownMeeting(plan, agencies | set(told.agencies), told.starts_at, cancelled=not told.is_called)
    standing = standing_of(series.facts, occurrence, recorded_at)
    if standing is None:
        return KnownMeeting(plan, agencies, None, cancelled=False)
    return KnownMeeting(plan, agencies, standing.begins_at, cancelled=standing.state == "cancelled")


async def _faults(
    tx: Transaction, meeting: KnownMeeting | None, sent: MeetingMinutesRecorded, sender: Agency, minutes_id: str
) -> list[Fault]:
    found = rules.faults_by_themselves(sent)
    if meeting is not None:
        found += rules.faults_in_minutes(sent, sender.id, tx.now, meeting)
    used = await known_actions(tx, [each.action_id for each in sent.actions], sender.id, but_not_in=minutes_id)
    return found + [
        fault("conflict", f"/actions/{place}/action_id")
        for place, each in enumerate(sent.actions)
        if each.action_id in used
    ]


async def _kept(
    tx: Transaction, sent: MeetingMinutesRecorded, sender: Agency, minutes_id: str, fingerprint: str
) -> Minutes:
    numbers = {each.youth.personal_identity_number for each in sent.prioritised}
    numbers |= {each.youth.personal_identity_number for each in sent.actions}
    refs = {number: tx.secret.person_ref(sender.municipality or "", number) for number in numbers}
    for number, person_ref in refs.items():
        await tx.vault.enroll(person_ref, number)
    actions = [await _kept_action(tx, each, refs[each.youth.personal_identity_number]) for each in sent.actions]
    return Minutes(
        id=minutes_id,
        series_id=sent.series_id,
        occurrence=sent.occurrence,
        recorded_by=sender.id,
        recorded_at=tx.now,
        fingerprint=fingerprint,
        held=sent.held,
        secrecy_reminder_given=sent.secrecy_reminder_given,
        attendance=sent.attendance,
        prioritised=tuple(
            KeptPriority(person_ref=refs[each.youth.personal_identity_number], by=each.by) for each in sent.prioritised
        ),
        actions=tuple(actions),
    )


async def _kept_action(tx: Transaction, action: AgreedAction, ref: str) -> KeptAction:
    sealed = await tx.vault.seal(ref, action.what)
    return KeptAction(
        action_id=action.action_id, owner=action.owner, due_on=action.due_on, person_ref=ref, sealed_what=sealed
    )
