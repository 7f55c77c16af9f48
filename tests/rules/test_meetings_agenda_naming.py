"""Whatever is known, an agenda names nobody without a permit: drawn at random, again and again."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.meetings.agendas import rules
from services.meetings.agendas.facts import Facts
from services.meetings.agendas.shown import AgencyAgenda
from shared.clock import local_day
from shared.events.consent import ConsentEnded, SecrecyAssessmentAccepted
from shared.events.event import Cell
from shared.events.observations import ConcernNoticed
from shared.gate import Bases, Permit, learn, learn_assessment, may_tell
from tests.rules.agenda_facts import (
    LEISURE,
    OTHER_YOUTH,
    POLICE,
    SCHOOL,
    SOCIAL,
    YOUTH,
    action,
    activated,
    before,
    noticed,
    places,
    priority,
    seen,
)
from tests.rules.meetings_plans import NOW

AGENCIES = (SCHOOL, POLICE, LEISURE, SOCIAL)
CATEGORIES = ("behaviour", "school_absence")
YOUTHS = (YOUTH, OTHER_YOUTH)
FORMS = ("f1", "f2")
Permits = dict[str, rules.Permits]

some_cells = st.lists(st.tuples(*[st.sampled_from(AGENCIES)] * 2, st.sampled_from(CATEGORIES)), max_size=5)
agencies = st.lists(st.sampled_from(AGENCIES), min_size=1, max_size=4, unique=True)
youths = st.sampled_from(YOUTHS)


@st.composite
def bases_of_everybody(draw: st.DrawFn) -> dict[str, Bases]:
    """Draw for each youth up to two consents, some ended, and perhaps an assessment."""
    known = {ref: Bases(id=ref) for ref in YOUTHS}
    for ref, bases in known.items():
        for form in FORMS:
            learn(bases, activated(draw(some_cells), form, ref))
            if draw(st.booleans()):
                end(bases, form)
        if assessed := draw(some_cells):
            _assess(bases, [Cell(released_by=one, received_by=other, category=of) for one, other, of in assessed])
    return known


def _assess(bases: Bases, cells: list[Cell]) -> None:
    learn_assessment(
        bases,
        SecrecyAssessmentAccepted(
            assessment_id="s1",
            person_ref=bases.id,
            provision="harm_test_no_harm",
            valid_from=NOW,
            valid_to=date(2026, 12, 1),
            cells=tuple(cells),
        ),
    )


def end(bases: Bases, form: str) -> None:
    """Let a consent end."""
    learn(bases, ConsentEnded(form_id=form, person_ref=bases.id, revision=9, reason="withdrawn", ended_at=NOW))


@st.composite
def known_before(draw: st.DrawFn) -> tuple[Facts, list[ConcernNoticed]]:
    """Draw concerns, actions and priorities about both youths."""
    seen_by = st.builds(seen, st.sampled_from(AGENCIES), st.sampled_from(CATEGORIES))
    concerns = [
        noticed(*draw(st.lists(seen_by, max_size=4, unique_by=lambda each: each.observation_id)), about=ref, id_=ref)
        for ref in draw(st.lists(youths, max_size=2, unique=True))
    ]
    actions = [action(draw(st.sampled_from(AGENCIES)), draw(youths), f"a{n}") for n in range(draw(st.integers(0, 3)))]
    priorities = [priority(*draw(agencies), about=draw(youths)) for _ in range(draw(st.integers(0, 3)))]
    return before(actions=tuple(actions), priorities=tuple(priorities), places=places()), concerns


def agenda_of(
    agency: str, known: tuple[Facts, list[ConcernNoticed]], bases: dict[str, Bases]
) -> tuple[AgencyAgenda, Permits]:
    """Return an agency's agenda and the permits it was made with."""
    permits: Permits = {ref: rules.permits_to(agency, each, NOW) for ref, each in bases.items()}
    return rules.agenda_for(agency, *known, permits), permits


