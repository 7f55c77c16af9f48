"""What `observations` says."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shared.events.event import AgencyId, Event, Moment


class SeenObservation(BaseModel):
    """One observation behind a concern: whose, of what kind and day. Content stays with its agency."""

    model_config = ConfigDict(frozen=True)

    observation_id: str
    submitted_by: AgencyId
    category: str
    observed_on: date
    secret_from_guardian: bool = False


class ConcernNoticed(Event):
    """One agency can see observations on one youth from as many agencies as the municipality's rule asks for.

    Said once for each agency that can see it: `observations` holds what *that* agency has lawfully
    received or released, and no others.
    """

    concern_id: str
    person_ref: str
    noticed_by: AgencyId
    observations: tuple[SeenObservation, ...]
    noticed_at: Moment


class ObservationWaitReached(Event):
    """An observation was accepted a day ago and nobody had been told of it (posted early)."""

    observation_id: str


class BasisEndReached(Event):
    """The last day of a consent or an assessment that something was told on is over (posted early)."""

    person_ref: str
    basis_id: str
    ends_at: Moment


class PlaceEventRegistered(Event):
    """Something happened at a place; no persons."""

    place_event_id: str
    submitted_by: AgencyId
    area: str
    category: str
    severity: Literal[1, 2, 3]
    happened_at: Moment


class WeeklyReportRegistered(Event):
    """An actor has answered for its EST week."""

    submitted_by: AgencyId
    iso_week: str
    nil_report: bool
    place_events: int
    registered_at: Moment
