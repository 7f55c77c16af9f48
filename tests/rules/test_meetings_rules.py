"""What may be planned and recorded, and what stands on whose agenda."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.meetings import rules
from shared.events.agencies import MeetingSeriesPlanned
from shared.events.consent import ConsentActivated, ConsentEnded
from shared.events.event import Cell
from shared.events.observations import ConcernNoticed, SeenObservation
from shared.gate import Bases, learn
from tests.rules.meetings_plans import NOW, planned


def faults(plan: MeetingSeriesPlanned, sender: str = "2182-coordinator", now: datetime = NOW) -> set[tuple[str, str]]:
    """Return the pointer and code of each fault."""
    return {(fault.pointer, fault.code) for fault in rules.faults_in_plan(plan, sender, now)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"starts_at": datetime(2026, 11, 25, 9)}, {("/starts_at", "wrong_value")}),
        ({"starts_at": datetime(1926, 11, 24, 9), "rrule": "FREQ=DAILY"}, {("/starts_at", "wrong_value")}),
        ({"rrule": "FREQ=DAILY;BYMONTH=11;BYDAY=TU;COUNT=1"}, set()),
        ({"starts_at": datetime(2026, 11, 3, 9), "until": date(2026, 11, 10)}, {("/until", "wrong_value")}),
        ({"starts_at": datetime(2026, 11, 3, 9), "rrule": "FREQ=DAILY;COUNT=3"}, {("/rrule", "wrong_value")}),
        ({"red_day_policy": "ask_somebody"}, {("/red_day_policy", "wrong_value")}),
        ({"duration_minutes": 4}, {("/duration_minutes", "wrong_value")}),
        ({"duration_minutes": 721}, {("/duration_minutes", "wrong_value")}),
        ({"reminders": ("P1D", "PT24H")}, {("/reminders/1", "wrong_value")}),
        ({"reminders": ("P1D", "P2D", "P3D", "P4D", "P5D", "P6D")}, {("/reminders", "wrong_value")}),
        ({"participants": planned().participants * 2}, {("/participants/1", "wrong_value")}),
    ],
)
def test_a_plan_is_refused_for_what_its_fields_alone_cannot_tell(
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """Each fault has its pointer; a plan without faults has none."""
    assert expected == faults(planned(**changes))


def test_every_fault_of_a_plan_is_found_not_only_the_first() -> None:
    """Another agency's series with two wrong fields has three faults."""
    plan = planned(red_day_policy="never", duration_minutes=1)
    expected = {
        ("/organiser/agency", "not_your_agency"),
        ("/red_day_policy", "wrong_value"),
        ("/duration_minutes", "wrong_value"),
    }
    assert expected == faults(plan, sender="2182-police")


def test_minutes_are_refused_from_others_of_no_occurrence_and_about_persons_at_est() -> None:
    """The organiser's minutes of an occurrence that the rule gives are fine, a red day's too."""
    plan = planned(organiser=planned().organiser)
    assert [] == rules.faults_in_minutes(plan, "2182-coordinator", datetime(2026, 12, 1, 9), ["/actions/0/youth"])
    est = planned(forum="est")
    found = rules.faults_in_minutes(est, "2182-police", datetime(2026, 12, 1, 10), ["/actions/0/youth"])
    expected = [
        ("/series_id", "not_your_agency"),
        ("/occurrence", "unknown_reference"),
        ("/actions/0/youth", "personal_data_in_place_report"),
    ]
    assert expected == [(fault.pointer, fault.code) for fault in found]


def test_minutes_of_a_year_nobody_lives_in_are_answered_at_once() -> None:
    """A daily series is not followed to the year 9999 to find that the occurrence is not there."""
    plan = planned(rrule="FREQ=DAILY")
    found = rules.faults_in_minutes(plan, "2182-coordinator", datetime(9999, 12, 31, 9), [])
    assert ["unknown_reference"] == [fault.code for fault in found]


YOUTH, OTHER_YOUTH = "a" * 64, "b" * 64
SCHOOL, POLICE, LEISURE, SOCIAL = "2182-school", "2182-police", "2182-leisure", "2182-social-services"


def seen(agency: str, category: str = "behaviour") -> SeenObservation:
    """Return an agency's observation."""
    return SeenObservation(
        observation_id=f"o-{agency}", submitted_by=agency, category=category, observed_on=date(2026, 11, 10)
    )


def noticed(*observations: SeenObservation, by: str = SOCIAL, at: datetime = NOW) -> ConcernNoticed:
    """Return a concern as one agency is told of it."""
    return ConcernNoticed(concern_id="c1", person_ref=YOUTH, noticed_by=by, observations=observations, noticed_at=at)


