"""What `consent` says. `revision` grows with every change of a consent, so a late message is recognised.

What closes something is never given up: set aside as a dead letter, it would leave a service telling.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from shared.events.event import Cell, Event, Moment

EndReason = Literal["withdrawn", "expired", "declined", "superseded", "turned_18", "invalidated"]
EnforcingService = Literal["observations", "meetings", "reporting"]
"""The services that act on consents. An end is confirmed when each of them has said that it has stopped."""


class ConsentActivated(Event):
    """A consent now opens these cells: everybody whose signature is required has signed."""

    form_id: str
    person_ref: str
    revision: int
    valid_from: date
    valid_to: date
    cells: tuple[Cell, ...]


class ConsentNarrowed(Event, never_given_up=True):
    """Part of a consent was withdrawn; `cells` is what is left of it."""

    form_id: str
    person_ref: str
    revision: int
    valid_from: date
    valid_to: date
    cells: tuple[Cell, ...]


class ConsentEnded(Event, never_given_up=True):
    """A consent opens nothing any more, and never will again."""

    form_id: str
    person_ref: str
    revision: int
    reason: EndReason
    ended_at: Moment


class ConsentEnforced(Event):
    """A service that acts on consents has stopped telling on this one. Said by each of them, heard by `consent`."""

    form_id: str
    by: EnforcingService
    enforced_at: Moment


class SecrecyAssessmentAccepted(Event):
    """A provision other than consent opens these cells from `valid_from` to `valid_to`, both included.

    `valid_to` is already cut to what the provision allows: its age limit, its longest time, its own end.
    """

    assessment_id: str
    person_ref: str
    provision: str
    valid_from: Moment
    valid_to: date
    cells: tuple[Cell, ...]


class ConsentDayReached(Event):
    """A moment at which a consent may begin or end has come (posted early, due then)."""

    form_id: str
    day: date
