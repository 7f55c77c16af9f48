"""What agencies say they have seen: about a youth (person track) and at places (place track, no persons)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ValidationInfo, field_validator, model_validator

from shared.events.agencies.submission import (
    Day,
    Id,
    Instant,
    IsoWeek,
    Line,
    Part,
    Payload,
    PersonCategory,
    PlaceCategory,
    Prose,
    Submission,
    Youth,
    refuse_repeats,
    whole_number,
)
from shared.intake.faults import fault, refusal

Severity = Annotated[Literal[1, 2, 3], BeforeValidator(whole_number)]
PlaceType = Literal[
    "stairwell", "residential_yard", "square", "street", "park", "parking", "station", "school_yard", "building",
    "shop", "online", "other",
]  # fmt: skip


class ObservationSubmitted(Submission):
    """An agency has seen something about a youth; `payload` is its own JSON, kept as sent."""

    observation_id: Id
    youth: Youth
    observed_on: Day
    category: PersonCategory
    summary: Prose | None = None
    concern_report: Literal["made", "to_be_made", "not_needed"]
    secret_from_guardian: bool | None = None
    payload: Payload

    @property
    def entity_id(self) -> str:
        """The observation."""
        return self.observation_id


class PlaceEventSubmitted(Submission):
    """Something happened at a place; no persons."""

    place_event_id: Id
    area: Line
    place_type: PlaceType
    happened_at: Instant
    category: PlaceCategory
    severity: Severity
    description: Prose
    payload: Payload

    @property
    def entity_id(self) -> str:
        """The place event."""
        return self.place_event_id


class ReportedPlaceEvent(Part):
    """A place event inside a weekly report; an own payload is not asked for."""

    place_event_id: Id
    area: Line
    place_type: PlaceType
    happened_at: Instant
    category: PlaceCategory
    severity: Severity
    description: Prose
    payload: Payload | None = None


class WeeklyReportSubmitted(Submission):
    """An actor answers for its EST week; that nothing happened (`nil_report`) is a full answer."""

    iso_week: IsoWeek
    nil_report: bool
    reporter_function: Line
    place_events: tuple[ReportedPlaceEvent, ...] = ()
    trend: Literal["better", "unchanged", "worse"] | None = None

    @field_validator("place_events")
    @classmethod
    def _as_announced(
        cls, events: tuple[ReportedPlaceEvent, ...], info: ValidationInfo
    ) -> tuple[ReportedPlaceEvent, ...]:
        nil_report = info.data.get("nil_report")
        if nil_report is True and events:
            raise refusal(fault("wrong_value", why="nil_with_events"))
        if nil_report is False and not events:
            raise refusal(fault("wrong_value", why="no_events"))
        refuse_repeats((each.place_event_id for each in events), "place_event_id")
        return events

    @model_validator(mode="after")
    def _events_unless_nil(self) -> Self:
        if not self.nil_report and "place_events" not in self.model_fields_set:
            raise refusal(fault("missing_field", "/place_events"))
        return self

    @property
    def entity_id(self) -> str:
        """The week; with the sender it names the report."""
        return self.iso_week
