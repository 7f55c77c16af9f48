"""Who may be told what: nothing known means refused, and only the gate opens."""

from __future__ import annotations

import copy
import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import LOCAL_ZONE
from shared.ends import resting_on
from shared.events.consent import ConsentActivated, ConsentEnded, ConsentNarrowed
from shared.events.event import Cell
from shared.gate import WAIVER, Bases, ConsentBasis, Permit, Refusal, learn, may_tell, receivers_of
from tests.rules.seen_observations import (
    AGENCIES,
    FIRST,
    LAST,
    LEISURE,
    NOW,
    PERSON,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    bases,
    cell,
    ended,
    narrowed,
)

Said = ConsentActivated | ConsentNarrowed | ConsentEnded
OPEN = cell(SCHOOL, POLICE)
OTHER = cell(SCHOOL, SOCIAL)


def _asked(known: Bases, asked: Cell = OPEN, at: datetime = NOW) -> Permit | Refusal:
    return may_tell(known, from_=asked.released_by, to=asked.received_by, category=asked.category, at=at)


def _opens(known: Bases, asked: Cell = OPEN, at: datetime = NOW) -> bool:
    return isinstance(_asked(known, asked, at), Permit)


def test_nothing_known_is_a_no() -> None:
    """Without any basis, and without one for this cell, the answer is a refusal with its code."""
    assert Refusal("no_basis", OPEN) == _asked(Bases(id=PERSON))
    assert Refusal("no_basis", OTHER) == _asked(bases(activated(OPEN)), OTHER)
    assert [] == receivers_of(Bases(id=PERSON), from_=SCHOOL, category="other", at=NOW)


@pytest.mark.parametrize(
    "asked",
    [cell(POLICE, SCHOOL), cell(SCHOOL, LEISURE), cell(LEISURE, POLICE), cell(SCHOOL, POLICE, "behaviour")],
)
def test_a_basis_opens_its_own_cell_only(asked: Cell) -> None:
    """Not the other way round, not to another, not by another, not another category."""
    assert not _opens(bases(activated(OPEN)), asked)


def test_a_permit_says_who_what_and_why() -> None:
    """Person, cell, consent, its last day and the provision: all that the disclosure register needs."""
    permit = _asked(bases(activated(OPEN)))
    assert isinstance(permit, Permit)
    rest = (permit.basis_id, permit.valid_until, permit.granted_at, permit.kind, permit.provision)
    assert (PERSON, OPEN) == (permit.person_ref, permit.cell)
    assert ("form-1", LAST, NOW, "consent", WAIVER) == rest
    assert ("form-1", "form-1:2182-school:2182-police:other") == permit.rests_on
    assert resting_on("form-1", OPEN) == permit.rests_on[1]


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=LOCAL_ZONE) - timedelta(milliseconds=1), False),
        (datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=LOCAL_ZONE), True),
        (datetime(LAST.year, LAST.month, LAST.day, 23, 59, 59, 999_000, tzinfo=LOCAL_ZONE), True),
        (datetime(LAST.year, LAST.month, LAST.day, tzinfo=LOCAL_ZONE) + timedelta(days=1), False),
        (datetime(2026, 11, 15, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 15, 23, 0, tzinfo=UTC), True),
        (datetime(2027, 5, 15, 21, 59, 59, tzinfo=UTC), True),
        (datetime(2027, 5, 15, 22, 0, tzinfo=UTC), False),
    ],
)
def test_a_consent_holds_from_its_first_to_its_last_swedish_day(moment: datetime, is_open: bool) -> None:
    """Both days are in, from midnight to midnight in Stockholm, in winter and in summer time."""
    known = bases(activated(OPEN))
    assert is_open == _opens(known, at=moment)
    assert is_open == _opens(known, at=moment.astimezone(UTC))
    assert is_open == bool(receivers_of(known, from_=SCHOOL, category="other", at=moment))


def test_a_moment_without_zone_is_no_moment() -> None:
    """Whose midnight it would be cannot be known, so nothing is answered."""
    with pytest.raises(ValueError, match="time zone"):
        _opens(bases(activated(OPEN)), at=datetime(2026, 12, 1, 12))


