"""What may be planned, what minutes may say, and what stands on which agency's agenda: pure verdicts.

The strict reading is the one to keep. A youth is named to an agency only while the gate answers with a permit: an
agency's own observations alone put nobody on its agenda, since the concern would tell that others have seen something.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from services.meetings import calendar
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.agencies.meetings import duration_of
from shared.events.agencies.submission import twice
from shared.events.observations import ConcernNoticed
from shared.gate import Bases, Permit, may_tell
from shared.intake.faults import Fault, fault

YEARS = range(2000, 2100)
"""In which a series may start and an occurrence lie: dateutil counts every occurrence from the first."""
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 720
MOST_REMINDERS = 5
AGENDA_BEFORE = timedelta(hours=24)
"""How long before a meeting each agency has its agenda."""


class OpenAction(BaseModel):
    """An action that minutes gave an agency and that nobody has completed."""

    model_config = ConfigDict(frozen=True)

    action_id: str
    owner: str
    person_ref: str


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


def faults_in_plan(plan: MeetingSeriesPlanned, sender: str, now: datetime) -> list[Fault]:
    """Return what is wrong with a plan, beside what its own fields can tell."""
    found = []
    if plan.organiser.agency != sender:
        found.append(fault("not_your_agency", "/organiser/agency"))
    if plan.red_day_policy not in calendar.POLICIES:
        found.append(fault("wrong_value", "/red_day_policy", why="allowed", allowed=", ".join(calendar.POLICIES)))
    if not SHORTEST_MINUTES <= plan.duration_minutes <= LONGEST_MINUTES:
        found.append(fault("wrong_value", "/duration_minutes", why="number_range"))
    if len(plan.reminders) > MOST_REMINDERS:
        found.append(fault("wrong_value", "/reminders", why="too_long"))
    found += _repeats("/reminders", map(duration_of, plan.reminders))
    found += _repeats(
        "/participants", ((each.agency, each.function, each.email.casefold()) for each in plan.participants)
    )
    if plan.starts_at.year not in YEARS:
        found.append(fault("wrong_value", "/starts_at", why="number_range"))
    elif not calendar.starts_by_its_rule(plan):
        found.append(fault("wrong_value", "/starts_at", why="start_not_in_rule"))
    elif not calendar.has_start_after(plan, now):
        found.append(fault("wrong_value", "/until" if plan.until else "/rrule", why="no_start_ahead"))
    return found


def faults_in_minutes(
    plan: MeetingSeriesPlanned, sender: str, occurrence: datetime, youths: Iterable[str]
) -> list[Fault]:
    """Return what is wrong with minutes, given the series they belong to. `youths` points to each youth in them."""
    found = []
    if plan.organiser.agency != sender:
        found.append(fault("not_your_agency", "/series_id"))
    if occurrence.year not in YEARS or not calendar.is_occurrence(plan, occurrence):
        found.append(fault("unknown_reference", "/occurrence"))
    if plan.forum == "est":
        found += [fault("personal_data_in_place_report", youth, why="est") for youth in youths]
    return found


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


def agenda_for(
    agency: str,
    concerns: Iterable[ConcernNoticed],
    actions: Iterable[OpenAction],
    bases: Mapping[str, Bases],
    at: datetime,
) -> AgencyAgenda:
    """Return what an agency's agenda holds at that instant. A person whose bases are not given is not named."""
    shown = (_shown(concern, agency, bases.get(concern.person_ref), at) for concern in concerns)
    return AgencyAgenda(
        concerns=tuple(concern for concern in shown if concern is not None),
        actions=tuple(
            ShownAction(
                action_id=action.action_id,
                person_ref=action.person_ref if may_be_named_to(agency, bases.get(action.person_ref), at) else None,
            )
            for action in actions
            if action.owner == agency
        ),
    )


def may_be_named_to(agency: str, bases: Bases | None, at: datetime) -> bool:
    """Say whether anybody may tell the agency anything about the person at that instant."""
    if bases is None:
        return False
    cells = (cell for basis in bases.consents for cell in basis.cells if cell.received_by == agency)
    return any(_permitted(bases, cell.released_by, agency, cell.category, at) for cell in cells)


def _shown(concern: ConcernNoticed, agency: str, bases: Bases | None, at: datetime) -> ShownConcern | None:
    if bases is None:
        return None
    own = {each.observation_id for each in concern.observations if each.submitted_by == agency}
    told = {
        each.observation_id
        for each in concern.observations
        if each.submitted_by != agency and _permitted(bases, each.submitted_by, agency, each.category, at)
    }
    if not told:
        return None
    ids = tuple(each.observation_id for each in concern.observations if each.observation_id in own | told)
    return ShownConcern(concern_id=concern.concern_id, person_ref=concern.person_ref, observation_ids=ids)


def _permitted(bases: Bases, from_: str, to: str, category: str, at: datetime) -> bool:
    return isinstance(may_tell(bases, from_=from_, to=to, category=category, at=at), Permit)


def _repeats(field: str, values: Iterable[Hashable]) -> list[Fault]:
    return [fault("wrong_value", f"{field}/{place}", why="twice") for place in twice(values)]
