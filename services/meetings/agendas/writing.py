"""Writes an agenda out: from the references that were decided on to what its agency reads.

Nothing is decided here. A youth is written where the agenda has a reference to one, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.meetings.agendas.gathering import Known
from services.meetings.agendas.points import WITHHELD, points_of, secrecy_reminder
from services.meetings.agendas.shown import AgencyAgenda, ShownBasis, ShownLastMeeting, ShownPlaces
from services.meetings.places.follow_up import PlacesOnAgenda
from shared.events import answers
from shared.events.answers import agendas as parts
from shared.transaction import Transaction


async def written(tx: Transaction, agenda: AgencyAgenda, known: Known) -> answers.MeetingAgendaIssued:
    """Return an agenda as its agency is told it."""
    meeting, youths = known.meeting, known.youths
    return answers.MeetingAgendaIssued(
        series_id=meeting.series_id,
        occurrence=meeting.occurrence,
        open_actions=tuple(await _actions(tx, agenda, known)),
        concerns=tuple(
            answers.AgendaConcern(
                concern_id=each.concern_id,
                youth=youths[each.person_ref],
                observation_ids=each.observation_ids,
                bases=tuple(map(_basis, each.bases)),
            )
            for each in agenda.concerns
        ),
        points=points_of(meeting.forum),
        attendance=_attendance(agenda, known),
        priorities=tuple(parts.AgendaPriority(youth=youths[each.person_ref], by=each.by) for each in agenda.priorities),
        places=_places(agenda.places, known.facts.places),
        decisions=_decisions(agenda.last_meeting),
        next_meeting=None if agenda.next_meeting is None else parts.NextMeeting(**dict(agenda.next_meeting)),
    )


async def _actions(tx: Transaction, agenda: AgencyAgenda, known: Known) -> list[answers.OpenAction]:
    kept, shown = {each.action_id: each for each in known.facts.actions}, []
    for each in agenda.actions:
        action, ref = kept[each.action_id], each.person_ref
        shown.append(
            answers.OpenAction(
                action_id=each.action_id,
                owner=action.owner,
                what=WITHHELD if ref is None else await tx.vault.open(ref, action.sealed_what),
                due_on=action.due_on,
                youth=None if ref is None else known.youths[ref],
                overdue=each.overdue,
                outcome=each.outcome,
            )
        )
    return shown


def _basis(basis: ShownBasis) -> answers.Basis:
    is_consent = basis.kind == "consent"
    return answers.Basis(
        kind=basis.kind,
        form_id=basis.basis_id if is_consent else None,
        assessment_id=None if is_consent else basis.basis_id,
        provision=basis.provision,
        valid_until=basis.valid_until,
    )


def _attendance(agenda: AgencyAgenda, known: Known) -> parts.AgendaAttendance:
    last = agenda.last_meeting
    return parts.AgendaAttendance(
        secrecy_reminder=secrecy_reminder(known.meeting.forum),
        expected=tuple(
            parts.ExpectedFunction(**dict(function), answer=answer)
            for function, answer in zip(agenda.expected, known.answers, strict=True)
        ),
        last_meeting=None
        if last is None
        else parts.LastMeeting(occurrence=last.occurrence, held=last.held, quorate=last.quorate, absent=last.absent),
    )


def _places(shown: ShownPlaces | None, places: PlacesOnAgenda | None) -> parts.AgendaPlaces | None:
    """Return what was decided about places, as it was decided: it is about nobody, and was screened when it came."""
    if shown is None or places is None:
        return None
    return parts.AgendaPlaces(
        iso_week=places.iso_week,
        areas=tuple(parts.AgendaArea.model_validate(each.model_dump()) for each in places.areas),
        older_due=tuple(parts.OlderMeasure.model_validate(each.model_dump()) for each in places.older_due),
    )


def _decisions(last: ShownLastMeeting | None) -> parts.AgendaDecisions | None:
    if last is None or not last.given:
        return None
    counted: Iterable[tuple[str, int]] = last.given
    return parts.AgendaDecisions(
        occurrence=last.occurrence,
        actions=tuple(parts.DecidedActions(owner=owner, actions=number) for owner, number in counted),
    )
