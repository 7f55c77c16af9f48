"""Only authorities are on the person track: nobody else may say anything about a person, or be named as a receiver."""

from __future__ import annotations

import copy
import json
from itertools import product
from typing import Any, get_args

import pytest

from shared.agencies import AUTHORITIES, Agency, AgencyKind, AgencyRegistry, Municipality
from shared.delivery import Delivery
from shared.events.agencies import FROM_ANYONE, TYPES
from shared.intake.faults import Rejected
from shared.intake.submissions import open_delivery
from tests.house import sample

AGENCY_OF = {
    kind: "21-county-board" if kind == "county_board" else f"2182-{kind.replace('_', '-')}"
    for kind in get_args(AgencyKind)
}
REGISTER = AgencyRegistry(
    [Agency(id=agency, kind=kind, name=kind) for kind, agency in AGENCY_OF.items()],
    [Municipality(code="2182", name="Söderhamns kommun", county="21")],
)
OTHERS = sorted(set(AGENCY_OF) - AUTHORITIES)
PERSON_TRACK = sorted(set(TYPES) - FROM_ANYONE)
FORM, ASSESSMENT = "consent-form.issued.v1", "secrecy-assessment.made.v1"


def sample_of(type_: str) -> dict[str, Any]:
    """Return a sample of the type."""
    return sample("in", "observation.submitted.school.v1" if type_ == "observation.submitted.v1" else type_)


def faults_of(event: dict[str, Any], sender: str) -> set[tuple[str, str]]:
    """Return pointer and code of every fault the house finds when the sender says it."""
    event = event | {"source": f"/agency/{sender}"}
    delivery = Delivery(
        queue=f"any.{event['type']}",
        body=json.dumps(event).encode(),
        headers={},
        content_type="application/cloudevents+json",
        message_id=event["id"],
        correlation_id=None,
        routing_key=f"{sender}.{event['type']}",
        user_id=sender,
        attempt=0,
    )
    try:
        open_delivery(delivery, TYPES[event["type"]], REGISTER).submission()
    except Rejected as no:
        return {(each.pointer, each.code) for each in no.faults}
    return set()


@pytest.mark.parametrize(("type_", "kind"), list(product(PERSON_TRACK, OTHERS)))
def test_who_is_no_authority_says_nothing_on_the_person_track(type_: str, kind: str) -> None:
    """Each type about persons, from each kind of agency that is no authority; from an authority it is fine."""
    assert ("", "not_an_authority") in faults_of(sample_of(type_), AGENCY_OF[kind])
    assert ("", "not_an_authority") not in faults_of(sample_of(type_), AGENCY_OF["social_services"])


@pytest.mark.parametrize(("type_", "kind"), list(product(sorted(FROM_ANYONE), OTHERS)))
def test_anyone_may_report_on_places(type_: str, kind: str) -> None:
    """The place track is open to every kind of agency."""
    assert set() == faults_of(sample_of(type_), AGENCY_OF[kind])


@pytest.mark.parametrize(
    ("type_", "pointer", "kind"),
    [
        (type_, pointer, kind)
        for type_, pointer in (
            (FORM, "/scope/0/from"),
            (FORM, "/scope/0/to/0"),
            (ASSESSMENT, "/from"),
            (ASSESSMENT, "/to/0"),
        )
        for kind in OTHERS
    ],
)
def test_who_is_no_authority_is_named_in_no_scope_and_no_assessment(type_: str, pointer: str, kind: str) -> None:
    """As the one who tells or the one who is told: refused at its place."""
    event = copy.deepcopy(sample_of(type_))
    *way, last = pointer.strip("/").split("/")
    place = event["data"]
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = AGENCY_OF[kind]
    assert (pointer, "not_an_authority") in faults_of(event, AGENCY_OF["social_services"])
