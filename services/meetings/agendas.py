"""Agendas: each agency's own, told when its time has come and again whenever what the agency may see has changed.

What is decided by (the series, the dockets, the bases of everybody on them) is held in the same commit, so an agenda
and a withdrawal can never pass each other unseen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.meetings import rules
from services.meetings.documents import IssuedAgenda, KeptAction, Meeting, actions_before, docket_of, series_of
from services.meetings.rules import AgencyAgenda
from shared import gate
from shared.agencies import AgencyRegistry, municipality_of
from shared.events import answers
from shared.events.agencies import Youth
from shared.events.observations import ConcernNoticed
from shared.ids import name_id
from shared.transaction import Transaction
from shared.vault import HOUSE, Erased

WITHHELD = "Åtgärd om en enskild person. Uppgiften får inte lämnas ut här; se er egen dokumentation."


async def renew(tx: Transaction, meeting: Meeting, taken_back: str | None = None) -> None:
    """Tell each agency its agenda where it differs from the last one told, or where that one named `taken_back`."""
    series = await series_of(tx, meeting.series_id)
    concerns = {agency: await _concerns_for(tx, agency, meeting) for agency in meeting.agencies}
    actions = await actions_before(tx, series, meeting.occurrence)
    concerned = {each.person_ref for known in concerns.values() for each in known}
    bases = {ref: await gate.bases_of(tx, ref) for ref in sorted(concerned | {each.person_ref for each in actions})}
    youths = await _youths(tx, bases)
    not_erased = {ref: known for ref, known in bases.items() if ref in youths}
    for agency in meeting.agencies:
        content = rules.agenda_for(agency, concerns[agency], actions, not_erased, tx.now)
        last = meeting.agendas.get(agency)
        if last is None or last.content != content or taken_back in last.content.names():
            issued = IssuedAgenda(revision=last.revision + 1 if last else 1, content=content)
            meeting.agendas = {**meeting.agendas, agency: issued}
            _tell(tx, meeting, agency, await _written(tx, meeting, content, actions, youths))
    meeting.agenda_issued = True
    tx.save(meeting)


def concern_days(agencies: AgencyRegistry, agency_id: str) -> int:
    """Return for how many days a concern stands: as far back as the rule of the agency's municipality looks."""
    return agencies.concern_rule(municipality_of(agency_id)).days


async def _concerns_for(tx: Transaction, agency: str, meeting: Meeting) -> list[ConcernNoticed]:
    """Return the agency's concerns that are new enough for the meeting. EST speaks of places, never of persons."""
    if meeting.forum == "est":
        return []
    docket = await docket_of(tx, agency)
    oldest = meeting.starts_at - timedelta(days=concern_days(tx.agencies, agency))
    return [concern for concern in docket.concerns if concern.noticed_at >= oldest]


async def _youths(tx: Transaction, refs: Iterable[str]) -> dict[str, Youth]:
    """Return the youths that have not been erased, by reference."""
    youths = {}
    for ref in refs:
        try:
            youths[ref] = await tx.vault.youth(ref)
        except Erased:
            continue
    return youths


async def _written(
    tx: Transaction, meeting: Meeting, agenda: AgencyAgenda, actions: list[KeptAction], youths: dict[str, Youth]
) -> answers.MeetingAgendaIssued:
    kept = {each.action_id: each for each in actions}
    shown = []
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


def _tell(tx: Transaction, meeting: Meeting, agency: str, agenda: answers.MeetingAgendaIssued) -> None:
    issued = meeting.agendas[agency]
    named = sorted(issued.content.names())
    # An earlier revision that still waits must not go out after this one, or at all.
    this_agenda = f"agenda:{meeting.id}:{agency}"
    tx.cancel_resting_on(this_agenda)
    tx.tell(
        agency,
        agenda,
        message_id=name_id("meeting-agenda", meeting.id, agency, str(issued.revision)),
        sealed_for=named[0] if len(named) == 1 else HOUSE,
        resting_on=(this_agenda, *named),
    )
