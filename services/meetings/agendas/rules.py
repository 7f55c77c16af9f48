"""What stands on which agency's agenda: pure verdicts.

The strict reading is the one to keep. A youth is named to an agency only while the gate answers with a permit: an
agency's own observations alone put nobody on its agenda, since the concern would tell that others have seen something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from services.meetings.agendas.facts import Facts
from services.meetings.agendas.shown import (
    AgencyAgenda,
    ShownAction,
    ShownArea,
    ShownBasis,
    ShownConcern,
    ShownLastMeeting,
    ShownMeasure,
    ShownPlaces,
    ShownPriority,
)
from services.meetings.minutes.actions import FollowedAction
from services.meetings.minutes.documents import KeptPriority, Minutes
from services.meetings.places.follow_up import PlaceMeasure, PlacesOnAgenda
from shared.agencies import municipality_of
from shared.events.observations import ConcernNoticed, SeenObservation
from shared.gate import Bases, Permit, Refusal, may_tell

Permits = Mapping[tuple[str, str], Permit]
"""What an agency may be told about one person: by whom, of which category."""


def with_concern(
    known: Iterable[ConcernNoticed], said: ConcernNoticed, forget_before: datetime
) -> tuple[ConcernNoticed, ...]:
    """Return an agency's concerns with one more. What is said again, in any order, adds up to the same."""
    by_id = {each.concern_id: each for each in known}
    before = by_id.get(said.concern_id, said)
    seen = {each.observation_id: each for each in (*before.observations, *said.observations)}
    by_id[said.concern_id] = said.model_copy(
        update={
            "noticed_at": max(said.noticed_at, before.noticed_at),
            "observations": tuple(sorted(seen.values(), key=lambda each: (each.observed_on, each.observation_id))),
        }
    )
    kept = (each for each in by_id.values() if each.noticed_at >= forget_before)
    return tuple(sorted(kept, key=lambda each: (each.noticed_at, each.concern_id)))


def permits_to(agency: str, bases: Bases, at: datetime) -> dict[tuple[str, str], Permit]:
    """Return a permit for each other agency and category of which the agency may be told about the person then."""
    to_it = (cell for cell in bases.cells if cell.received_by == agency != cell.released_by)
    asked = sorted((cell.released_by, cell.category) for cell in to_it)
    answers = {(by, of): may_tell(bases, from_=by, to=agency, category=of, at=at) for by, of in asked}
    return {cell: answer for cell, answer in answers.items() if isinstance(answer, Permit)}


def agenda_for(
    agency: str, facts: Facts, concerns: Iterable[ConcernNoticed], permits: Mapping[str, Permits]
) -> AgencyAgenda:
    """Return what an agency's agenda holds. `permits` to it by person: one without any is not named."""
    places = facts.places if municipality_of(agency) == facts.municipality else None
    agenda = AgencyAgenda(
        expected=facts.expected,
        last_meeting=None if facts.last is None else _last_meeting(facts.last),
        places=None if places is None else _places(places),
        next_meeting=facts.next_meeting,
    )
    if not facts.speaks_of_persons:
        return agenda
    shown = (_concern(each, agency, permits.get(each.person_ref, {})) for each in concerns)
    put_first = (_priority(each, agency, permits.get(each.person_ref, {})) for each in facts.priorities)
    return agenda.model_copy(
        update={
            "concerns": tuple(each for each in shown if each is not None),
            "actions": tuple(_action(each, permits) for each in facts.actions if each.owner == agency),
            "priorities": tuple(each for each in put_first if each is not None),
        }
    )


def permits_behind(
    agenda: AgencyAgenda, concerns: Iterable[ConcernNoticed], permits: Mapping[str, Permits]
) -> dict[Permit, bool]:
    """Return what an agenda rests on, and whether an observation behind is secret from the guardians.

    A permit for each other agency's observation and for each other agency that a priority names, and one for each
    youth that an action or a priority names beside.
    """
    behind = {}
    for action in agenda.actions:
        if action.person_ref is not None:
            behind[next(iter(permits[action.person_ref].values()))] = False
    for priority in agenda.priorities:
        first = _first_of_each(permits[priority.person_ref])
        named = [first[by] for by in priority.by if by in first] or list(first.values())[:1]
        behind |= dict.fromkeys(named, False)
    listed = {id_ for concern in agenda.concerns for id_ in concern.observation_ids}
    for concern in concerns:
        for each in concern.observations:
            permit = permits.get(concern.person_ref, {}).get((each.submitted_by, each.category))
            if permit is not None and each.observation_id in listed:
                behind[permit] = behind.get(permit, False) or each.secret_from_guardian
    return behind


