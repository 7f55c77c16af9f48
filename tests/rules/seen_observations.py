"""Observations and what opens them, for the tests of the rules on concerns and of the gate."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from services.observations.documents import Observation
from shared.events.consent import ConsentActivated, ConsentEnded, ConsentNarrowed
from shared.events.event import Cell
from shared.gate import Bases, learn

SCHOOL, POLICE, LEISURE, SOCIAL = "2182-school", "2182-police", "2182-leisure", "2182-social-services"
AGENCIES = (SCHOOL, POLICE, LEISURE, SOCIAL)
PERSON = "f" * 64
FIRST, LAST = date(2026, 11, 16), date(2027, 5, 15)
DAY = date(2026, 11, 1)
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def seen(
    by: str, day: int = 0, *, told_to: tuple[str, ...] = (), id_: str = "", category: str = "other"
) -> Observation:
    """Return an observation of that many days after the first."""
    return Observation(
        id=id_ or f"{by}:{day}:{category}",
        person_ref=PERSON,
        municipality="2182",
        submitted_by=by,
        category=category,
        observed_on=DAY + timedelta(days=day),
        concern_report="not_needed",
        fingerprint="",
        sealed=b"",
        accepted_at=NOW,
        told_to=told_to,
    )


def cell(released_by: str, received_by: str, category: str = "other") -> Cell:
    """Return one row of a scope."""
    return Cell(released_by=released_by, received_by=received_by, category=category)


def activated(*cells: Cell, form_id: str = "form-1", revision: int = 1) -> ConsentActivated:
    """Return a consent's beginning."""
    return ConsentActivated(
        form_id=form_id, person_ref=PERSON, revision=revision, valid_from=FIRST, valid_to=LAST, cells=cells
    )


def narrowed(*cells: Cell, form_id: str = "form-1", revision: int = 2) -> ConsentNarrowed:
    """Return what is left of a consent."""
    return ConsentNarrowed(**{**activated(*cells, form_id=form_id).model_dump(), "revision": revision})


def ended(form_id: str = "form-1", revision: int = 9) -> ConsentEnded:
    """Return a consent's end."""
    return ConsentEnded(
        form_id=form_id, person_ref=PERSON, revision=revision, reason="withdrawn", ended_at=NOW - timedelta(days=1)
    )


def bases(*said: ConsentActivated | ConsentNarrowed | ConsentEnded) -> Bases:
    """Return what a service knows of the person when it has heard these, one after the other."""
    known = Bases(id=PERSON)
    for event in said:
        learn(known, event)
    return known
