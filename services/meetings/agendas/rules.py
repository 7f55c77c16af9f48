"""What stands on which agency's agenda: pure verdicts.

The strict reading is the one to keep. A youth is named to an agency only while the gate answers with a permit: an
agency's own observations alone put nobody on its agenda, since the concern would tell that others have seen something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.meetings.minutes.documents import OpenAction
from shared.events.observations import ConcernNoticed, SeenObservation
from shared.gate import Bases, Permit, Refusal, may_tell

Permits = Mapping[tuple[str, str], Permit]
"""What an agency may be told about one person: by whom, of which category."""


class ShownConcern(BaseModel):
    """A youth on an agenda, with the observations that its agency may be told of."""

    model_config = ConfigDict(frozen=True)

    concern_id: str
    person_ref: str
    observation_ids: tuple[str, ...]


class ShownAction(BaseModel):
    """An action on its owner's agenda; without `person_ref` neither the youth nor the text is told."""

    model_config = ConfigDict(frozen=True)

    action_id: str
    person_ref: str | None


class AgencyAgenda(BaseModel):
    """What one agency's agenda holds, by reference. Two that are equal say the same."""

    model_config = ConfigDict(frozen=True)

    actions: tuple[ShownAction, ...] = ()
    concerns: tuple[ShownConcern, ...] = ()

    def names(self) -> set[str]:
        """Return the references of the youths it names."""
        return {concern.person_ref for concern in self.concerns} | {
            action.person_ref for action in self.actions if action.person_ref is not None
        }


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
    """Return a permit for each agency and category of which the agency may be told about the person at that instant."""
    asked = {(cell.released_by, cell.category) for cell in bases.cells if cell.received_by == agency}
    answers = {(by, of): may_tell(bases, from_=by, to=agency, category=of, at=at) for by, of in sorted(asked)}
    return {cell: answer for cell, answer in answers.items() if isinstance(answer, Permit)}


def agenda_for(
    agency: str, concerns: Iterable[ConcernNoticed], actions: Iterable[OpenAction], permits: Mapping[str, Permits]
) -> AgencyAgenda:
    """Return what an agency's agenda holds. `permits` to it by person: one without any is not named."""
    shown = (_shown(concern, agency, permits.get(concern.person_ref, {})) for concern in concerns)
    return AgencyAgenda(
        concerns=tuple(concern for concern in shown if concern is not None),
        actions=tuple(
            ShownAction(
                action_id=action.action_id, person_ref=action.person_ref if permits.get(action.person_ref) else None
            )
            for action in actions
            if action.owner == agency
        ),
    )


def permits_behind(
    agenda: AgencyAgenda, concerns: Iterable[ConcernNoticed], permits: Mapping[str, Permits]
) -> dict[Permit, bool]:
    """Return what an agenda rests on, and whether an observation behind is secret from the guardians.

    A permit for each other agency's observation, and one for each youth that an action names.
    """
    listed = {id_ for concern in agenda.concerns for id_ in concern.observation_ids}
    named = (action.person_ref for action in agenda.actions if action.person_ref is not None)
    behind = {next(iter(permits[ref].values())): False for ref in named}
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


def _shown(concern: ConcernNoticed, agency: str, permits: Permits) -> ShownConcern | None:
    is_told = [(each.submitted_by, each.category) in permits for each in concern.observations]
    if not any(is_told):
        return None
    ids = tuple(
        each.observation_id
        for each, told in zip(concern.observations, is_told, strict=True)
        if told or each.submitted_by == agency
    )
    return ShownConcern(concern_id=concern.concern_id, person_ref=concern.person_ref, observation_ids=ids)
