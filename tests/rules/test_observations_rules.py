"""When several agencies' observations make a concern, and who learns of it: any observations, in any order."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.observations.documents import Notice, Observation
from services.observations.rules import concern_window, notices_to_give, what_each_may_see
from shared.agencies import ConcernRule
from shared.events.event import Cell
from tests.rules.seen_observations import (
    AGENCIES,
    LEISURE,
    NOW,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    bases,
    cell,
    ended,
    narrowed,
    seen,
)

RULE = ConcernRule(agencies=3, days=28)
RULES = st.builds(ConcernRule, agencies=st.integers(2, 4), days=st.sampled_from([1, 2, 7, 28, 90]))
DAYS = st.integers(0, 60)
OBSERVATIONS = st.lists(st.builds(seen, st.sampled_from(AGENCIES), DAYS), max_size=8, unique_by=lambda each: each.id)
RECEIVERS = st.lists(st.sampled_from(AGENCIES), max_size=4, unique=True).map(tuple)
TOLD = st.lists(
    st.builds(lambda by, day, to: seen(by, day, told_to=to), st.sampled_from(AGENCIES), DAYS, RECEIVERS),
    max_size=10,
    unique_by=lambda each: each.id,
)
PAIRS = st.tuples(st.sampled_from(AGENCIES), st.sampled_from(AGENCIES)).filter(lambda pair: pair[0] != pair[1])
CELLS = st.lists(PAIRS.map(lambda pair: cell(*pair)), max_size=12, unique=True).map(tuple)
ALL_CELLS = tuple(cell(one, other) for one in AGENCIES for other in AGENCIES if one != other)


def _submitters(window: tuple[Observation, ...]) -> set[str]:
    return {each.submitted_by for each in window}


def _ids(window: tuple[Observation, ...]) -> list[str]:
    return list(dict.fromkeys(each.id for each in window))


@pytest.mark.parametrize(("days_apart", "is_concern"), [(0, True), (27, True), (28, False), (29, False)])
def test_twenty_eight_days_count_both_ends(days_apart: int, is_concern: bool) -> None:
    """The first and the last observation may be 27 days apart: that is 28 days. One more is too many."""
    window = concern_window([seen(SCHOOL), seen(POLICE, 5), seen(LEISURE, days_apart)], RULE)
    assert is_concern == bool(window)


@given(OBSERVATIONS, RULES, st.randoms(use_true_random=False))
def test_any_order_and_repetition_finds_the_same_window(
    seen_: list[Observation], rule: ConcernRule, order: Random
) -> None:
    """Which observations make the concern does not follow from when they came."""
    shuffled = seen_ * 2
    order.shuffle(shuffled)
    assert _ids(concern_window(seen_, rule)) == _ids(concern_window(shuffled, rule))


@given(OBSERVATIONS, RULES)
def test_there_is_a_window_exactly_when_some_days_in_a_row_hold_enough_agencies(
    seen_: list[Observation], rule: ConcernRule
) -> None:
    """Looked for the slow way, from every day; the window is within the days, and nothing later would do."""
    holding = {
        first: [each for each in seen_ if 0 <= (each.observed_on - first).days < rule.days]
        for first in {each.observed_on for each in seen_}
    }
    enough = [inside for inside in holding.values() if len({each.submitted_by for each in inside}) >= rule.agencies]
    window = concern_window(seen_, rule)
    assert bool(enough) == bool(window)
    if window:
        assert len(_submitters(window)) >= rule.agencies
        assert (window[-1].observed_on - window[0].observed_on).days < rule.days
        assert window[-1].observed_on == max(each.observed_on for inside in enough for each in inside)
        assert set(_ids(window)) <= {each.id for each in seen_}


def test_the_numbers_are_the_rules_own() -> None:
    """Two agencies within a week, as another municipality may have it, is no concern where three within 28 days are."""
    two = [seen(SCHOOL), seen(POLICE, 6)]
    assert concern_window(two, ConcernRule(agencies=2, days=7))
    assert not concern_window(two, ConcernRule(agencies=2, days=6))
    assert not concern_window(two, RULE)


def test_an_agency_that_sees_two_of_three_learns_nothing() -> None:
    """Social services see all three, leisure its own and the school's; only social services are told."""
    observations = [
        seen(SCHOOL, told_to=(SOCIAL, LEISURE)),
        seen(POLICE, told_to=(SOCIAL,)),
        seen(LEISURE, told_to=(SOCIAL,)),
    ]
    due = notices_to_give(what_each_may_see(bases(activated(*ALL_CELLS)), observations, NOW), [], RULE)
    assert [SOCIAL] == [agency for agency, _ in due]