def is_open(bases: Bases, agency: str) -> bool:
    """Ask the gate about every other agency and category, without the rules' own way of asking."""
    asked = [(other, of) for other in AGENCIES if other != agency for of in CATEGORIES]
    return any(isinstance(may_tell(bases, from_=other, to=agency, category=of, at=NOW), Permit) for other, of in asked)


@given(agency=st.sampled_from(AGENCIES), known=known_before(), bases=bases_of_everybody())
def test_no_agenda_names_a_youth_without_a_permit_of_another_agency(
    agency: str, known: tuple[Facts, list[ConcernNoticed]], bases: dict[str, Bases]
) -> None:
    """For any bases, concerns, actions and priorities; and each listed observation of another has a permit itself."""
    content, permits = agenda_of(agency, known, bases)
    assert all(is_open(bases[ref], agency) for ref in content.names())
    observed = {(c.concern_id, each.observation_id): each for c in known[1] for each in c.observations}
    listed = [observed[shown.concern_id, id_] for shown in content.concerns for id_ in shown.observation_ids]
    by_youth = {shown.concern_id: shown.person_ref for shown in content.concerns}
    for shown in content.concerns:
        for id_ in shown.observation_ids:
            each = observed[shown.concern_id, id_]
            cell = (each.submitted_by, each.category)
            assert each.submitted_by == agency or cell in permits[by_youth[shown.concern_id]]
    assert len(listed) >= len(content.concerns)
    for put_first in content.priorities:
        others = {by for by, _ in permits[put_first.person_ref]}
        assert agency in put_first.by
        assert set(put_first.by) <= others | {agency}


@given(agency=st.sampled_from(AGENCIES), known=known_before(), bases=bases_of_everybody())
def test_behind_every_name_stands_a_permit_that_the_register_is_told_of(
    agency: str, known: tuple[Facts, list[ConcernNoticed]], bases: dict[str, Bases]
) -> None:
    """The youths behind an agenda are exactly those it names; its bases are those of permits to its own agency."""
    content, permits = agenda_of(agency, known, bases)
    behind = rules.permits_behind(content, known[1], permits)
    assert content.names() == {permit.person_ref for permit in behind}
    assert {agency} >= {permit.cell.received_by for permit in behind}
    shown = {(each.person_ref, basis.basis_id) for each in content.concerns for basis in each.bases}
    assert shown <= {(permit.person_ref, permit.basis_id) for permit in behind}
    assert all(each.bases for each in content.concerns)


@given(agency=st.sampled_from(AGENCIES), known=known_before(), bases=bases_of_everybody())
def test_after_every_basis_has_ended_nothing_names_anybody(
    agency: str, known: tuple[Facts, list[ConcernNoticed]], bases: dict[str, Bases]
) -> None:
    """Every consent ended, and the assessments' last day over: no reference is left; actions stand without theirs."""
    for each in bases.values():
        for form in FORMS:
            end(each, form)
    later = NOW + timedelta(days=30)
    assert local_day(later) > date(2026, 12, 1)
    permits: Permits = {ref: rules.permits_to(agency, each, later) for ref, each in bases.items()}
    content = rules.agenda_for(agency, *known, permits)
    assert set() == content.names()
    assert all(ref not in content.model_dump_json() for ref in YOUTHS)
    assert sum(each.owner == agency for each in known[0].actions) == len(content.actions)


@given(known=known_before(), bases=bases_of_everybody())
def test_what_an_agency_may_not_be_told_leaves_no_trace_on_its_agenda(
    known: tuple[Facts, list[ConcernNoticed]], bases: dict[str, Bases]
) -> None:
    """Its agenda is the same as if concerns, priorities and others' actions about that youth had never been."""
    content, permits = agenda_of(SOCIAL, known, bases)
    facts, concerns = known
    told_of = {ref for ref in YOUTHS if permits[ref]}
    less = before(
        actions=tuple(each for each in facts.actions if each.owner == SOCIAL),
        priorities=tuple(each for each in facts.priorities if each.person_ref in told_of),
        places=facts.places,
    )
    assert content == agenda_of(SOCIAL, (less, [each for each in concerns if each.person_ref in told_of]), bases)[0]
