"""Hypothesis draws whole stories: who it is about, and what agencies say one after the other, right and wrong.

Most stories must get somewhere, so forms often come with all their signatures, and ages lie close to a birthday that
matters. Whatever makes a story shorter makes it simpler: it is a list of small steps.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from deploy.demo.story import LEISURE, POLICE, SCHOOL, SOCIAL, local
from tests.stories.acts import (
    AGENCIES,
    CATEGORIES,
    Act,
    Again,
    Ask,
    Assess,
    Cast,
    ChangeGuardianship,
    Decline,
    Issue,
    Observe,
    Prevent,
    Protect,
    Row,
    Sign,
    Step,
    Turn,
    Withdraw,
)
from tests.stories.law import UNDER_21
from tests.stories.people import Youth

STARTS = [local("2026-11-16T10:15"), local("2027-02-26T10:15"), local("2028-02-27T10:15"), local("2029-02-26T10:15")]
"""An ordinary day, and days just before 28 or 29 February, in ordinary years and a leap year."""
FORMS, YOUTHS = (0, 1, 2), (0, 1)
SCOPES: list[tuple[Row, ...]] = [
    ((SCHOOL, (SOCIAL, POLICE), CATEGORIES),),
    ((SCHOOL, (POLICE,), ("school_absence",)),),
    ((POLICE, (SCHOOL,), ("risk_environment",)), (SCHOOL, (POLICE, LEISURE), ("school_absence",))),
    ((SOCIAL, (POLICE,), ("risk_environment",)),),
]
PARTS: list[tuple[Row, ...]] = [((SCHOOL, (POLICE,), ("school_absence",)),), ((SCHOOL, (SOCIAL,), CATEGORIES),)]
MINUTES = st.sampled_from([0, 0, 0, 1, 90, 26 * 60, -5, -120])
"""Before it is told; a few are dated ahead of the house's clock."""
PEOPLE = st.sampled_from(["g1", "g2", "g1", "g2", "youth", "g9"])
OTHER_WAYS = [
    "harm_test_no_harm", "osl_10_27_general_clause", "lag_2025_170_7_own_initiative", "sol_19_1_concern_report",
    "lag_2025_170_4_contact", "osl_10_99_no_such_row",
]  # fmt: skip
WRONG_ANSWERS: list[tuple[tuple[str, bool | str | None], ...]] = [
    (), (), (), (("unsuitable", True),), (("concerns_committed_crime", True),), (("concrete_circumstances", " "),),
    (("concrete_circumstances", None),), (("unsuitable", None),), (("unsuitable", "nej"),), (("extra", True),),
]  # fmt: skip


def _births(first_day: date) -> st.SearchStrategy[date]:
    """Draw a day of birth: a child, one born on 29 February, or somebody with a birthday within four days."""
    soon = st.builds(
        lambda years, days: _years_before(first_day + timedelta(days=days), years),
        st.sampled_from([15, 18, 18, 21, 21]),
        st.integers(0, 4),
    )
    leap = st.sampled_from([date(2012, 2, 29), date(2008, 2, 29), date(2012, 2, 29)])
    return st.one_of(st.just(date(2013, 6, 15)), soon, soon, leap)


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


@st.composite
def casts(draw: st.DrawFn) -> Cast:
    """Draw when a story begins and its two youths."""
    start = draw(st.sampled_from(STARTS))
    births = _births(start.date())
    return Cast(start, (Youth(draw(births), 0), Youth(draw(births), 1)))


def _issues() -> st.SearchStrategy[Issue]:
    return st.builds(
        Issue,
        st.sampled_from(FORMS),
        st.sampled_from(YOUTHS),
        st.sampled_from(SCOPES),
        guardians=st.sampled_from([2, 2, 1, 0]),
        from_days=st.sampled_from([0, 0, 0, -10, 2]),
        length=st.sampled_from([30, 30, 5, 1, 180]),
        renewal_of=st.sampled_from([None, None, 0, 1]),
        by=st.sampled_from([SOCIAL, SOCIAL, SOCIAL, SCHOOL]),
    )


def _all_sign(issue: Issue) -> list[Act]:
    who = [*(f"g{number + 1}" for number in range(issue.guardians)), "youth"]
    return [issue, *(Sign(issue.form, each, by=issue.by) for each in who)]


