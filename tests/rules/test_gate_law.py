"""The gate and the law: an assessment opens while its provision's wording is in force; a refusal says why."""

from __future__ import annotations

import copy
import dataclasses
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import LOCAL_ZONE, local_day
from shared.events.consent import SecrecyAssessmentAccepted
from shared.events.event import Cell
from shared.gate import AssessmentBasis, Bases, ConsentBasis, Permit, Refusal, learn_assessment, may_tell
from shared.policy.bases import LegalBases, LegalBasis, the_law
from tests.rules.policy_parts import written_row
from tests.rules.seen_observations import AGENCIES, FIRST, LAST, NOW, PERSON, POLICE, SCHOOL, SOCIAL, cell

CODE = "osl_10_18a_under21"
OPEN = cell(SOCIAL, POLICE)
MADE = datetime(2026, 11, 20, 9, tzinfo=UTC)


def _assessed(*cells: Cell, provision: str = CODE, to: date = date(2027, 2, 1)) -> Bases:
    bases = Bases(id=PERSON)
    event = SecrecyAssessmentAccepted(
        assessment_id="a-1",
        person_ref=PERSON,
        provision=provision,
        valid_from=MADE,
        valid_to=to,
        cells=cells or (OPEN,),
    )
    learn_assessment(bases, event)
    return bases


def _asked(bases: Bases, at: datetime = NOW, law: LegalBases | None = None, asked: Cell = OPEN) -> Permit | Refusal:
    return may_tell(bases, from_=asked.released_by, to=asked.received_by, category=asked.category, at=at, law=law)


def _with(**changes: object) -> LegalBases:
    return the_law().with_row(LegalBasis.model_validate(written_row(**changes)))


def test_an_assessment_opens_its_cell_from_its_moment_to_its_last_day() -> None:
    """To the instant at its beginning, to the Swedish midnight at its end; nothing else is opened by it."""
    bases, last = _assessed(to=date(2026, 12, 3)), datetime.combine(date(2026, 12, 4), time.min, LOCAL_ZONE)
    moments = (MADE - timedelta(milliseconds=1), MADE, last - timedelta(milliseconds=1), last)
    assert [False, True, True, False] == [isinstance(_asked(bases, at), Permit) for at in moments]
    assert isinstance(_asked(bases, asked=cell(SOCIAL, SCHOOL)), Refusal)
    permit = _asked(bases)
    assert isinstance(permit, Permit)
    assert ("assessment", "a-1", CODE) == (permit.kind, permit.basis_id, permit.provision)


def test_a_new_wording_closes_what_was_assessed_under_the_old() -> None:
    """Up to its eve the assessment holds; from its first day nobody has answered what it asks."""
    law = _with(valid_from="2026-12-16")
    eve = datetime(2026, 12, 15, 12, tzinfo=UTC)
    assert isinstance(_asked(_assessed(), eve, law), Permit)
    assert Refusal("basis_ended", OPEN) == _asked(_assessed(), eve + timedelta(days=1), law)


def test_what_is_told_on_the_last_day_of_a_wording_is_not_sent_after_it() -> None:
    """The permit ends with the wording, so that what waits in the outbox over that midnight stays there."""
    at = datetime(2026, 12, 15, 22, 59, 59, tzinfo=UTC)
    permit = _asked(_assessed(), at, _with(valid_from="2026-12-16"))
    assert isinstance(permit, Permit)
    assert (date(2026, 12, 15), datetime(2026, 12, 15, 23, tzinfo=UTC)) == (permit.valid_until, permit.good_until)


@pytest.mark.parametrize(
    "changes",
    [
        {"enabled": False, "disabled_because": "under utredning"},
        {"categories": ["behaviour"]},
        {"valid_to": "2026-12-01"},
    ],
)
def test_a_provision_that_is_closed_closes_a_running_assessment(changes: dict[str, object]) -> None:
    """Disabled, no longer covering the category, or repealed: the gate opens nothing, whatever was accepted."""
    rows = [LegalBasis.model_validate(written_row(valid_from="2025-04-01", **changes))]
    at = datetime(2026, 12, 2, 12, tzinfo=UTC)
    assert Refusal("basis_ended", OPEN) == _asked(_assessed(), at, LegalBases(rows))
    assert isinstance(_asked(_assessed(), at, LegalBases([rows[0].model_copy(update=_HOLDS)])), Permit)


_HOLDS = {"enabled": True, "categories": "all", "valid_to": None}


