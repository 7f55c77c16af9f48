"""What an assessment must be for its provision to hold: everything that is wrong is found at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.agencies import AgencyKind
from shared.clock import LOCAL_ZONE, local_day
from shared.person import age_on, birthday_in
from shared.policy.assessing import faults_in, last_day
from shared.policy.bases import LegalBasis, the_law
from tests.rules.policy_parts import AGENCIES, ANSWERS, BORN, KINDS, NOW, agency_of, judgement, written_row

CRIME = "/answers/concerns_committed_crime"
POLICE, SCHOOL, SOCIAL = agency_of("police"), agency_of("school"), agency_of("social_services")


def _found(now: datetime = NOW, **changes: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in faults_in(judgement(**changes), AGENCIES, now)]


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=LOCAL_ZONE)


def test_the_handbooks_assessment_holds() -> None:
    """Social services to police, under 21, three answers."""
    assert [] == _found()
    assert date(2026, 11, 30) == last_day(judgement(), NOW)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"provision": "osl_99_1"}, [("/provision", "wrong_value")]),
        ({"provision": "osl_10_15a"}, [("/provision", "wrong_value")]),
        ({"provision": "osl_10_1_12_2"}, [("/provision", "wrong_value")]),
        ({"sender": SCHOOL}, [("/from", "not_your_agency")]),
        ({"received_by": (SCHOOL,)}, [("/to/0", "wrong_value")]),
        ({"received_by": (POLICE, agency_of("leisure"))}, [("/to/1", "wrong_value")]),
        ({"received_by": (agency_of("police", "2080"),)}, [("/to/0", "wrong_value")]),
        ({"answers": {}}, [(f"/answers/{id_}", "missing_field") for id_ in ANSWERS]),
        ({"answers": ANSWERS | {"unsuitable": True}}, [("/answers/unsuitable", "wrong_value")]),
        ({"answers": ANSWERS | {"unsuitable": "nej"}}, [("/answers/unsuitable", "wrong_type")]),
        ({"answers": ANSWERS | {"concrete_circumstances": True}}, [("/answers/concrete_circumstances", "wrong_type")]),
        ({"answers": ANSWERS | {"concrete_circumstances": " "}}, [("/answers/concrete_circumstances", "wrong_value")]),
        ({"answers": ANSWERS | {"concerns_committed_crime": True}}, [(CRIME, "wrong_value")]),
        ({"answers": ANSWERS | {"mood": "god"}}, [("/answers/mood", "wrong_value")]),
        ({"decided_at": NOW + timedelta(minutes=15, milliseconds=1)}, [("/decided_at", "wrong_value")]),
        ({"valid_until": date(2026, 11, 15)}, [("/valid_until", "wrong_value")]),
        ({"decided_at": NOW - timedelta(days=40)}, [("/valid_until", "wrong_value")]),
        ({"decided_at": datetime(2012, 12, 31, 12, tzinfo=UTC)}, [("/provision", "wrong_value")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """One fault, one pointer; nothing else is found."""
    assert expected == _found(**changes)


def test_all_that_is_wrong_comes_at_once() -> None:
    """Time, sender, direction, age and answers together."""
    found = _found(
        sender=SCHOOL,
        received_by=(SCHOOL,),
        born=date(2000, 1, 1),
        answers={"unsuitable": True, "mood": "god"},
        decided_at=NOW + timedelta(hours=1),
        valid_until=date(2026, 1, 1),
    )
    assert {
        "/decided_at", "/valid_until", "/from", "/to/0", "/youth/personal_identity_number",
        "/answers/concrete_circumstances", "/answers/unsuitable", "/answers/concerns_committed_crime", "/answers/mood",
    } == {pointer for pointer, _ in found}  # fmt: skip


def test_a_clock_ten_minutes_ahead_is_borne() -> None:
    """The assessment holds, and from now on: nothing waits for the sender's clock."""
    ahead = judgement(decided_at=NOW + timedelta(minutes=10))
    assert [] == faults_in(ahead, AGENCIES, NOW)
    assert NOW == ahead.held_from(NOW)


def test_a_committed_crime_needs_another_provision() -> None:
    """The answer says so, and which."""
    [fault] = faults_in(judgement(answers=ANSWERS | {"concerns_committed_crime": True}), AGENCIES, NOW)
    assert "10 kap. 20–24 §§ OSL" in fault.message


def test_contact_details_cover_no_category() -> None:
    """What is not covered is named, each category by itself."""
    asked = judgement(
        provision="lag_2025_170_4_contact",
        categories=("other", "behaviour"),
        answers={"requested": True, "exceptional_reasons": False},
    )
    assert ["/categories/0", "/categories/1"] == [each.pointer for each in faults_in(asked, AGENCIES, NOW)]


@pytest.mark.parametrize("born", [date(2005, 11, 17), date(2004, 2, 29), date(2005, 3, 1), date(2004, 12, 31)])
def test_the_day_before_the_birthday_is_the_last(born: date) -> None:
    """20 years and 364 days yes, the 21st birthday no; born 29 February, 28 February 2025 is that birthday."""
    birthday = birthday_in(born.year + 21, born)
    eve = birthday - timedelta(days=1)
    law_day = max(eve, date(2025, 4, 1))
    asked = judgement(born=born, decided_at=_noon(eve), valid_until=eve + timedelta(days=10))
    if law_day == eve:
        assert [] == faults_in(asked, AGENCIES, _noon(eve))
        assert eve == last_day(asked, _noon(eve))
    today = judgement(born=born, decided_at=_noon(birthday), valid_until=birthday)
    assert "/youth/personal_identity_number" in [each.pointer for each in faults_in(today, AGENCIES, _noon(birthday))]


