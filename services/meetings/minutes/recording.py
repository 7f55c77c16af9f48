"""Minutes: kept as soon as they come, counted once, when both they and their series are there.

Anybody may send minutes of a series that is not known yet, so they are kept for each sender apart: a stranger's
minutes can neither count nor stand in the organiser's way.
"""

from __future__ import annotations

from services.meetings.minutes import rules
from services.meetings.minutes.documents import KeptAction, KeptPriority, Minutes, known_actions
from services.meetings.series.documents import Series, meeting_id
from shared.agencies import Agency, municipality_of
from shared.events.agencies import MeetingMinutesRecorded, MeetingSeriesPlanned
from shared.events.agencies.meetings import AgreedAction
from shared.events.meetings import MeetingHeld
from shared.intake.faults import Fault, Rejected, fault
from shared.recurrence import calendar
from shared.transaction import Transaction


async def record(tx: Transaction, series: Series, sent: MeetingMinutesRecorded, sender: Agency) -> None:
    """Keep an agency's minutes, and count them if the series is there. Raises `Rejected`."""
    minutes_id = f"{meeting_id(sent.series_id, sent.occurrence)}:{sender.id}"
    known = await tx.get(Minutes, minutes_id)
    fingerprint = tx.secret.fingerprint(sent)
    if known is not None and known.fingerprint == fingerprint:
        return
    faults = await _faults(tx, series, sent, sender, minutes_id)
    if known is not None:
        faults.append(fault("conflict", "/occurrence"))
    if faults:
        raise Rejected(faults)
    minutes = await _kept(tx, sent, sender, minutes_id, fingerprint)
    tx.save(minutes)
    if series.plan is None:
        series.waiting_minutes = (*series.waiting_minutes, minutes_id)
    else:
        _count(tx, series, series.plan, minutes)


async def count_waiting(tx: Transaction, series: Series, plan: MeetingSeriesPlanned) -> None:
    """Count the minutes that came before their series: those that would have been taken in after it, too."""
    for minutes_id in series.waiting_minutes:
        minutes = await tx.get(Minutes, minutes_id)
        if minutes is None:
            raise LookupError(minutes_id)
        youths = [each.person_ref for each in minutes.prioritised] + [each.person_ref for each in minutes.actions]
        if not rules.faults_in_minutes(plan, minutes.recorded_by, minutes.occurrence, youths):
            _count(tx, series, plan, minutes)
    series.waiting_minutes = ()


def _count(tx: Transaction, series: Series, plan: MeetingSeriesPlanned, minutes: Minutes) -> None:
    series.counted_minutes = (*series.counted_minutes, minutes.id)
    tx.emit(
        MeetingHeld(
            meeting_id=meeting_id(minutes.series_id, minutes.occurrence),
            series_id=minutes.series_id,
            forum=plan.forum,
            municipality=municipality_of(plan.organiser.agency),
            starts_at=calendar.slot_named(plan, minutes.occurrence).starts_at,
            held=minutes.held,
            recorded_at=minutes.recorded_at,
        )
    )


async def _faults(
    tx: Transaction, series: Series, sent: MeetingMinutesRecorded, sender: Agency, minutes_id: str
) -> list[Fault]:
    youths = [f"/{field}/{n}/youth" for field in ("prioritised", "actions") for n in range(len(getattr(sent, field)))]
    found = [] if series.plan is None else rules.faults_in_minutes(series.plan, sender.id, sent.occurrence, youths)
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