def consented(*cells: tuple[str, str], form: str = "f1") -> Bases:
    """Return bases on which each of these agencies may tell the other about behaviour."""
    bases = Bases(id=YOUTH)
    event = ConsentActivated(
        form_id=form,
        person_ref=YOUTH,
        revision=1,
        valid_from=date(2026, 11, 16),
        valid_to=date(2027, 5, 15),
        cells=tuple(Cell(released_by=one, received_by=other, category="behaviour") for one, other in cells),
    )
    learn(bases, event)
    return bases


def agenda(agency: str, concern: ConcernNoticed, bases: Bases | None) -> rules.AgencyAgenda:
    """Return the agency's agenda with one concern and one action about the youth, owned by social services."""
    action = rules.OpenAction(action_id="a1", owner=SOCIAL, person_ref=YOUTH)
    permits = {} if bases is None else {YOUTH: rules.permits_to(agency, bases, NOW)}
    return rules.agenda_for(agency, [concern], [action], permits)


def test_an_agenda_lists_own_observations_and_those_the_gate_opens_and_no_others() -> None:
    """Social services may be told by the school, not by the police; its own observation stands beside."""
    concern = noticed(seen(SCHOOL), seen(POLICE), seen(SOCIAL))
    shown = agenda(SOCIAL, concern, consented((SCHOOL, SOCIAL), (POLICE, SCHOOL)))
    assert {f"o-{SCHOOL}", f"o-{SOCIAL}"} == set(shown.concerns[0].observation_ids)


@pytest.mark.parametrize("bases", [None, Bases(id=YOUTH), consented((SOCIAL, SCHOOL))])
def test_nothing_known_names_nobody(bases: Bases | None) -> None:
    """Without a basis towards the agency no concern and no action names the youth, even one it has observed itself."""
    shown = agenda(SOCIAL, noticed(seen(SOCIAL), seen(SCHOOL)), bases)
    assert set() == shown.names()
    assert () == shown.concerns
    assert [("a1", None)] == [(each.action_id, each.person_ref) for each in shown.actions]


def test_a_category_that_is_not_open_is_not_shown() -> None:
    """The gate is asked for the observation's own category."""
    concern = noticed(seen(SCHOOL, category="school_absence"))
    assert () == agenda(SOCIAL, concern, consented((SCHOOL, SOCIAL))).concerns


def test_an_ended_consent_takes_the_youth_off_even_if_it_is_said_to_begin_afterwards() -> None:
    """The end is terminal: an activation that comes late opens nothing."""
    bases = Bases(id=YOUTH)
    end = ConsentEnded(form_id="f1", person_ref=YOUTH, revision=2, reason="withdrawn", ended_at=NOW)
    learn(bases, end)
    late = consented((SCHOOL, SOCIAL)).consents[0]
    learn(
        bases,
        ConsentActivated(
            person_ref=YOUTH, **late.model_dump(include={"form_id", "revision", "valid_from", "valid_to", "cells"})
        ),
    )
    assert set() == agenda(SOCIAL, noticed(seen(SCHOOL)), bases).names()


def test_an_action_is_on_its_owners_agenda_alone() -> None:
    """Others do not see it, whatever they may be told of the youth."""
    bases = consented((SCHOOL, SOCIAL), (SCHOOL, POLICE))
    concern = noticed(seen(SCHOOL))
    assert YOUTH == agenda(SOCIAL, concern, bases).actions[0].person_ref
    assert () == agenda(POLICE, concern, bases).actions


@given(order=st.permutations(range(3)), again=st.lists(st.integers(0, 2)))
def test_a_concern_said_again_in_any_order_adds_up_to_the_same(order: list[int], again: list[int]) -> None:
    """The observations are joined and the latest notice counts."""
    said = [noticed(seen(agency), at=NOW + timedelta(days=n)) for n, agency in enumerate((SCHOOL, POLICE, LEISURE))]
    docket: tuple[ConcernNoticed, ...] = ()
    for n in (*order, *again):
        docket = rules.with_concern(docket, said[n], forget_before=NOW - timedelta(days=28))
    assert 1 == len(docket)
    assert {SCHOOL, POLICE, LEISURE} == {each.submitted_by for each in docket[0].observations}
    assert NOW + timedelta(days=2) == docket[0].noticed_at


def test_a_concern_is_forgotten_when_the_municipalitys_rule_no_longer_looks_at_it() -> None:
    """What was noticed before the limit leaves the docket with the next concern."""
    old = noticed(seen(SCHOOL), at=NOW - timedelta(days=29))
    new = noticed(seen(SCHOOL)).model_copy(update={"concern_id": "c2", "person_ref": OTHER_YOUTH})
    assert (new,) == rules.with_concern((old,), new, forget_before=NOW - timedelta(days=28))


def test_a_rule_that_never_fires_from_its_start_is_seen_at_once() -> None:
    """dateutil alone would look for 30 February until the year 9999, a day at a time."""
    never = planned().model_copy(update={"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"})
    assert {("/starts_at", "wrong_value")} == faults(never)
