"""What is known before a meeting, as the tests of agendas' rules hand it over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.meetings.agendas.facts import Facts
from services.meetings.minutes.actions import FollowedAction
from services.meetings.minutes.documents import KeptPriority
from services.meetings.places.follow_up import PlaceArea, PlaceMeasure, PlacesOnAgenda
from shared.events.consent import ConsentActivated
from shared.events.event import Cell
from shared.events.observations import ConcernNoticed, SeenObservation
from shared.gate import Bases, learn
from tests.rules.meetings_plans import NOW

YOUTH, OTHER_YOUTH = "a" * 64, "b" * 64
SCHOOL, POLICE, LEISURE, SOCIAL = "2182-school", "2182-police", "2182-leisure", "2182-social-services"


def before(**facts: Any) -> Facts:
    """Return what is known before a meeting about persons in Söderhamn, some of it changed."""
    return replace(Facts(speaks_of_persons=True, municipality="2182"), **facts)


def seen(agency: str, category: str = "behaviour") -> SeenObservation:
    """Return an agency's observation."""
    return SeenObservation(
        observation_id=f"o-{agency}", submitted_by=agency, category=category, observed_on=date(2026, 11, 10)
    )


def noticed(
    *observations: SeenObservation, by: str = SOCIAL, at: datetime = NOW, about: str = YOUTH, id_: str = "c1"
) -> ConcernNoticed:
    """Return a concern as one agency is told of it."""
    return ConcernNoticed(concern_id=id_, person_ref=about, noticed_by=by, observations=observations, noticed_at=at)


def action(owner: str, about: str = YOUTH, id_: str = "a1") -> FollowedAction:
    """Return an open action of an agency about a youth."""
    return FollowedAction(
        action_id=id_,
        owner=owner,
        person_ref=about,
        due_on=date(2026, 12, 1),
        sealed_what=b"",
        occurrence=datetime.fromisoformat("2026-11-17T09:00"),
        outcome=None,
        answered_at=None,
        overdue=False,
    )


def priority(*by: str, about: str = YOUTH) -> KeptPriority:
    """Return a youth that these agencies put first."""
    return KeptPriority(person_ref=about, by=by)


def places() -> PlacesOnAgenda:
    """Return last week's places: one area with a measure that is to be evaluated."""
    measure = PlaceMeasure(
        measure_id="m1",
        what="Belysning",
        owner=SOCIAL,
        evaluate_on=date(2026, 11, 24),
        effect=None,
        evaluation_due=True,
    )
    area = PlaceArea(
        priority_id="p1",
        area="Centrum",
        problem="Otrygghet",
        owner=SOCIAL,
        follow_up_on=date(2026, 11, 24),
        weeks_in_a_row=2,
        measures=(measure,),
    )
    return PlacesOnAgenda(iso_week="2026-W47", areas=(area,), older_due=())


def activated(cells: Iterable[tuple[str, str, str]], form: str = "f1", about: str = YOUTH) -> ConsentActivated:
    """Return the beginning of a consent in which each of these may tell the other about a category."""
    return ConsentActivated(
        form_id=form,
        person_ref=about,
        revision=1,
        valid_from=date(2026, 11, 16),
        valid_to=date(2027, 5, 15),
        cells=tuple(Cell(released_by=one, received_by=other, category=of) for one, other, of in cells),
    )


def consented(*pairs: tuple[str, str], form: str = "f1", known: Bases | None = None) -> Bases:
    """Return bases on which each of these agencies may tell the other about behaviour, added to those known."""
    bases = known or Bases(id=YOUTH)
    learn(bases, activated([(one, other, "behaviour") for one, other in pairs], form))
    return bases