def _all_but_one_sign(issue: Issue, missing: int) -> list[Act]:
    signed = _all_sign(issue)
    return [*signed[: missing + 1], *signed[missing + 2 :]]


def _seen_in_scope(issue: Issue, number: int) -> list[Step]:
    """Return an observation that the form's first row opens."""
    releasing, _, categories = issue.rows[0]
    return [Observe(number, issue.youth, categories[0], by=releasing)]


def _assessed(number: int, youth: int, category: str, **changed: Any) -> list[Step]:
    """Return an assessment under the provision for those under 21, and something it lets the police be told."""
    seen = Observe(number + 10, youth, category, by=SOCIAL)
    return [Assess(number, youth, UNDER_21, SOCIAL, POLICE, category, **changed), seen]


def _assessed_any_way(number: int, youth: int, provision: str, way: list[str], category: str) -> list[Step]:
    """Return an assessment with right answers for any two agencies, and something that it would let be told."""
    assessed = Assess(number, youth, provision, way[0], way[1], category, by=way[0])
    return [assessed, Observe(number + 20, youth, category, by=way[0])]


ANSWERING: dict[str, Any] = {
    "form": st.sampled_from([0, 0, 0, *FORMS]),
    "who": PEOPLE,
    "minutes": MINUTES,
    "by": st.sampled_from([SOCIAL, SOCIAL, SOCIAL, SOCIAL, SCHOOL, LEISURE]),
}
NUMBERS = st.integers(0, 9)
OPENING: st.SearchStrategy[list[Step]] = st.one_of(
    _issues().map(_all_sign),
    st.builds(lambda issue, number: [*_all_sign(issue), *_seen_in_scope(issue, number)], _issues(), NUMBERS),
    st.builds(_assessed, NUMBERS, st.sampled_from(YOUTHS), st.sampled_from(CATEGORIES), days=st.sampled_from([10, 60])),
    st.builds(_all_but_one_sign, _issues(), st.integers(0, 2)),
    st.builds(lambda act: [act], st.builds(Sign, **ANSWERING)),
    st.builds(lambda form, who: [Prevent(form, who)], st.sampled_from(FORMS), PEOPLE),
    st.builds(
        lambda *drawn, **named: [Assess(*drawn, **named)],
        NUMBERS,
        st.sampled_from(YOUTHS),
        st.just(UNDER_21),
        st.sampled_from([SOCIAL, SOCIAL, SOCIAL, SCHOOL]),
        st.sampled_from([POLICE, POLICE, POLICE, SCHOOL]),
        st.sampled_from(CATEGORIES),
        days=st.sampled_from([10, 1, 0, 60]),
        minutes=MINUTES,
        answers=st.sampled_from(WRONG_ANSWERS),
        by=st.sampled_from([SOCIAL, SOCIAL, SOCIAL, POLICE]),
    ),
    st.builds(
        _assessed_any_way,
        NUMBERS,
        st.sampled_from(YOUTHS),
        st.sampled_from([UNDER_21, *OTHER_WAYS]),
        st.permutations([SCHOOL, SOCIAL, POLICE, LEISURE]),
        st.sampled_from(CATEGORIES),
    ),
)
SEEING: st.SearchStrategy[list[Step]] = st.one_of(
    st.builds(
        lambda number, youth, category, by: [Observe(number, youth, category, by=by)],
        NUMBERS,
        st.sampled_from(YOUTHS),
        st.sampled_from(CATEGORIES),
        st.sampled_from([SCHOOL, SCHOOL, POLICE, SOCIAL, LEISURE]),
    ),
    st.builds(
        lambda number, youth, to, category, by: [Ask(number, youth, to, category, by=by)],
        NUMBERS,
        st.sampled_from(YOUTHS),
        st.sampled_from(AGENCIES),
        st.sampled_from(CATEGORIES),
        st.sampled_from([SCHOOL, POLICE, SOCIAL]),
    ),
)
NOES: st.SearchStrategy[list[Step]] = st.one_of(
    st.builds(lambda act: [act], st.builds(Withdraw, **ANSWERING, rows=st.sampled_from([None, None, *PARTS]))),
    st.builds(lambda act: [act], st.builds(Decline, **ANSWERING)),
)
CLOSING: st.SearchStrategy[list[Step]] = st.one_of(
    NOES,
    NOES,
    st.builds(
        lambda number, youth, days: [ChangeGuardianship(number, youth, days)],
        NUMBERS,
        st.sampled_from(YOUTHS),
        st.sampled_from([0, 0, 3, -2]),
    ),
    st.builds(lambda number, youth: [Protect(number, youth)], NUMBERS, st.sampled_from(YOUTHS)),
)
TURNING: st.SearchStrategy[list[Step]] = st.one_of(
    st.builds(
        lambda days, clock: [Turn(days, *clock)],
        st.sampled_from([0, 1, 1, 2, 3, 4, 5, 30]),
        st.sampled_from([(0, 0), (0, 1), (23, 59), (12, 0)]),
    ),
    st.builds(lambda back: [Again(back)], st.integers(1, 8)),
)


