"""What stands on whose agenda."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.meetings.agendas import rules
from services.meetings.agendas.shown import AgencyAgenda
from shared.events.consent import ConsentActivated, ConsentEnded
from shared.events.observations import ConcernNoticed
from shared.gate import Bases, learn
from tests.rules.agenda_facts import (
    LEISURE,
    OTHER_YOUTH,
    POLICE,
    SCHOOL,
    SOCIAL,
    YOUTH,
    action,
    before,
    consented,
    noticed,
    places,
    priority,
    seen,
)
from tests.rules.meetings_plans import NOW

DISTRICT, NEIGHBOURS = "21-county-board", "2180-police"


def agenda(agency: str, bases: Bases | None, **facts: object) -> AgencyAgenda:
    """Return the agency's agenda with what is known, and a concern that school and social services have seen."""
    permits = {} if bases is None else {YOUTH: rules.permits_to(agency, bases, NOW)}
    return rules.agenda_for(agency, before(**facts), [noticed(seen(SOCIAL), seen(SCHOOL))], permits)


def test_an_agenda_lists_own_observations_and_those_the_gate_opens_and_no_others() -> None:
    """Social services may be told by the school, not by the police; its own observation stands beside."""
    concern = noticed(seen(SCHOOL), seen(POLICE), seen(SOCIAL))
    permits = {YOUTH: rules.permits_to(SOCIAL, consented((SCHOOL, SOCIAL), (POLICE, SCHOOL)), NOW)}
    (shown,) = rules.agenda_for(SOCIAL, before(), [concern], permits).concerns
    assert {f"o-{SCHOOL}", f"o-{SOCIAL}"} == set(shown.observation_ids)


@pytest.mark.parametrize("bases", [None, Bases(id=YOUTH), consented((SOCIAL, SCHOOL)), consented((SOCIAL, SOCIAL))])
def test_nothing_known_names_nobody(bases: Bases | None) -> None:
    """Without a basis towards the agency nothing names the youth, even one it has observed or put first itself."""
    shown = agenda(SOCIAL, bases, actions=(action(SOCIAL),), priorities=(priority(SOCIAL),))
    assert set() == shown.names()
    assert () == shown.concerns + shown.priorities
    assert [("a1", None)] == [(each.action_id, each.person_ref) for each in shown.actions]


def test_a_category_that_is_not_open_is_not_shown() -> None:
    """The gate is asked for the observation's own category."""
    permits = {YOUTH: rules.permits_to(SOCIAL, consented((SCHOOL, SOCIAL)), NOW)}
    concern = noticed(seen(SCHOOL, category="school_absence"))
    assert () == rules.agenda_for(SOCIAL, before(), [concern], permits).concerns


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
    assert set() == agenda(SOCIAL, bases, priorities=(priority(SOCIAL),)).names()


def test_an_action_is_on_its_owners_agenda_alone() -> None:
    """Others do not see it, whatever they may be told of the youth."""
    bases = consented((SCHOOL, SOCIAL), (SCHOOL, POLICE))
    assert YOUTH == agenda(SOCIAL, bases, actions=(action(SOCIAL),)).actions[0].person_ref
    assert () == agenda(POLICE, bases, actions=(action(SOCIAL),)).actions


def test_a_concern_stands_with_the_bases_that_its_agencys_permits_rest_on_and_no_others() -> None:
    """Two consents are known about the youth; the one that lets the school tell the police is nobody else's matter."""
    bases = consented((SCHOOL, SOCIAL))
    consented((SCHOOL, POLICE), form="f2", known=bases)
    (concern,) = agenda(SOCIAL, bases).concerns
    assert [("consent", "f1", "osl_10_1_12_2", date(2027, 5, 15))] == [
        (each.kind, each.basis_id, each.provision, each.valid_until) for each in concern.bases
    ]


def test_a_priority_stands_with_those_who_share_it_and_may_tell_and_on_nobody_elses_agenda() -> None:
    """Social services learn that the police put the youth first too, since the police may tell them; not the school."""
    bases = consented((POLICE, SOCIAL), (POLICE, LEISURE))
    facts = {"priorities": (priority(SOCIAL, POLICE, SCHOOL),)}
    assert [(SOCIAL, POLICE)] == [each.by for each in agenda(SOCIAL, bases, **facts).priorities]
    assert () == agenda(LEISURE, bases, **facts).priorities


def test_each_other_agency_that_a_priority_names_is_behind_the_agenda_with_a_permit_of_its_own() -> None:
    """The register has a row for each: two agencies are named, so two cells are told on."""
    bases = consented((SCHOOL, SOCIAL), (POLICE, SOCIAL))
    permits = {YOUTH: rules.permits_to(SOCIAL, bases, NOW)}
    content = rules.agenda_for(SOCIAL, before(priorities=(priority(SOCIAL, POLICE, SCHOOL),)), [], permits)
    behind = rules.permits_behind(content, [], permits)
    assert {POLICE, SCHOOL} == {permit.cell.released_by for permit in behind}


def test_a_forum_about_places_names_nobody_whatever_is_known() -> None:
    """Even if concerns, actions and priorities were handed over by mistake."""
    facts = {"speaks_of_persons": False, "actions": (action(SOCIAL),), "priorities": (priority(SOCIAL),)}
    shown = agenda(SOCIAL, consented((SCHOOL, SOCIAL)), places=places(), **facts)
    assert ((), set()) == (shown.actions, shown.names())
    assert shown.places


@pytest.mark.parametrize(("agency", "is_shown"), [(SOCIAL, True), (DISTRICT, False), (NEIGHBOURS, False)])
def test_places_stand_on_the_agendas_of_their_own_municipality_alone(agency: str, is_shown: bool) -> None:
    """A county board or a neighbour that is called to the meeting sees none."""
    assert is_shown is (agenda(agency, None, places=places()).places is not None)


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
