"""Agendas: each agency's own, told when its time has come and again whenever what the agency may see has changed.

Nothing is issued before the time, after the meeting, or of a meeting that is not held; a withdrawal is heeded from the
moment that something is out until the meeting ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from services.meetings.agendas import rules
from services.meetings.agendas.documents import IssuedAgenda, MeetingAgendas, agendas_of, docket_of
from services.meetings.agendas.gathering import Known, known_before
from services.meetings.agendas.writing import written
from services.meetings.series.documents import Meeting
from services.meetings.series.timetable import AGENDA_BEFORE
from shared import gate, register
from shared.clock import local_day
from shared.events import answers
from shared.events.meetings import AgendaTimeReached
from shared.events.observations import ConcernNoticed
from shared.ids import name_id
from shared.policy.denials import age_of, deny
from shared.transaction import Transaction
from shared.vault import HOUSE


async def issue(tx: Transaction, meeting: Meeting) -> None:
    """Tell each agency its agenda, now that its time is said to have come; what comes too early is said again in time.

    A meeting that was moved, or a clock that is a little ahead of ours, has its time said too early.
    """
    tx.save(meeting)  # held, whatever follows: it may be cancelled or moved at this very moment
    if await _is_time(tx, meeting):
        await renew(tx, meeting)
    elif meeting.is_called and meeting.ends_at > tx.now:
        again = AgendaTimeReached(meeting_id=meeting.id)
        tx.emit(again, due_at=meeting.starts_at - AGENDA_BEFORE, key=f"agenda:{meeting.id}")


async def renew_all(tx: Transaction, out: Iterable[MeetingAgendas], taken_back: Collection[str] = ()) -> None:
    """Renew the agendas of these meetings."""
    for agendas in out:
        meeting = await tx.get(Meeting, agendas.id)
        if meeting is not None and await _is_time(tx, meeting):
            await renew(tx, meeting, taken_back)


async def renew(tx: Transaction, meeting: Meeting, taken_back: Collection[str] = ()) -> None:
    """Tell each agency its agenda where it differs from the last one told, or where that one was taken back.

    The meeting is held: it was looked up before the series, so it may have been cancelled or moved since.
    """
    tx.save(meeting)
    agendas = await agendas_of(tx, meeting)
    known = await known_before(tx, meeting)
    await _withdraw_from(tx, agendas, agendas.told.difference(meeting.agencies))  # they are not called any more
    for agency in meeting.agencies:
        permits = {ref: rules.permits_to(agency, known.bases[ref], tx.now) for ref in known.youths}
        content = rules.agenda_for(agency, known.facts, known.concerns[agency], permits)
        last, held_on = agendas.issued.get(agency), local_day(meeting.starts_at)
        issued = IssuedAgenda(revision=last.revision + 1 if last else 1, content=content, held_on=held_on)
        if issued.is_news_after(last, _is_due(tx, meeting)) or _message_id(agendas, agency) in taken_back:
            agendas.issued = {**agendas.issued, agency: issued}
            behind = rules.permits_behind(content, known.concerns[agency], permits)
            await _tell(tx, agendas, agency, await written(tx, content, known), behind)
        for concern in known.concerns[agency]:
            if concern.person_ref in known.youths:
                await _deny(tx, known, concern)


async def withdraw(tx: Transaction, meeting: Meeting) -> None:
    """Take back a meeting's agendas that wait to go out: it is cancelled, and nobody is to have an agenda for it.

    Call it in the handler that cancels the meeting; again changes nothing. What has gone out stays where it is. No
    agenda of a meeting that is not called is issued, whoever asks, so the row `agenda:{meeting.id}` may stay or be
    cancelled. A meeting that is held after all has its agendas anew when its `AgendaTimeReached` is posted again.
    """
    agendas = await tx.get(MeetingAgendas, meeting.id)
    if agendas is not None and agendas.told:
        tx.save(agendas)
        await _withdraw_from(tx, agendas, agendas.told)


async def _is_time(tx: Transaction, meeting: Meeting) -> bool:
    """Say whether agendas may be told: 24 hours before or later, or something is out that a change must reach."""
    if not meeting.is_called or meeting.ends_at <= tx.now:
        return False
    agendas = await tx.get(MeetingAgendas, meeting.id)
    return _is_due(tx, meeting) or (agendas is not None and bool(agendas.told))


def _is_due(tx: Transaction, meeting: Meeting) -> bool:
    return meeting.starts_at - AGENDA_BEFORE <= tx.now


async def _withdraw_from(tx: Transaction, agendas: MeetingAgendas, agencies: Collection[str]) -> None:
    if not agencies:
        return
    await register.record_taken_back(tx, await tx.take_back([_waits_as(agendas, each) for each in agencies]))
    for agency in agencies:
        tx.cancel(_look_again(agendas, agency))
    withdrawn = {each: agendas.issued[each].model_copy(update={"content": None}) for each in agencies}
    agendas.issued = {**agendas.issued, **withdrawn}


async def _tell(
    tx: Transaction,
    agendas: MeetingAgendas,
    agency: str,
    told: answers.MeetingAgendaIssued,
    on: Mapping[gate.Permit, bool],
) -> None:
    named = sorted({permit.person_ref for permit in on})
    # An earlier revision that still waits must not go out after this one, or at all.
    await register.record_taken_back(tx, await tx.take_back([_waits_as(agendas, agency)]))
    good_until = register.tell_on(
        tx,
        agency,
        told,
        on,
        what="agenda",
        message_id=_message_id(agendas, agency),
        sealed_for=named[0] if len(named) == 1 else HOUSE,
        resting_on=(_waits_as(agendas, agency), *named),
    )
    if good_until is not None and good_until < agendas.ends_at:
        # An assessment ends without a word: look again then.
        again = AgendaTimeReached(meeting_id=agendas.id)
        tx.emit(again, due_at=good_until, key=_look_again(agendas, agency))


async def _deny(tx: Transaction, known: Known, concern: ConcernNoticed) -> None:
    """Answer an agency whose own observation another that it is about to meet may not be told: once for each."""
    docket, bases = await docket_of(tx, concern.noticed_by), known.bases[concern.person_ref]
    refused = rules.refusals_for(docket.id, concern, known.meeting.agencies, bases, tx.now)
    pairs = {f"{seen.observation_id}:{refusal.cell.received_by}": (seen, refusal) for seen, refusal in refused}
    new = {pair: each for pair, each in pairs.items() if pair not in docket.denied}
    age = await age_of(tx, bases.id) if new else None
    for seen, refusal in new.values():
        deny(tx, refusal, seen.observation_id, bases.id, seen.secret_from_guardian, age)
    docket.denied = (*docket.denied, *new)


def _waits_as(agendas: MeetingAgendas, agency: str) -> str:
    """Return the name by which an agency's agenda of a meeting is taken back while it waits."""
    return f"agenda:{agendas.id}:{agency}"


def _look_again(agendas: MeetingAgendas, agency: str) -> str:
    return f"agenda-until:{agendas.id}:{agency}"


def _message_id(agendas: MeetingAgendas, agency: str) -> str:
    """Return the message id of the last agenda that an agency was told; empty when there is none."""
    issued = agendas.issued.get(agency)
    return name_id("meeting-agenda", agendas.id, agency, str(issued.revision)) if issued else ""
