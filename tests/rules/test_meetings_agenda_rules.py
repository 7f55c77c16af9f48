"""What stands on whose agenda."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.meetings.agendas import rules
from services.meetings.minutes.documents import OpenAction
from shared.events.consent import ConsentActivated, ConsentEnded
from shared.events.event import Cell
from shared.events.observations import ConcernNoticed, SeenObservation
from shared.gate import Bases, learn
from tests.rules.meetings_plans import NOW

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
    action = OpenAction(action_id="a1", owner=SOCIAL, person_ref=YOUTH)
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