def refusals_for(
    agency: str, concern: ConcernNoticed, others: Iterable[str], bases: Bases, at: datetime
) -> list[tuple[SeenObservation, Refusal]]:
    """Return the agency's own observations behind a concern that these others may not be told, and the refusal."""
    own = [each for each in concern.observations if each.submitted_by == agency]
    pairs = [(each, other) for each in own for other in others if other != agency]
    asked = [(each, may_tell(bases, from_=agency, to=to, category=each.category, at=at)) for each, to in pairs]
    return [(each, answer) for each, answer in asked if isinstance(answer, Refusal)]


def _concern(concern: ConcernNoticed, agency: str, permits: Permits) -> ShownConcern | None:
    opened = [permits.get((each.submitted_by, each.category)) for each in concern.observations]
    rests_on = {_basis(permit) for permit in opened if permit is not None}
    if not rests_on:
        return None
    ids = tuple(
        each.observation_id
        for each, permit in zip(concern.observations, opened, strict=True)
        if permit is not None or each.submitted_by == agency
    )
    return ShownConcern(
        concern_id=concern.concern_id,
        person_ref=concern.person_ref,
        observation_ids=ids,
        bases=tuple(sorted(rests_on, key=lambda each: (each.kind, each.basis_id))),
    )


def _basis(permit: Permit) -> ShownBasis:
    return ShownBasis(
        kind=permit.kind, basis_id=permit.basis_id, provision=permit.provision, valid_until=permit.valid_until
    )


def _first_of_each(permits: Permits) -> dict[str, Permit]:
    first: dict[str, Permit] = {}
    for (by, _), permit in permits.items():
        first.setdefault(by, permit)
    return first


def _action(action: FollowedAction, permits: Mapping[str, Permits]) -> ShownAction:
    outcome: Literal["not_done"] | None = "not_done" if action.outcome == "not_done" else None
    person_ref = action.person_ref if permits.get(action.person_ref) else None
    return ShownAction(action_id=action.action_id, person_ref=person_ref, overdue=action.overdue, outcome=outcome)


def _priority(priority: KeptPriority, agency: str, permits: Permits) -> ShownPriority | None:
    """Without a permit it is left out: unlike an action, nothing would be left of it. Others by what they may tell."""
    if agency not in priority.by or not permits:
        return None
    may_tell_it = {by for by, _ in permits}
    known = (each for each in priority.by if each == agency or each in may_tell_it)
    return ShownPriority(person_ref=priority.person_ref, by=tuple(dict.fromkeys(known)))


def _last_meeting(minutes: Minutes) -> ShownLastMeeting:
    given = Counter(action.owner for action in minutes.actions)
    return ShownLastMeeting(
        occurrence=minutes.occurrence,
        held=minutes.held,
        quorate=minutes.quorate,
        absent=minutes.absent_kinds,
        given=tuple(sorted(given.items())),
    )


def _places(places: PlacesOnAgenda) -> ShownPlaces | None:
    if not places.areas and not places.older_due:
        return None
    return ShownPlaces(
        iso_week=places.iso_week,
        areas=tuple(
            ShownArea(
                priority_id=each.priority_id,
                weeks_in_a_row=each.weeks_in_a_row,
                measures=tuple(map(_measure, each.measures)),
            )
            for each in places.areas
        ),
        older_due=tuple(map(_measure, places.older_due)),
    )


def _measure(measure: PlaceMeasure) -> ShownMeasure:
    return ShownMeasure(measure_id=measure.measure_id, effect=measure.effect, evaluation_due=measure.evaluation_due)
