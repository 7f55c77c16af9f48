"""The rules of consent, case by case: who must sign, when a consent opens, and when it has ended."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from itertools import permutations

import pytest

from services.consent.facts import YOUTH, Signatory, sign_steps
from services.consent.rules import Standing, is_fully_signed, required_signatories, standing_at, start_of
from services.consent.scope import may_be_told, may_tell
from shared.clock import local_day
from shared.person import age_on, birthday_in
from tests.rules.consent_facts import (
    CELLS,
    FIRST,
    G1,
    G2,
    LAST,
    NOBODY,
    POLICE,
    SCHOOL,
    SOCIAL,
    STRANGER,
    Told,
    at,
    facts,
    form,
    signature,
    withdrawal,
)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_withdrawal_may_come_before_the_form_and_the_signatures(order: tuple[int, ...]) -> None:
    """The end of the story is the end of the consent, in each of the 24 orders."""
    told: list[Told] = [
        form(),
        signature(G1, at(FIRST)),
        signature(G2, at(FIRST)),
        withdrawal(G2, at(date(2026, 12, 1))),
    ]

    known = facts(*(told[place] for place in order))

    ended = Standing("withdrawn", (), "withdrawn", at(date(2026, 12, 1)))
    assert standing_at(known, at(date(2026, 12, 2))) == ended


def test_a_consent_is_active_when_the_last_guardian_has_signed() -> None:
    """Under 15 both guardians sign and nobody else; one is not enough."""
    one = facts(form(), signature(G1, at(FIRST, 8)))
    both = one.having(signature(G2, at(FIRST, 9)))

    assert standing_at(one, at(FIRST)) == Standing("pending")
    assert standing_at(both, at(FIRST)) == Standing("active", CELLS)


def test_a_consent_opens_on_its_first_day_and_ends_after_its_last() -> None:
    """Both ends of the validity are local midnights: it is active from 00.00 of the first day through the last."""
    known = facts(form(), signature(G1, at(date(2026, 11, 1))), signature(G2, at(date(2026, 11, 1))))
    just = timedelta(milliseconds=1)

    assert standing_at(known, start_of(FIRST) - just).state == "pending"
    assert standing_at(known, start_of(FIRST)).state == "active"
    assert standing_at(known, at(LAST, 23, 59)).state == "active"
    ended_at = start_of(date(2027, 5, 16))
    assert standing_at(known, ended_at) == Standing("expired", (), "expired", ended_at)


def test_withdrawn_cells_are_gone_and_the_last_of_them_ends_the_consent() -> None:
    """A part taken back leaves the rest; when nothing is left the consent has ended at that moment."""
    signed = facts(form(), signature(G1, at(FIRST)), signature(G2, at(FIRST)))
    partly = signed.having(withdrawal(G1, at(date(2026, 11, 20)), CELLS[:1]))
    nothing = partly.having(withdrawal(G2, at(date(2026, 11, 21)), CELLS[1:]))
    now = at(date(2026, 12, 1))

    assert standing_at(partly, now) == Standing("partly_withdrawn", CELLS[1:])
    assert standing_at(nothing, now) == Standing("withdrawn", (), "withdrawn", at(date(2026, 11, 21)))


def test_a_withdrawal_after_the_last_day_does_not_change_how_it_ended() -> None:
    """What ended first is how it ended."""
    known = facts(form(), withdrawal(G1, at(date(2027, 6, 1))))

    assert standing_at(known, at(date(2027, 6, 2))).reason == "expired"


def test_a_signature_dated_tomorrow_waits_and_a_clock_ten_minutes_ahead_does_not() -> None:
    """A sender's clock may be a little wrong; a signature of another day counts on that day only."""
    now = at(FIRST)
    ahead = facts(form(guardians=("g1",)), signature(G1, now + timedelta(minutes=10)))
    tomorrow = facts(form(guardians=("g1",)), signature(G1, now + timedelta(days=1)))

    assert standing_at(ahead, now).state == "active"
    assert standing_at(tomorrow, now).state == "pending"
    assert standing_at(tomorrow, now + timedelta(days=1)).state == "active"


@pytest.mark.parametrize(
    ("age", "required"), [(0, {G1, G2}), (14, {G1, G2}), (15, {G1, G2, YOUTH}), (17, {G1, G2, YOUTH}), (18, {YOUTH})]
)
def test_the_required_signatories_follow_from_the_age_on_the_day(age: int, required: set[Signatory]) -> None:
    """Under 15 all guardians; 15-17 the youth as well; from 18 the youth alone."""
    youngest = form(born=FIRST.replace(year=FIRST.year - age))

    assert required_signatories(youngest, FIRST) == required


@pytest.mark.parametrize(
    ("years", "before", "after"), [(15, {G1, G2}, {G1, G2, YOUTH}), (18, {G1, G2, YOUTH}, {YOUTH})]
)
def test_the_rule_changes_at_local_midnight_of_the_birthday(
    years: int, before: set[Signatory], after: set[Signatory]
) -> None:
    """23.59 is the old rule and 00.00 the new one, by Swedish clocks and not by UTC."""
    birthday = date(2027, 1, 20)
    issued = form(born=birthday.replace(year=birthday.year - years))
    midnight = start_of(birthday)

    assert required_signatories(issued, local_day(midnight - timedelta(minutes=1))) == before
    assert required_signatories(issued, local_day(midnight)) == after
    assert midnight.astimezone(UTC).date() == date(2027, 1, 19)


