"""What agencies say about what was decided: actions about youths, and everything about places. Places name nobody."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from shared.events.agencies.meetings import OpenLine
from shared.events.agencies.submission import (
    AuthorityAgency,
    Day,
    Id,
    Instant,
    IsoWeek,
    KnownAgency,
    Part,
    PlaceCategory,
    Submission,
    refuse_repeats,
)

MOST_AREAS = 3
"""Priority areas a week (domain.md 4.4: Falun's three areas)."""


class ActionCompleted(Submission):
    """Its owner says what became of an action."""

    action_id: Id
    completed_on: Day
    outcome: Literal["done", "not_done", "no_longer_needed"]

    @property
    def entity_id(self) -> str:
        """The action."""
        return self.action_id


class PriorityArea(Part):
    """An area and its problem that the small group puts first, who owns it and when it is followed up."""

    priority_id: Id
    area: OpenLine
    problem: OpenLine
    owner: KnownAgency
    follow_up_on: Day


class PriorityAreasDecided(Submission):
    """The EST small group's areas for a week: at most three."""

    iso_week: IsoWeek
    areas: Annotated[tuple[PriorityArea, ...], Field(min_length=1, max_length=MOST_AREAS)]

    @field_validator("areas")
    @classmethod
    def _each_once(cls, areas: tuple[PriorityArea, ...]) -> tuple[PriorityArea, ...]:
        refuse_repeats((each.priority_id for each in areas), "priority_id")
        return areas

    @property
    def entity_id(self) -> str:
        """The week."""
        return self.iso_week


class CauseHypothesis(Part):
    """Why it may happen, what speaks for and against, and how likely the group finds it."""

    statement: OpenLine
    evidence_for: tuple[OpenLine, ...]
    evidence_against: tuple[OpenLine, ...]
    judged: Literal["confirmed", "plausible", "weak", "refuted"]


class CauseAnalysisMade(Submission):
    """Hypotheses about why a priority area has its problem; several analyses of one area add up."""

    priority_id: Id
    hypotheses: Annotated[tuple[CauseHypothesis, ...], Field(min_length=1, max_length=20)]

    @property
    def entity_id(self) -> str:
        """The priority area."""
        return self.priority_id


class Indicator(Part):
    """What is counted to see whether a measure works: place events of a category in an area."""

    category: PlaceCategory
    area: OpenLine


class MeasureDecided(Submission):
    """A measure against a priority area's problem, how its effect is seen, and when it is evaluated.

    Aimed at youths it needs two hypotheses first: what looks like youths may be something else.
    """

    measure_id: Id
    priority_id: Id
    what: OpenLine
    owner: KnownAgency
    starts_on: Day
    indicator: Indicator
    evaluate_on: Day
    aimed_at: Literal["place", "youths"] | None = None

    @property
    def entity_id(self) -> str:
        """The measure."""
        return self.measure_id


class MeasureEvaluated(Submission):
    """What a measure came to."""

    measure_id: Id
    evaluated_on: Day
    effect: Literal["improved", "unchanged", "worse", "unclear"]
    comment: OpenLine | None = None

    @property
    def entity_id(self) -> str:
        """The measure."""
        return self.measure_id


class PresentFunction(Part):
    """How many of an agency's function took part."""

    agency: AuthorityAgency
    function: OpenLine
    count: Annotated[int, Field(ge=1, le=1000)]


class JointOperationCarriedOut(Submission, type="joint-operation.carried-out.v1"):
    """A joint operation was carried out, which a promise may count."""

    operation_id: Id
    commitment_id: Id
    from_: Instant = Field(alias="from")
    to: Instant
    focus: OpenLine
    social_services_placed_at: OpenLine
    present: Annotated[tuple[PresentFunction, ...], Field(min_length=1)]

    @property
    def entity_id(self) -> str:
        """The operation."""
        return self.operation_id