@pytest.mark.parametrize("provision", ["osl_99_1", "osl_10_15a", "osl_10_21_24_suspicion"])
def test_a_provision_that_is_not_listed_or_not_enabled_opens_nothing(provision: str) -> None:
    """Even if a service believed that such an assessment had been accepted."""
    assert isinstance(_asked(_assessed(provision=provision)), Refusal)


def test_a_refusal_says_when_something_has_ended() -> None:
    """A consent withdrawn or past its last day: `basis_ended`; one to come, and nothing at all: `no_basis`."""
    basis = ConsentBasis(form_id="f", revision=1, valid_from=FIRST, valid_to=LAST, cells=(OPEN,))
    after, before = NOW.replace(year=2028), NOW.replace(year=2025)
    ended = basis.model_copy(update={"ended_at": NOW - timedelta(days=1)})
    assert "basis_ended" == _code(_asked(Bases(id=PERSON, consents=(basis,)), after))
    assert "no_basis" == _code(_asked(Bases(id=PERSON, consents=(basis,)), before))
    assert "basis_ended" == _code(_asked(Bases(id=PERSON, consents=(ended,))))
    assert "no_basis" == _code(_asked(Bases(id=PERSON, consents=(ended,)), asked=cell(SOCIAL, SCHOOL)))
    assert "no_basis" == _code(_asked(_assessed(), MADE - timedelta(days=1)))


def _code(answer: Permit | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return answer.code


def test_a_refusal_cannot_be_altered() -> None:
    """It is a value: nothing turns a no into something else."""
    refusal = _asked(Bases(id=PERSON))
    assert isinstance(refusal, Refusal)
    with pytest.raises(dataclasses.FrozenInstanceError):
        refusal.code = "may"  # type: ignore[misc, assignment]  # that it cannot be is what is tested
    assert copy.copy(refusal) == refusal == Refusal("no_basis", OPEN)
    assert hash(refusal) == hash(Refusal("no_basis", OPEN))


CELLS = st.lists(st.builds(cell, st.sampled_from(AGENCIES), st.sampled_from(AGENCIES)), max_size=4).map(tuple)
DAYS = st.dates(date(2025, 1, 1), date(2029, 12, 31))
CONSENTS = st.builds(
    ConsentBasis, form_id=st.sampled_from("fgh"), revision=st.just(1), valid_from=DAYS, valid_to=DAYS, cells=CELLS,
    ended_at=st.none() | st.just(NOW),
)  # fmt: skip
ASSESSMENTS = st.builds(
    AssessmentBasis, assessment_id=st.sampled_from("abc"), provision=st.sampled_from([*the_law().codes, "osl_99_1"]),
    valid_from=st.datetimes(datetime(2025, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC)), valid_to=DAYS,
    cells=CELLS,
)  # fmt: skip
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))


@given(st.lists(CONSENTS, max_size=3), st.lists(ASSESSMENTS, max_size=3), MOMENTS)
def test_there_is_no_permit_without_a_basis_valid_at_that_instant(
    consents: list[ConsentBasis], assessments: list[AssessmentBasis], at: datetime
) -> None:
    """Whatever is known: a yes names a basis that holds then, by the law of that day; a no means that there is none."""
    bases = Bases(id=PERSON, consents=tuple(consents), assessments=tuple(assessments))
    on = local_day(at)
    for asked in (cell(one, other) for one in AGENCIES for other in AGENCIES):
        by_consent = [
            each.form_id
            for each in consents
            if asked in each.cells and not each.ended_at and each.valid_from <= on <= each.valid_to  # type: ignore[operator]  # drawn with both days
        ]
        by_assessment = [each.assessment_id for each in assessments if asked in each.cells and _holds(each, at)]
        answer = _asked(bases, at, asked=asked)
        if isinstance(answer, Permit):
            assert answer.basis_id in (by_consent if answer.kind == "consent" else by_assessment)
            assert (asked, at) == (answer.cell, answer.granted_at)
            assert at < answer.good_until
        else:
            assert [] == by_consent + by_assessment
            known = any(
                asked in cells for cells in [each.cells for each in consents] + [each.cells for each in assessments]
            )
            assert known or answer.code == "no_basis"


def _holds(each: AssessmentBasis, at: datetime) -> bool:
    on = local_day(at)
    rows = [row for row in the_law().rows if row.code == each.provision and row.enabled and row.is_in_force(on)]
    in_time = each.valid_from <= at and on <= each.valid_to
    return in_time and any(row.covers("other") and row.is_in_force(local_day(each.valid_from)) for row in rows)
