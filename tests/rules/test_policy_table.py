"""The table of law: who may tell whom on which ground, from which day to which; anything not listed is refused."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from shared.agencies import AgencyKind
from shared.events.agencies import PersonCategory
from shared.events.event import Cell
from shared.gate import Refusal
from shared.policy.bases import LawUnreadable, LegalBases, LegalBasis, read_row, rows_in, the_law
from shared.policy.refusals import category_in_swedish, explain, kind_in_swedish, ways_open
from tests.house import sample
from tests.rules.policy_parts import AGENCIES, AUTHORITY_KINDS, KINDS, NOW, agency_of, written_row

DAY = date(2026, 11, 16)
CONSENT = "osl_10_1_12_2"
LISTED: dict[tuple[str, str], set[str]] = {
    ("social_services", "police"): {
        "osl_10_18a_under21", "osl_10_18b", "osl_10_18c", "osl_10_20_immediate", "harm_test_no_harm",
        "lag_2025_170_4_contact",
    },
    ("school", "police"): {
        "lag_2025_170_7_request", "lag_2025_170_7_own_initiative", "harm_test_no_harm", "lag_2025_170_4_contact",
    },
    ("leisure", "police"): {
        "lag_2025_170_6_municipality", "lag_2025_170_7_request", "lag_2025_170_7_own_initiative", "harm_test_no_harm",
        "lag_2025_170_4_contact",
    },
    **{
        (kind, "social_services"): {"sol_19_1_concern_report", "sol_20_6_investigation"}
        for kind in ("school", "leisure", "police")
    },
    **{("police", kind): {"osl_10_27_general_clause", "harm_test_no_harm"} for kind in ("school", "leisure")},
    **{("social_services", kind): {"harm_test_no_harm"} for kind in ("school", "leisure")},
    ("school", "leisure"): {"harm_test_no_harm"},
    ("leisure", "school"): {"harm_test_no_harm"},
}  # fmt: skip
"""The handbook's direction table, written out once more; what is not here is not allowed."""


def _codes(from_: AgencyKind, to: AgencyKind, day: date = DAY) -> set[str]:
    return {row.code for row in the_law().on(day) if row.enabled and row.allows(from_, to)}


@pytest.mark.parametrize("from_", KINDS)
@pytest.mark.parametrize("to", KINDS)
def test_a_direction_allows_what_the_table_lists_and_nothing_else(from_: AgencyKind, to: AgencyKind) -> None:
    """Consent between authorities, the listed provisions in the listed directions, and nothing to anybody else."""
    between_authorities = from_ in AUTHORITY_KINDS and to in AUTHORITY_KINDS
    assert LISTED.get((from_, to), set()) | ({CONSENT} if between_authorities else set()) == _codes(from_, to)


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("osl_10_18a_under21", date(2012, 12, 31), None),
        ("osl_10_18a_under21", date(2025, 3, 31), date(2013, 1, 1)),
        ("osl_10_18a_under21", date(2025, 4, 1), date(2025, 4, 1)),
        ("lag_2025_170_7_request", date(2025, 3, 31), None),
        ("lag_2025_170_7_request", date(2025, 4, 1), date(2025, 4, 1)),
        ("osl_10_15a", date(2025, 11, 30), None),
        ("osl_10_15a", date(2025, 12, 1), date(2025, 12, 1)),
        ("harm_test_no_harm", date(2028, 6, 30), date(2009, 6, 30)),
        ("harm_test_no_harm", date(2028, 7, 1), date(2028, 7, 1)),
        ("osl_99_1", DAY, None),
    ],
)
def test_a_wording_is_found_by_its_day(code: str, day: date, expected: date | None) -> None:
    """A provision has the wording of the day, and none before its first."""
    row = the_law().in_force(code, day)
    assert expected == (row.valid_from if row else None)


def test_the_wording_of_2013_asked_one_question_more() -> None:
    """That telling helps to prevent the crime is no longer asked; old forms still ask it."""
    old, new = (the_law().in_force("osl_10_18a_under21", day) for day in (date(2025, 3, 31), date(2025, 4, 1)))
    assert old is not None
    assert new is not None
    assert {"helps_to_prevent"} == {each.id for each in old.questions} - {each.id for each in new.questions}
    assert (21, 21) == (old.age_below, new.age_below)


def test_what_a_lawyer_has_not_approved_stands_there_and_opens_nothing() -> None:
    """10:15 a and the group 10:21–24 are listed with the reason why they may not be used."""
    disabled = {row.code: row.disabled_because for row in the_law().on(DAY) if not row.enabled}
    assert {"osl_10_15a", "osl_10_21_24_suspicion"} == set(disabled)
    assert all(disabled.values())


def test_the_under_21_check_asks_what_the_handbook_asks() -> None:
    """The three questions, word for word."""
    row = the_law().in_force("osl_10_18a_under21", DAY)
    assert row is not None
    assert [
        "Vilka konkreta omständigheter talar för att den unge kommer att utöva brottslig verksamhet?",
        "Är det, med hänsyn till planerade eller pågående insatser, olämpligt att lämna uppgiften?",
        "Gäller uppgiften misstanke om ett redan begånget brott? (Ja → annan bestämmelse krävs.)",
    ] == [question.asks for question in row.questions]


def test_contact_details_are_no_category() -> None:
    """4 § lagen (2025:170) covers contact details only, so no observation is told on it."""
    row = the_law().in_force("lag_2025_170_4_contact", DAY)
    assert row is not None
    assert not any(row.covers(category) for category in get_args(PersonCategory))