@given(TOLD, CELLS, st.lists(CELLS, max_size=1), RULES)
def test_a_notice_lists_what_its_agency_may_see_and_nothing_else(
    observations: list[Observation], opened: tuple[Cell, ...], left: list[tuple[Cell, ...]], rule: ConcernRule
) -> None:
    """Its own observations, and those it was told on a cell that is still open; from as many agencies as it takes."""
    known = bases(activated(*opened), *(narrowed(*cells) for cells in left))
    open_cells = {*(left[0] if left else opened)}
    for agency, window in notices_to_give(what_each_may_see(known, observations, NOW), [], rule):
        for each in window:
            was_told = agency in each.told_to and cell(each.submitted_by, agency) in open_cells
            assert each.submitted_by == agency or was_told
        assert len(_submitters(window)) >= rule.agencies


@given(TOLD)
def test_an_ended_consent_carries_no_notice(observations: list[Observation]) -> None:
    """What an agency was told stays with it; the house says nothing new on the ground that is gone."""
    known = bases(activated(*ALL_CELLS), ended())
    assert [] == notices_to_give(what_each_may_see(known, observations, NOW), [], ConcernRule(agencies=2, days=90))


@given(TOLD, RULES, st.randoms(use_true_random=False))
def test_who_is_noticed_does_not_follow_from_the_order(
    observations: list[Observation], rule: ConcernRule, order: Random
) -> None:
    """The same observations in any order give the same notices."""
    known = bases(activated(*ALL_CELLS))
    shuffled = order.sample(observations, len(observations))
    due = [
        [(agency, _ids(window)) for agency, window in notices_to_give(what_each_may_see(known, each, NOW), [], rule)]
        for each in (observations, shuffled)
    ]
    assert due[0] == due[1]


@given(TOLD, RULES)
def test_what_has_been_noticed_is_not_noticed_again(observations: list[Observation], rule: ConcernRule) -> None:
    """Asked again with the notices given, nobody is due; no two notices to an agency name the same agencies."""
    may_see = what_each_may_see(bases(activated(*ALL_CELLS)), observations, NOW)
    given_: list[Notice] = []
    for count in range(len(observations) + 1):
        in_part = {agency: each[:count] for agency, each in may_see.items()}
        due = notices_to_give(in_part, given_, rule)
        given_ += [Notice(agency=agency, seen_by=tuple(sorted(_submitters(window)))) for agency, window in due]
        assert [] == notices_to_give(in_part, given_, rule)
    assert len(given_) == len({(each.agency, each.seen_by) for each in given_})


def test_a_further_agency_is_news_and_an_agency_less_is_not() -> None:
    """Three are noticed; then a fourth; then the three again, later in the year: nothing new."""
    three = [seen(by, told_to=(SOCIAL,)) for by in (SCHOOL, POLICE, LEISURE)]
    later = [seen(by, 100, told_to=(SOCIAL,)) for by in (SCHOOL, POLICE, LEISURE)]
    first, second = (SCHOOL, POLICE, LEISURE), (SOCIAL, SCHOOL, POLICE, LEISURE)
    given_ = [Notice(agency=SOCIAL, seen_by=first)]
    assert [] == notices_to_give({SOCIAL: three}, given_, RULE)
    ((_, window),) = notices_to_give({SOCIAL: [*three, seen(SOCIAL, 3)]}, given_, RULE)
    assert set(second) == _submitters(window)
    given_.append(Notice(agency=SOCIAL, seen_by=second))
    assert [] == notices_to_give({SOCIAL: [*three, *later]}, given_, RULE)
