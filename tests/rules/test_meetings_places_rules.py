"""What may be decided about places, and what it adds up to whatever the order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.meetings.places import rules
from services.meetings.places.documents import DecidedMeasure, KeptHypothesis, Priority
from shared.agencies import Agency, AgencyKind
from shared.clock import iso_week_of
from shared.events.agencies import (
    CauseAnalysisMade,
    JointOperationCarriedOut,
    MeasureDecided,
    MeasureEvaluated,
    PriorityAreasDecided,
    Submission,
)
from tests.house import sample

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
FALUN, SODERHAMN = "2080", "2182"
MONDAYS = st.dates(date(2015, 1, 1), date(2037, 12, 31)).map(lambda day: day - timedelta(days=day.weekday()))
AREAS = ("Bojsenburg", "Centrum", "Slätta", "Hosjö")


def _coordinator(municipality: str = FALUN, kind: AgencyKind = "coordinator") -> Agency:
    return Agency(id=f"{municipality}-{kind.replace('_', '-')}", kind=kind, name="Trygghet")


def _read(shape: type[Submission], **changes: Any) -> Any:
    return shape.model_validate(sample("in", shape.type)["data"] | changes, by_alias=True, by_name=False)


def _areas(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    areas = sample("in", PriorityAreasDecided.type)["data"]["areas"]
    return [one | other for one, other in zip(areas, changes, strict=False)]


def _pairs(faults: list[Any]) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in faults]


def _analysis(*hypotheses: tuple[str, str], evidence: tuple[str, ...] = ()) -> CauseAnalysisMade:
    said = [
        {"statement": statement, "evidence_for": list(evidence), "evidence_against": [], "judged": judged}
        for statement, judged in hypotheses
    ]
    return CauseAnalysisMade.model_validate({"priority_id": "p1", "hypotheses": said})


@pytest.mark.parametrize(
    "shape", [PriorityAreasDecided, CauseAnalysisMade, MeasureDecided, MeasureEvaluated, JointOperationCarriedOut]
)
def test_what_the_contract_shows_names_nobody(shape: type[Submission]) -> None:
    """The samples' own texts pass the screening."""
    assert [] == rules.faults_in_texts(_read(shape))


@pytest.mark.parametrize(
    ("shape", "changes", "pointer"),
    [
        (PriorityAreasDecided, {"areas": _areas({"area": "Hos Kalle Andersson"})}, "/areas/0/area"),
        (PriorityAreasDecided, {"areas": _areas({}, {"problem": "ring 070-123 45 67"})}, "/areas/1/problem"),
        (MeasureDecided, {"what": "Prata med Kalle Andersson"}, "/what"),
        (
            MeasureDecided,
            {"indicator": {"category": "vandalism", "area": "Storgatan 12 lgh 1203"}},
            "/indicator/area",
        ),
        (MeasureEvaluated, {"comment": "Volvon ABC123 är borta"}, "/comment"),
        (JointOperationCarriedOut, {"focus": "Kalle Andersson"}, "/focus"),
        (JointOperationCarriedOut, {"social_services_placed_at": "a@example.se"}, "/social_services_placed_at"),
        (
            JointOperationCarriedOut,
            {"present": [{"agency": "2182-police", "function": "Kalle Andersson", "count": 1}]},
            "/present/0/function",
        ),
    ],
)
def test_every_text_is_screened_for_persons(shape: type[Submission], changes: dict[str, Any], pointer: str) -> None:
    """A name, a number or a door is pointed at where it stands."""
    assert [(pointer, "personal_data_in_place_report")] == _pairs(rules.faults_in_texts(_read(shape, **changes)))


def test_every_text_of_an_analysis_is_screened_for_persons() -> None:
    """Statements and evidence, for and against."""
    said = {"statement": "Kalle Andersson", "evidence_for": ["lugnt", "lgh 1203"], "evidence_against": ["a@example.se"]}
    faults = rules.faults_in_texts(_read(CauseAnalysisMade, hypotheses=[said | {"judged": "weak"}]))
    pointers = [f"/hypotheses/0/{name}" for name in ("statement", "evidence_for/1", "evidence_against/0")]
    assert [(each, "personal_data_in_place_report") for each in pointers] == _pairs(faults)


