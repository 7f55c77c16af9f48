"""Agendas: each agency's own, told when its time has come and again whenever what the agency may see has changed.

What is decided by (the series, the dockets, the bases of everybody on them) is held in the same commit, so an agenda
and a withdrawal can never pass each other unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta

from services.meetings.agendas import rules
from services.meetings.agendas.documents import IssuedAgenda, MeetingAgendas, agendas_of, docket_of
from services.meetings.agendas.rules import AgencyAgenda
from services.meetings.minutes.documents import KeptAction, actions_before
from services.meetings.series.documents import Meeting, series_of
from shared import gate, register
from shared.agencies import municipality_of
from shared.events import answers
from shared.events.agencies import Youth
from shared.events.meetings import AgendaTimeReached
from shared.events.observations import ConcernNoticed
from shared.ids import name_id
from shared.policy.denials import age_of, deny
from shared.transaction import Transaction
from shared.vault import HOUSE, Erased

WITHHELD = "Åtgärd om en enskild person. Uppgiften får inte lämnas ut här; se er egen dokumentation."


async def renew_all(tx: Transaction, out: Iterable[MeetingAgendas], taken_back: Collection[str] = ()) -> None:
    """Renew the agendas of these meetings."""
    for agendas in out:
        meeting = await tx.get(Meeting, agendas.id)
        if meeting is not None:
            await renew(tx, meeting, taken_back)


async def renew(tx: Transaction, meeting: Meeting, taken_back: Collection[str] = ()) -> None:
    """Tell each agency its agenda where it differs from the last one told, or where that one was taken back."""
    agendas = await agendas_of(tx, meeting)
    series = await series_of(tx, meeting.series_id)
    concerns = {agency: await _concerns_for(tx, agency, meeting) for agency in meeting.agencies}
    actions = await _readable(tx, await actions_before(tx, series, meeting.occurrence))
    concerned = {each.person_ref for known in concerns.values() for each in known}
    bases = {ref: await gate.bases_of(tx, ref) for ref in sorted(concerned | {each.person_ref for each in actions})}
    youths = await _youths(tx, bases)
    for agency in meeting.agencies:
        permits = {ref: rules.permits_to(agency, bases[ref], tx.now) for ref in youths}
        content = rules.agenda_for(agency, concerns[agency], actions, permits)
        last = agendas.issued.get(agency)
        if last is None or last.content != content or _message_id(agendas, agency) in taken_back:
            issued = IssuedAgenda(revision=last.revision + 1 if last else 1, content=content)
            agendas.issued = {**agendas.issued, agency: issued}
            behind = rules.permits_behind(content, concerns[agency], permits)
            await _tell(tx, agendas, agency, await _written(tx, meeting, content, actions, youths), behind)
        for concern in concerns[agency]:
            if concern.person_ref in youths:
                await _deny(tx, meeting, concern, bases[concern.person_ref])


async def _concerns_for(tx: Transaction, agency: str, meeting: Meeting) -> list[ConcernNoticed]:
    """Return the agency's concerns that are new enough for the meeting and whose youth has not been erased since."""
    if meeting.forum == "est":
        return []  # it speaks of places, never of persons
    oldest = meeting.starts_at - timedelta(days=tx.agencies.concern_rule(municipality_of(agency)).days)
    new = [concern for concern in (await docket_of(tx, agency)).concerns if concern.noticed_at >= oldest]
    return [each for each in new if not await tx.vault.is_erased(each.person_ref, each.noticed_at)]


async def _youths(tx: Transaction, refs: Iterable[str]) -> dict[str, Youth]:
    """Return the youths that have not been erased, by reference."""
    youths = {}
    for ref in refs:
        with suppress(Erased):
            youths[ref] = await tx.vault.youth(ref)
    return youths


async def _readable(tx: Transaction, actions: list[KeptAction]) -> list[KeptAction]:
    """Return the actions whose youth has not been erased since: an erased one's are nobody's, and stand nowhere."""
    refs, sealed = {each.person_ref for each in actions}, [each.sealed_what for each in actions]
    readable = {value for ref in refs for value in await tx.vault.readable(ref, sealed)}
    return [each for each in actions if each.sealed_what in readable]


async def _written(
    tx: Transaction, meeting: Meeting, agenda: AgencyAgenda, actions: list[KeptAction], youths: dict[str, Youth]
) -> answers.MeetingAgendaIssued:
    kept, shown = {each.action_id: each for each in actions}, []
    for action_id, ref in ((each.action_id, each.person_ref) for each in agenda.actions):
        action = kept[action_id]
        what = WITHHELD if ref is None else await tx.vault.open(ref, action.sealed_what)
        youth = None if ref is None else youths[ref]
        told = answers.OpenAction(action_id=action_id, owner=action.owner, what=what, due_on=action.due_on, youth=youth)
        shown.append(told)
    return answers.MeetingAgendaIssued(
        series_id=meeting.series_id,
        occurrence=meeting.occurrence,
        open_actions=tuple(shown),
        concerns=tuple(
            answers.AgendaConcern(
                concern_id=each.concern_id, youth=youths[each.person_ref], observation_ids=each.observation_ids
            )
            for each in agenda.concerns
        ),
    )


async def _tell(
    tx: Transaction,
    agendas: MeetingAgendas,
    agency: str,
    told: answers.MeetingAgendaIssued,
    on: Mapping[gate.Permit, bool],
) -> None:
    named = sorted(agendas.issued[agency].content.names())
    # An earlier revision that still waits must not go out after this one, or at all.
    this_agenda = f"agenda:{agendas.id}:{agency}"
    await register.record_taken_back(tx, await tx.take_back([this_agenda]))
    good_until = register.tell_on(
        tx,
        agency,
        told,
        on,
        what="agenda",
        message_id=_message_id(agendas, agency),
        sealed_for=named[0] if len(named) == 1 else HOUSE,
        resting_on=(this_agenda, *named),
    )
    if good_until is not None and good_until < agendas.ends_at:
        # An assessment ends without a word: look again then.
        tx.emit(AgendaTimeReached(meeting_id=agendas.id), due_at=good_until, key=f"agenda-until:{agendas.id}:{agency}")


async def _deny(tx: Transaction, meeting: Meeting, concern: ConcernNoticed, bases: gate.Bases) -> None:
    """Answer an agency whose own observation another that it is about to meet may not be told: once for each."""
    docket = await docket_of(tx, concern.noticed_by)
    refused = rules.refusals_for(docket.id, concern, meeting.agencies, bases, tx.now)
    pairs = {f"{seen.observation_id}:{refusal.cell.received_by}": (seen, refusal) for seen, refusal in refused}
    new = {pair: each for pair, each in pairs.items() if pair not in docket.denied}
    age = await age_of(tx, bases.id) if new else None
    for seen, refusal in new.values():
        deny(tx, refusal, seen.observation_id, bases.id, seen.secret_from_guardian, age)
    docket.denied = (*docket.denied, *new)


def _message_id(agendas: MeetingAgendas, agency: str) -> str:
    """Return the message id of the last agenda that an agency was told; empty when there is none."""
    issued = agendas.issued.get(agency)
    return name_id("meeting-agenda", agendas.id, agency, str(issued.revision)) if issued else ""