def _flat(parts: list[list[Step]]) -> list[Step]:
    return [step for part in parts for step in part]


STORIES = st.lists(st.one_of(OPENING, SEEING, SEEING, CLOSING, TURNING), max_size=8).map(_flat)
"""Everything that can be said, in any order, while days pass."""

OPENED: st.SearchStrategy[list[Step]] = st.builds(
    lambda issue, number, steps, again: [*_all_sign(issue), *steps, *_seen_in_scope(issue, number), *again],
    st.builds(Issue, st.just(0), st.just(0), st.sampled_from(SCOPES), length=st.sampled_from([30, 30, 3, 180])),
    NUMBERS,
    STORIES,
    STORIES,
)
"""The same around a form that all have signed and something seen in its scope."""


def _each_once(acts: list[Step]) -> list[Act]:
    """Leave out what says another thing under an id used before, and what only time or order gives a meaning."""
    seen: set[tuple[str, Any]] = set()
    kept: list[Act] = []
    for act in acts:
        match act:
            case Issue(form=form):
                key: tuple[str, Any] = ("form", form)
            case Observe(number=number) | Assess(number=number):
                key = (type(act).__name__, number)
            case Prevent(form=form):
                key = ("prevented", form)  # of two, which came first decides whose signature is needed still
            case Act():
                key = ("", len(kept))
            case _:
                continue
        if key not in seen:
            seen.add(key)
            kept.append(act)
    return kept


def _without_renewal(steps: list[Step]) -> list[Step]:
    return [replace(step, renewal_of=None) if isinstance(step, Issue) else step for step in steps]


_SAID = st.lists(st.one_of(OPENING, SEEING, SEEING, NOES), max_size=8).map(_flat)
_SIGNED = st.builds(Issue, st.just(0), st.just(0), st.sampled_from(SCOPES), length=st.just(30))
BEGUN: st.SearchStrategy[list[Step]] = st.one_of(
    _SIGNED.map(_all_sign),
    st.builds(_all_but_one_sign, _SIGNED, st.integers(0, 2)),
    st.builds(_assessed, NUMBERS, st.just(0), st.sampled_from(CATEGORIES), days=st.sampled_from([10, 60])),
)
"""A form for the first youth, signed by all or by all but one, or an assessment about it."""
AT_ONE_INSTANT: st.SearchStrategy[list[Act]] = st.builds(
    lambda issue, number, said, noes: _each_once(
        _without_renewal([*_all_sign(issue), *_seen_in_scope(issue, number), *said, *noes])
    ),
    _SIGNED,
    NUMBERS,
    _SAID,
    st.lists(
        st.builds(
            Withdraw,
            st.just(0),
            st.sampled_from(["g1", "g2"]),
            rows=st.sampled_from([None, None, *PARTS]),
        ),
        max_size=2,
    ),
).map(lambda acts: [act for act in acts if not isinstance(act, Ask)])
"""What may come in any order and have the same end: no custody that changes, for it matters which forms it finds."""

RENEWED: st.SearchStrategy[list[Act]] = st.builds(
    lambda old, new, numbers, late: _each_once(
        [
            *_all_sign(old),
            *_all_sign(replace(new, form=1, youth=old.youth, renewal_of=0))[: late or None],
            *(step for number in numbers for step in _seen_in_scope(old if number % 2 else new, number)),
        ]
    ),
    _SIGNED,
    _SIGNED,
    st.lists(NUMBERS, max_size=4),
    st.sampled_from([0, 0, 2]),
)
"""A form and another that renews it, signed by all or not yet."""