@pytest.mark.parametrize("id_", ["13-06-15-238", "0701234567"])
def test_an_id_is_no_text(id_: str) -> None:
    """Ids and days may hold any digits there are."""
    assert [] == rules.faults_in_texts(_read(MeasureEvaluated, measure_id=id_))


@pytest.mark.parametrize("kind", ["police", "social_services", "school", "leisure"])
def test_only_a_coordinator_decides_about_places(kind: AgencyKind) -> None:
    """What another agency of the municipality sends is refused."""
    sender = _coordinator(kind=kind)
    assert [("", "not_your_agency")] == _pairs(rules.faults_in_priorities(_read(PriorityAreasDecided), sender))
    assert [("", "not_your_agency")] == _pairs(rules.faults_in_measure(_read(MeasureDecided), sender))
    assert [] == rules.faults_in_sender(_coordinator())


def test_every_fault_of_a_weeks_areas_is_found() -> None:
    """An area twice, however it is spelt; an owner elsewhere; followed up before its week, or after 60 days."""
    wrong = _areas(
        {"area": "Slätta  Gård", "owner": "2182-police"},
        {"area": " slätta gård", "follow_up_on": "2026-11-15"},
        {"area": "SLA\u0308TTA GÅRD", "follow_up_on": "2027-01-16"},
    )
    sent = _read(PriorityAreasDecided, areas=wrong)
    expected = {"/areas/1/area", "/areas/2/area", "/areas/0/owner", "/areas/1/follow_up_on", "/areas/2/follow_up_on"}
    faults = rules.faults_in_priorities(sent, _coordinator())
    assert {(each, "wrong_value") for each in expected} == set(_pairs(faults))


@pytest.mark.parametrize("day", ["2026-11-16", "2027-01-15"])
def test_an_area_is_followed_up_from_its_weeks_monday_to_sixty_days_after(day: str) -> None:
    """Both ends are within."""
    sent = _read(PriorityAreasDecided, areas=_areas({"follow_up_on": day}))
    assert [] == rules.faults_in_priorities(sent, _coordinator())


@pytest.mark.parametrize("iso_week", ["0001-W01", "9999-W52"])
def test_a_week_at_the_edge_of_the_calendar_is_only_wrong(iso_week: str) -> None:
    """It is refused like any other that its follow-up does not lie in."""
    sent = _read(PriorityAreasDecided, iso_week=iso_week, areas=_areas({}))
    assert [("/areas/0/follow_up_on", "wrong_value")] == _pairs(rules.faults_in_priorities(sent, _coordinator()))


def test_a_measure_is_evaluated_after_it_has_begun() -> None:
    """The day it begins is too early, and its owner is of the municipality."""
    sent = _read(MeasureDecided, evaluate_on="2026-11-18", owner="2182-police")
    expected = [("/owner", "wrong_value"), ("/evaluate_on", "wrong_value")]
    assert expected == _pairs(rules.faults_in_measure(sent, _coordinator()))
    assert [] == rules.faults_in_measure(_read(MeasureDecided, evaluate_on="2026-11-19"), _coordinator())


def test_an_evaluation_has_been_made_and_not_before_its_measure_began() -> None:
    """Neither in the future nor before; a measure that is not known yet says nothing about it."""
    known = _kept_measure()
    early, late = _read(MeasureEvaluated, evaluated_on="2026-11-17"), _read(MeasureEvaluated)
    fault = [("/evaluated_on", "wrong_value")]
    assert fault == _pairs(rules.faults_in_evaluation(early, _coordinator(), known, date(2026, 12, 16)))
    assert [] == rules.faults_in_evaluation(early, _coordinator(), None, date(2026, 12, 16))
    assert fault == _pairs(rules.faults_in_evaluation(late, _coordinator(), known, date(2026, 12, 15)))
    assert [] == rules.faults_in_evaluation(late, _coordinator(), known, date(2026, 12, 16))