def test_a_form_completed_on_the_fifteenth_birthday_needs_the_youth() -> None:
    """The day of the last signature decides, to the minute of local midnight."""
    birthday = date(2027, 1, 20)
    issued = form(born=date(2012, 1, 20))
    evening, midnight = start_of(birthday) - timedelta(minutes=1), start_of(birthday)
    first = signature(G1, at(FIRST))

    assert standing_at(facts(issued, first, signature(G2, evening)), at(birthday)).state == "active"
    late = facts(issued, first, signature(G2, midnight))
    assert standing_at(late, at(birthday)).state == "pending"
    assert standing_at(late.having(signature(YOUTH, at(birthday))), at(birthday)).state == "active"


def test_a_birthday_alone_does_not_complete_a_form() -> None:
    """At 18 the youth's own act is needed: a missing guardian is not waived by the calendar."""
    birthday = date(2027, 1, 20)
    known = facts(form(born=date(2009, 1, 20)), signature(G1, at(FIRST)), signature(YOUTH, at(FIRST)))
    now = at(date(2027, 2, 1))

    assert standing_at(known, now).state == "pending"
    assert standing_at(known.having(signature(G2, at(birthday))), now).state == "pending"
    assert standing_at(known.having(signature(YOUTH, at(birthday))), now).state == "active"


def test_at_fifteen_the_youth_may_withdraw_and_before_that_may_not() -> None:
    """Those may withdraw who must sign that day, each alone, whether they have signed or not."""
    birthday = date(2027, 1, 20)
    signed = facts(form(born=date(2012, 1, 20)), signature(G1, at(FIRST)), signature(G2, at(FIRST)))
    child = signed.having(withdrawal(YOUTH, start_of(birthday) - timedelta(minutes=1)))
    youth = signed.having(withdrawal(YOUTH, start_of(birthday)))

    assert standing_at(child, at(birthday)).state == "active"
    assert standing_at(youth, at(birthday)).state == "withdrawn"


def test_strangers_bind_nobody() -> None:
    """A signature that the collecting agency does not vouch for, or a withdrawal from outside the scope, is nothing."""
    now = at(date(2026, 12, 1))
    signed = facts(form(), signature(G1, at(FIRST)), signature(G2, at(FIRST)))

    foreign = facts(form(), signature(G1, at(FIRST)), signature(G2, at(FIRST), told_by=POLICE))
    assert standing_at(foreign, now).state == "pending"
    assert standing_at(signed.having(withdrawal(G1, now, told_by=STRANGER)), now).state == "active"
    assert standing_at(signed.having(withdrawal(NOBODY, now)), now).state == "active"
    assert standing_at(signed.having(withdrawal(G1, now, told_by=POLICE)), now).state == "withdrawn"


def test_without_known_guardians_a_minor_cannot_consent() -> None:
    """Nobody required is not everybody signed."""
    issued = form(born=date(2010, 1, 1), guardians=())

    assert not is_fully_signed(issued, [signature(YOUTH, at(FIRST))], at(date(2026, 12, 1)))


@pytest.mark.parametrize("years", [15, 18])
def test_born_on_29_february_the_rule_changes_on_the_birthday_that_the_house_reckons(years: int) -> None:
    """The change is where the age is, in leap years and others, one day only."""
    born = date(2012, 2, 29)
    birthday = birthday_in(born.year + years, born)
    steps = sign_steps(born, birthday - timedelta(days=30), birthday + timedelta(days=30))

    assert [step.from_day for step in steps] == [birthday - timedelta(days=30), birthday]
    assert age_on(born, birthday) == years
    assert age_on(born, birthday - timedelta(days=1)) == years - 1


def test_who_turns_fifteen_before_the_first_day_signs_from_the_start() -> None:
    """What is signed ahead is judged by the first day of validity, not by the day of signing."""
    issued = form(born=date(2011, 11, 10))
    ahead = facts(issued, signature(G1, at(date(2026, 11, 1))), signature(G2, at(date(2026, 11, 1))))

    assert standing_at(ahead, at(FIRST)).state == "pending"
    assert standing_at(ahead.having(signature(YOUTH, at(date(2026, 11, 2)))), at(FIRST)).state == "active"


def test_a_known_fact_is_kept_once() -> None:
    """What is told twice is stored once, and the first form stays."""
    told: list[Told] = [form(), signature(G1, at(FIRST)), withdrawal(G1, at(FIRST))]

    assert facts(*told, *told, form(guardians=())) == facts(*told)


def test_each_agency_is_told_its_own_part_of_the_scope() -> None:
    """Receivers of the same categories share a row, and what passes between others is not there."""
    told = may_tell(CELLS, SCHOOL)
    heard = may_be_told(CELLS, SCHOOL)

    assert [row.model_dump(by_alias=True) for row in told] == [{"to": (POLICE, SOCIAL), "categories": ("behaviour",)}]
    assert [row.model_dump(by_alias=True) for row in heard] == [{"from": POLICE, "categories": ("risk_environment",)}]
    assert may_tell(CELLS, SOCIAL) == ()