def test_each_lawful_receiver_has_a_permit_of_its_own() -> None:
    """Sorted, each once, from two consents; the first by form stands where both open the same."""
    known = bases(activated(OPEN, OTHER, form_id="form-2"), activated(OPEN, cell(POLICE, LEISURE), form_id="form-1"))
    permits = receivers_of(known, from_=SCHOOL, category="other", at=NOW)
    assert [(POLICE, "form-1"), (SOCIAL, "form-2")] == [(each.cell.received_by, each.basis_id) for each in permits]


def test_another_consent_still_opens_what_one_that_ended_does_not() -> None:
    """Bases stand beside each other: one end does not end the other."""
    known = bases(activated(OPEN), activated(OPEN, form_id="form-2"), ended("form-1"))
    permit = _asked(known)
    assert isinstance(permit, Permit)
    assert "form-2" == permit.basis_id


def test_what_is_taken_back_is_closed_and_named() -> None:
    """Learning that a consent is narrowed or has ended gives the cells that are closed by it."""
    known = bases(activated(OPEN, OTHER))
    assert [OTHER] == learn(known, narrowed(OPEN))
    assert (True, False) == (_opens(known), _opens(known, OTHER))
    assert [OPEN] == learn(known, ended())
    assert not _opens(known)
    assert [] == learn(known, ended())


STORY: tuple[Said, ...] = (activated(OPEN, OTHER), narrowed(OPEN), narrowed(revision=3), ended())


@pytest.mark.parametrize("order", list(permutations(STORY)))
def test_an_end_is_an_end_in_any_order(order: tuple[Said, ...]) -> None:
    """An activation, two withdrawals in part and an end: once the end is heard nothing is open, before or after."""
    known = Bases(id=PERSON)
    has_ended = False
    for event in order:
        learn(known, event)
        has_ended = has_ended or isinstance(event, ConsentEnded)
        assert not (has_ended and (_opens(known) or _opens(known, OTHER)))
    (basis,) = known.consents
    assert basis.ended_at is not None


CELLS = st.lists(
    st.sampled_from([cell(one, other) for one in AGENCIES for other in AGENCIES if one != other]),
    max_size=5,
    unique=True,
)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["form-1", "form-2"]), st.integers(1, 5), CELLS, st.booleans()), max_size=8
).map(
    lambda drawn: [
        # One revision of a form says one thing.
        ended(form_id) if has_ended else narrowed(*cells, form_id=form_id, revision=revision)
        for (form_id, revision), (cells, has_ended) in {(f, r): (c, e and r == 5) for f, r, c, e in drawn}.items()
    ]
)


@given(EVENTS, st.randoms(use_true_random=False))
def test_late_and_repeated_events_change_nothing(events: list[Said], order: Random) -> None:
    """Shuffled and doubled, what has been said leaves the same open: the newest revision's cells, unless it ended."""
    shuffled = events * 2
    order.shuffle(shuffled)
    known, again = bases(*events), bases(*shuffled)
    for asked in (cell(one, other) for one in AGENCIES for other in AGENCIES if one != other):
        assert _opens(known, asked) == _opens(again, asked)
        assert _opens(known, asked) == any(_newest_opens(events, form_id, asked) for form_id in ("form-1", "form-2"))


def _newest_opens(events: list[Said], form_id: str, asked: Cell) -> bool:
    said = [each for each in events if each.form_id == form_id]
    if not said or any(isinstance(each, ConsentEnded) for each in said):
        return False
    newest = max(said, key=lambda each: each.revision)
    return not isinstance(newest, ConsentEnded) and asked in newest.cells


def test_a_permit_cannot_be_made_outside_the_gate() -> None:
    """Neither with a maker of one's own nor as an altered copy: whoever holds one has asked."""
    basis = ConsentBasis(form_id="form-1", revision=1, valid_from=FIRST, valid_to=LAST, cells=(OPEN,))
    make = cast("Any", Permit)
    for maker in (None, object(), Permit, "gate"):
        with pytest.raises(TypeError, match="only the gate"):
            make(maker, PERSON, OPEN, basis, NOW)
    permit = _asked(bases(activated(OPEN)))
    assert isinstance(permit, Permit)
    with pytest.raises(TypeError):
        dataclasses.replace(permit, cell=OTHER)
    with pytest.raises(dataclasses.FrozenInstanceError):
        permit.cell = OTHER  # type: ignore[misc]  # that it cannot be is what is tested
    assert copy.copy(permit) == permit