@pytest.mark.parametrize(
    ("begins", "ends", "wrong"),
    [
        ("2026-11-13T08:00:00+01:00", "2026-11-15T08:00:00+01:00", False),
        ("2026-11-13T08:00:00+01:00", "2026-11-15T08:00:01+01:00", True),
        ("2026-11-13T08:00:00+01:00", "2026-11-13T08:00:00+01:00", True),
        ("2026-11-13T08:00:00+01:00", "2026-11-13T07:00:00+01:00", True),
        ("2026-11-16T08:00:00+01:00", "2026-11-16T10:00:00+01:00", False),
        ("2026-11-16T08:00:00+01:00", "2026-11-16T10:00:01+01:00", True),
    ],
)
def test_an_operation_has_an_end_after_its_beginning_within_48_hours_that_has_been(
    begins: str, ends: str, wrong: bool
) -> None:
    """Exactly 48 hours, and ending now, are allowed."""
    sent = _read(JointOperationCarriedOut, **{"from": begins, "to": ends})
    faults = _pairs(rules.faults_in_operation(sent, _coordinator(SODERHAMN), NOW))
    assert [("/to", "wrong_value")] * wrong == faults


def test_an_operation_has_each_function_of_an_agency_once_and_agencies_of_the_municipality() -> None:
    """The same word in other letters is the same function; two agencies may have one of the same name."""
    present = [
        {"agency": agency, "function": function, "count": 1}
        for agency, function in (
            ("2182-police", "Områdespolis"),
            ("2182-police", "områdespolis "),
            ("2182-school", "områdespolis"),
            ("2080-police", "områdespolis"),
        )
    ]
    faults = rules.faults_in_operation(_read(JointOperationCarriedOut, present=present), _coordinator(SODERHAMN), NOW)
    assert [("/present/1/function", "wrong_value"), ("/present/3/agency", "wrong_value")] == _pairs(faults)


@pytest.mark.parametrize(
    ("iso_week", "before"),
    [
        ("2026-W47", "2026-W46"),
        ("2027-W01", "2026-W53"),
        ("2026-W53", "2026-W52"),
        ("2026-W01", "2025-W52"),
        ("2021-W01", "2020-W53"),
    ],
)
def test_the_week_before_the_first_may_be_52_or_53(iso_week: str, before: str) -> None:
    """2020 and 2026 have 53 ISO weeks, 2025 has 52."""
    assert before == rules.week_before(iso_week)


@given(MONDAYS, st.lists(st.sets(st.sampled_from(AREAS), max_size=3), min_size=1, max_size=60))
def test_an_area_is_counted_back_to_the_week_that_did_not_have_it(monday: date, sets: list[set[str]]) -> None:
    """Over every turn of the year: as many weeks as stand without a gap up to this one, whatever their spelling."""
    weeks = [iso_week_of(monday + timedelta(weeks=place)) for place in range(len(sets))]
    spelt = {week: [f" {each.upper()}" for each in areas] for week, areas in zip(weeks, sets, strict=True)}
    for name in AREAS:
        expected = 0
        for areas in sets:
            expected = expected + 1 if name in areas else 0
        assert expected == rules.weeks_in_a_row(name, weeks[-1], spelt)


@given(st.permutations(range(6)))
def test_analyses_add_up_to_the_same_in_any_order(order: list[int]) -> None:
    """One hypothesis a statement, all evidence, the last judgement; again they add nothing."""
    said = [
        (_analysis(("Bränder tänds på skoltid", "weak"), evidence=("b",)), NOW),
        (_analysis(("bränder  tänds på SKOLTID", "refuted"), evidence=("a", "B")), NOW + timedelta(hours=2)),
        (_analysis(("Bränder tänds på skoltid", "confirmed"), evidence=("c",)), NOW + timedelta(hours=1)),
        (_analysis(("Försäkringsbedrägeri", "plausible"), ("Okänd orsak", "weak")), NOW),
        (_analysis(("Okänd orsak", "confirmed")), NOW),
        (_analysis(("Försäkringsbedrägeri", "plausible"), ("Okänd orsak", "weak")), NOW),
    ]
    known: tuple[KeptHypothesis, ...] = ()
    for place in (*order, *order):
        known = rules.with_hypotheses(known, *said[place])
    assert ["bränder  tänds på SKOLTID", "Försäkringsbedrägeri", "Okänd orsak"] == [each.statement for each in known]
    assert ["refuted", "plausible", "weak"] == [each.judged for each in known]
    assert 3 == len(known[0].evidence_for)