def test_a_changed_law_is_a_new_row() -> None:
    """A wording from next month ends the present one the day before; the table it was added to is as it was."""
    new = LegalBasis.model_validate(written_row())
    after, eve = the_law().with_row(new), date(2026, 12, 15)
    old = after.in_force(new.code, eve)
    assert old is not None
    assert (date(2025, 4, 1), eve) == (old.valid_from, old.valid_to)
    assert new == after.in_force(new.code, eve + timedelta(days=1))
    assert not old.allows("social_services", "school")
    assert new.allows("social_services", "school")
    assert date(2025, 4, 1) == getattr(the_law().in_force(new.code, date(2027, 1, 1)), "valid_from", None)


def test_a_row_that_has_been_in_force_is_not_written_over() -> None:
    """A row with the same code and first day is refused, and so are two that overlap."""
    same = LegalBasis.model_validate(written_row(valid_from="2025-04-01"))
    with pytest.raises(LawUnreadable, match="a changed law is a new row"):
        the_law().with_row(same)
    with pytest.raises(LawUnreadable, match="two rows are in force"):
        LegalBases([same, LegalBasis.model_validate(written_row())])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"paragraph": None}, "paragraph: Field required"),
        ({"age_under": 21}, "age_under: Extra inputs"),
        ({"directions": [{"from": ["school"], "to": ["housing"]}]}, "housing: nothing about persons"),
        ({"directions": [{"from": ["school"], "to": ["skola"]}]}, "directions.0.to.0"),
        ({"categories": ["place"]}, "categories"),
        ({"valid_to": "2026-12-01"}, "valid_to is before valid_from"),
        ({"enabled": False}, "disabled_because belongs"),
        ({"questions": []}, "without questions"),
        ({"questions": [{"id": "a", "asks": "A?", "answer": "yes_no"}]}, "must_be and otherwise"),
        ({"questions": [{"id": "a", "asks": "A?", "answer": "text"}] * 2}, "stands twice"),
        ({"longest_days": 400}, "longest_days"),
    ],
)
def test_a_row_with_a_fault_is_refused_with_its_place(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    """A row is read whole or not at all; the one line says where it is wrong."""
    file = tmp_path / "row.yaml"
    file.write_text(yaml.safe_dump(written_row(**changes), allow_unicode=True), encoding="utf-8")
    with pytest.raises(LawUnreadable, match=said) as caught:
        read_row(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, [], {"row": []}, {"rows": [{}]}])
def test_a_table_that_cannot_be_read_stops_everything(content: object) -> None:
    """Nothing is answered by a table with a gap in it."""
    with pytest.raises(LawUnreadable):
        rows_in(content)


def test_a_refusal_reads_as_the_contract_has_it() -> None:
    """Police to leisure about a risk environment: text and ways as in the contract's sample."""
    denied = sample("out", "disclosure.denied.v1")["data"]
    cell = Cell(released_by=agency_of("police"), received_by=agency_of("leisure"), category="risk_environment")
    said = explain(Refusal("no_basis", cell), AGENCIES, NOW)
    assert (denied["code"], denied["message"], denied["you_can"]) == (said.code, said.message, list(said.you_can))


def test_a_refusal_in_full_reads_as_the_handbook_has_it() -> None:
    """Police to school about absence, with what the agency can do in words."""
    cell = Cell(released_by=agency_of("police"), received_by=agency_of("school"), category="school_absence")
    assert (
        "Uppgiften kan inte delas. Det saknas samtycke eller annan rättslig grund för polis → skola, kategori "
        "skolfrånvaro. Du kan: begära samtycke · göra en menprövning · göra en orosanmälan."
    ) == explain(Refusal("no_basis", cell), AGENCIES, NOW).with_advice


@pytest.mark.parametrize("from_", AUTHORITY_KINDS)
@pytest.mark.parametrize("to", KINDS)
def test_what_is_held_out_is_what_the_table_lists(from_: AgencyKind, to: AgencyKind) -> None:
    """Nobody is told to try what would be refused; the general clause is allowed and never held out."""
    cell = Cell(released_by=agency_of(from_), received_by=agency_of(to, "2080"), category="other")
    near = Cell(released_by=agency_of(from_), received_by=agency_of(to), category="other")
    hidden = {"osl_10_27_general_clause", "lag_2025_170_4_contact"}
    always = {"sol_19_1_concern_report"} if from_ in {"school", "leisure", "police"} else set()
    expected = (_codes(from_, to) - hidden | always) if to in AUTHORITY_KINDS else set()
    assert expected == {row.code for row in ways_open(near, AGENCIES, NOW)}
    assert expected & ({CONSENT} | always) == {row.code for row in ways_open(cell, AGENCIES, NOW)}
    assert not {"sol_19_1_concern_report", "osl_10_18a_under21"} & {
        row.code for row in ways_open(near, AGENCIES, NOW, age=21)
    }


def test_to_others_than_authorities_the_answer_is_no_and_says_why() -> None:
    """No consent and no provision opens anything there, so nothing is held out."""
    cell = Cell(released_by=agency_of("school"), received_by=agency_of("housing"), category="other")
    said = explain(Refusal("no_basis", cell), AGENCIES, NOW)
    assert ("not_an_authority", ()) == (said.code, said.you_can)
    assert "bara till myndigheter" in said.with_advice


def test_everything_has_a_swedish_name() -> None:
    """Kinds and categories are never shown as codes."""
    assert all(kind_in_swedish(kind) for kind in get_args(AgencyKind))
    assert all(category_in_swedish(each) != each for each in get_args(PersonCategory))
    assert json.dumps([row.advice for row in the_law().rows])
