"""What an agenda says, by reference: ids, codes and days, never a text about anybody. Two that are equal say the same.

What is kept of an issued agenda is exactly this, so a change that does not show here is told nobody. Who has answered
the invitation is left out on purpose: each answer would otherwise send everybody a new agenda.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.meetings.places.documents import Effect
from shared.agencies import AgencyKind
from shared.events.event import Moment
from shared.recurrence.facts import LocalStart


class Shown(BaseModel):
    """A part of an agenda."""

    model_config = ConfigDict(frozen=True)


class ShownBasis(Shown):
    """A consent or an assessment on which a youth is named."""

    kind: Literal["consent", "assessment"]
    basis_id: str
    provision: str
    valid_until: date


class ShownConcern(Shown):
    """A youth on an agenda, with the observations that its agency may be told of, and what opens them."""

    concern_id: str
    person_ref: str
    observation_ids: tuple[str, ...]
    bases: tuple[ShownBasis, ...] = ()


class ShownAction(Shown):
    """An action on its owner's agenda; without `person_ref` neither the youth nor the text is told."""

    action_id: str
    person_ref: str | None
    overdue: bool = False
    outcome: Literal["not_done"] | None = None


class ShownPriority(Shown):
    """A youth that the agenda's agency puts first, and those others that it may know do so too."""

    person_ref: str
    by: tuple[str, ...]


class ShownFunction(Shown):
    """A function that is called to the meeting."""

    agency: str
    function: str
    required: bool


class ShownLastMeeting(Shown):
    """How the meeting before went, and how many actions it gave each agency."""

    occurrence: LocalStart
    held: bool
    quorate: bool
    absent: tuple[AgencyKind, ...]
    given: tuple[tuple[str, int], ...]


class ShownMeasure(Shown):
    """A measure, what it came to, and whether the day of its evaluation has come."""

    measure_id: str
    effect: Effect | None
    evaluation_due: bool


class ShownArea(Shown):
    """A priority area and its measures."""

    priority_id: str
    weeks_in_a_row: int
    measures: tuple[ShownMeasure, ...]


class ShownPlaces(Shown):
    """A week's priority areas, and older measures that are due for evaluation."""

    iso_week: str | None
    areas: tuple[ShownArea, ...]
    older_due: tuple[ShownMeasure, ...]


class ShownNextMeeting(Shown):
    """The meeting after this one."""

    occurrence: LocalStart
    starts_at: Moment


class AgencyAgenda(Shown):
    """What one agency's agenda holds."""

    actions: tuple[ShownAction, ...] = ()
    concerns: tuple[ShownConcern, ...] = ()
    priorities: tuple[ShownPriority, ...] = ()
    expected: tuple[ShownFunction, ...] = ()
    last_meeting: ShownLastMeeting | None = None
    places: ShownPlaces | None = None
    next_meeting: ShownNextMeeting | None = None

    def names(self) -> set[str]:
        """Return the references of the youths it names."""
        in_actions = {each.person_ref for each in self.actions if each.person_ref is not None}
        return in_actions | {each.person_ref for each in self.concerns} | {each.person_ref for each in self.priorities}