def test_a_youth_born_on_29_february_is_too_old_on_28_february() -> None:
    """2004-02-29: under the wording of 2013, 27 February 2025 is the last day and 28 February is too late."""
    answers = ANSWERS | {"helps_to_prevent": True}
    for day, is_held in ((date(2025, 2, 27), True), (date(2025, 2, 28), False)):
        asked = judgement(born=date(2004, 2, 29), answers=answers, decided_at=_noon(day), valid_until=day)
        assert is_held == (not faults_in(asked, AGENCIES, _noon(day)))


def test_a_youth_who_is_21_today_is_refused_whatever_day_the_assessment_bears() -> None:
    """Decided the day before and heard of today: too late. The text says why, and what can be done instead."""
    born = date(2005, 11, 16)
    asked = judgement(born=born, decided_at=NOW - timedelta(days=1))
    [fault] = faults_in(asked, AGENCIES, NOW)
    assert "10 kap. 18 a § OSL gäller bara den som är under 21 år" in fault.message
    assert "begära samtycke" in fault.message
    assert "menprövning" in fault.message
    assert "18 a § OSL, om den unge" not in fault.message


def test_an_assessment_ends_with_its_row_its_longest_time_or_the_birthday() -> None:
    """Whatever comes first."""
    far = date(2030, 1, 1)
    assert local_day(NOW) + timedelta(days=30) == last_day(judgement(valid_until=far), NOW)
    assert date(2026, 11, 19) == last_day(judgement(valid_until=far, born=date(2005, 11, 20)), NOW)
    after = the_law().with_row(LegalBasis.model_validate(written_row(valid_from="2026-11-20")))
    assert date(2026, 11, 19) == last_day(judgement(valid_until=far), NOW, after)


def test_a_row_of_next_month_judges_from_its_first_day() -> None:
    """The day before, the present wording's questions; from its first day, its own questions, age and directions."""
    after = the_law().with_row(LegalBasis.model_validate(written_row()))
    first = date(2026, 12, 16)
    new_answers = {"concrete_circumstances": "Uppgifter.", "is_needed": True}
    young = date(2010, 1, 1)
    for day, answers, is_held in (
        (first - timedelta(days=1), ANSWERS, True),
        (first - timedelta(days=1), new_answers, False),
        (first, ANSWERS, False),
        (first, new_answers, True),
    ):
        asked = judgement(born=young, answers=answers, decided_at=_noon(day), valid_until=day)
        assert is_held == (not faults_in(asked, AGENCIES, _noon(day), after)), (day, answers)
    to_school = judgement(
        born=young, answers=new_answers, received_by=(SCHOOL,), decided_at=_noon(first), valid_until=first
    )
    assert [] == faults_in(to_school, AGENCIES, _noon(first), after)
    of_age = judgement(born=BORN, answers=new_answers, decided_at=_noon(first), valid_until=first)
    assert ["/youth/personal_identity_number"] == [
        each.pointer for each in faults_in(of_age, AGENCIES, _noon(first), after)
    ]


CODES = st.sampled_from([*the_law().codes, "osl_99_1"])
ANSWER = st.one_of(st.booleans(), st.sampled_from(["", "Ja."]))


@given(
    st.sampled_from(KINDS), st.sampled_from(KINDS), CODES, st.dates(date(2000, 1, 1), date(2015, 12, 31)),
    st.dates(date(2012, 1, 1), date(2030, 12, 31)), st.booleans(), st.data(),
)  # fmt: skip
def test_nothing_is_accepted_but_what_the_table_lists(
    from_: AgencyKind, to: AgencyKind, code: str, born: date, day: date, answer_well: bool, drawn: st.DataObject
) -> None:
    """Any kinds, code, age, day and answers: accepted is only a listed direction, in force, enabled and under age.

    10:18 a is never accepted at 21 or over, nor in any direction but social services to police.
    """
    row = the_law().in_force(code, day)
    wanted = {each.id: "Ja." if each.must_be is None else each.must_be for each in row.questions} if row else {}
    answers = wanted if answer_well else drawn.draw(st.fixed_dictionaries(dict.fromkeys(wanted, ANSWER)))
    asked = judgement(
        sender=agency_of(from_), released_by=agency_of(from_), received_by=(agency_of(to),), provision=code,
        answers=answers, born=born, decided_at=_noon(day), valid_until=day + timedelta(days=60),
    )  # fmt: skip
    accepted = not faults_in(asked, AGENCIES, _noon(day))
    listed = row is not None and row.enabled and row.chosen_by == "assessment" and row.allows(from_, to)
    assert accepted == (
        listed
        and row is not None
        and answers == wanted
        and row.covers("risk_environment")
        and (row.age_below is None or age_on(born, day) < row.age_below)
    )
    if accepted and code == "osl_10_18a_under21":
        assert age_on(born, day) < 21
        assert ("social_services", "police") == (from_, to)
        assert age_on(born, last_day(asked, _noon(day))) < 21