def test_evidence_is_kept_once_however_it_is_spelt_and_ordered() -> None:
    """Every order of three spellings of two pieces of evidence ends in the same."""
    said = [_analysis(("Okänd orsak", "weak"), evidence=(each,)) for each in ("Två vittnen", "två  vittnen", "Kamera")]
    ends = set()
    for order in permutations(said):
        known: tuple[KeptHypothesis, ...] = ()
        for each in order:
            known = rules.with_hypotheses(known, each, NOW)
        ends.add(known)
    assert 1 == len(ends)
    assert 2 == len(ends.pop()[0].evidence_for)


def test_hypotheses_and_evidence_do_not_grow_without_end() -> None:
    """At most 50 hypotheses about a priority, and 50 lines for or against one."""
    many = [_analysis(*((f"Orsak {n}{k}", "weak") for k in "abcdefghij")) for n in range(6)]
    known: tuple[KeptHypothesis, ...] = ()
    for each in many[:5]:
        known = rules.with_hypotheses(known, each, NOW)
    priority = _priority(known)
    assert [] == rules.faults_in_analysis(many[0], _coordinator(), priority, NOW)
    assert [("/hypotheses", "wrong_value")] == _pairs(rules.faults_in_analysis(many[5], _coordinator(), priority, NOW))
    crowded = _analysis(("Orsak 0a", "weak"), evidence=tuple(f"vittne {n}" for n in range(51)))
    assert [("/hypotheses/0", "wrong_value")] == _pairs(
        rules.faults_in_analysis(crowded, _coordinator(), priority, NOW)
    )


@pytest.mark.parametrize(
    ("aimed_at", "category", "youths"),
    [
        (None, "youth_gathering_place", True),
        (None, "vandalism", False),
        ("place", "youth_gathering_place", False),
        ("youths", "vandalism", True),
    ],
)
def test_a_measure_is_aimed_at_youths_if_it_says_so_or_is_measured_by_where_they_gather(
    aimed_at: str | None, category: str, youths: bool
) -> None:
    """What it says itself goes before what it is measured by."""
    indicator = {"category": category, "area": "Bojsenburg"}
    changes = {"indicator": indicator} | ({"aimed_at": aimed_at} if aimed_at else {})
    assert youths == rules.aimed_at_youths(_read(MeasureDecided, **changes))


@pytest.mark.parametrize(
    ("iso_week", "statements", "youths", "waits_for"),
    [
        (None, (), False, "priority"),
        (None, ("A-traktorer", "Belysning"), True, "priority"),
        ("2026-W47", (), False, None),
        ("2026-W47", ("A-traktorer",), True, "hypotheses"),
        ("2026-W47", ("A-traktorer", "a-TRAKTORER "), True, "hypotheses"),
        ("2026-W47", ("A-traktorer", "Belysning"), True, None),
    ],
)
def test_a_measure_waits_for_its_priority_and_aimed_at_youths_for_two_hypotheses(
    iso_week: str | None, statements: tuple[str, ...], youths: bool, waits_for: str | None
) -> None:
    """Two different ones, not one in two spellings; that one is refuted makes no difference."""
    known: tuple[KeptHypothesis, ...] = ()
    for place, each in enumerate(statements):
        known = rules.with_hypotheses(known, _analysis((each, "refuted" if place else "weak")), NOW)
    decided = _kept_measure().model_copy(update={"aimed_at_youths": youths})
    assert waits_for == rules.waits_for(decided, _priority(known, iso_week))


def _priority(known: tuple[KeptHypothesis, ...], iso_week: str | None = "2026-W47") -> Priority:
    return Priority(
        id="2080:p1", municipality=FALUN, priority_id="p1", heard_at=NOW, iso_week=iso_week, hypotheses=known
    )


def _kept_measure() -> DecidedMeasure:
    return DecidedMeasure(
        priority_id="p1",
        what="Låsbyte",
        owner="2080-police",
        starts_on=date(2026, 11, 18),
        evaluate_on=date(2026, 12, 16),
        counted_category="vandalism",
        counted_area="Bojsenburg",
        aimed_at_youths=False,
        decided_by="2080-coordinator",
        decided_at=NOW,
        fingerprint="",
    )
