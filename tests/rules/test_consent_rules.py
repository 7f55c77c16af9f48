"""The rules of consent, case by case: who must sign, when a consent opens, and when it has ended."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from itertools import permutations

import pytest

from services.consent.rules import days_to_look, expiring_on, reviews_after_changes, reviews_while_open
from shared.clock import local_day, start_of
from shared.consents.facts import CircumstanceKind
from shared.consents.scope import what_it_may_be_told, what_it_may_tell
from shared.consents.standing import Standing, opened_at, standing_at
from shared.person import age_on, birthday_in
from shared.policy.signing import YOUTH, Signatory
from tests.rules.consent_facts import (
    CELLS,
    CHILD,
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
    circumstance,
    decline,
    facts,
    form,
    prevention,
    signature,
    supersession,
    withdrawal,
)

BIRTHDAY = date(2027, 1, 20)
TURNS_15, TURNS_18 = date(2012, 1, 20), date(2009, 1, 20)
SIGNED = facts(form(), signature(G1, at(FIRST)), signature(G2, at(FIRST)))


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
    assert standing_at(known, CHILD, at(date(2026, 12, 2))) == ended


def test_a_consent_is_active_when_the_last_guardian_has_signed() -> None:
    """Under 15 both guardians sign and nobody else; one is not enough."""
    one = facts(form(), signature(G1, at(FIRST, 8)))
    both = one.having(signature(G2, at(FIRST, 9)))

    assert standing_at(one, CHILD, at(FIRST)) == Standing("pending")
    assert standing_at(both, CHILD, at(FIRST)) == Standing("active", CELLS)


def test_a_consent_opens_on_its_first_day_and_ends_after_its_last() -> None:
    """Both ends of the validity are local midnights: it is active from 00.00 of the first day through the last."""
    known = facts(form(), signature(G1, at(date(2026, 11, 1))), signature(G2, at(date(2026, 11, 1))))
    just = timedelta(milliseconds=1)

    assert standing_at(known, CHILD, start_of(FIRST) - just).state == "pending"
    assert standing_at(known, CHILD, start_of(FIRST)).state == "active"
    assert standing_at(known, CHILD, at(LAST, 23, 59)).state == "active"
    ended_at = start_of(date(2027, 5, 16))
    assert standing_at(known, CHILD, ended_at) == Standing("expired", (), "expired", ended_at)


def test_withdrawn_cells_are_gone_and_the_last_of_them_ends_the_consent() -> None:
    """A part taken back leaves the rest; when nothing is left the consent has ended at that moment."""
    signed = facts(form(), signature(G1, at(FIRST)), signature(G2, at(FIRST)))
    partly = signed.having(withdrawal(G1, at(date(2026, 11, 20)), CELLS[:1]))
    nothing = partly.having(withdrawal(G2, at(date(2026, 11, 21)), CELLS[1:]))
    now = at(date(2026, 12, 1))

    assert standing_at(partly, CHILD, now) == Standing("partly_withdrawn", CELLS[1:])
    assert standing_at(nothing, CHILD, now) == Standing("withdrawn", (), "withdrawn", at(date(2026, 11, 21)))


def test_a_withdrawal_after_the_last_day_does_not_change_how_it_ended() -> None:
    """What ended first is how it ended."""
    known = facts(form(), withdrawal(G1, at(date(2027, 6, 1))))

    assert standing_at(known, CHILD, at(date(2027, 6, 2))).reason == "expired"


def test_a_signature_dated_tomorrow_waits_and_a_clock_ten_minutes_ahead_does_not() -> None:
    """A sender's clock may be a little wrong; a signature of another day counts on that day only."""
    now = at(FIRST)
    ahead = facts(form(guardians=("g1",)), signature(G1, now + timedelta(minutes=10)))
    tomorrow = facts(form(guardians=("g1",)), signature(G1, now + timedelta(days=1)))

    assert standing_at(ahead, CHILD, now).state == "active"
    assert standing_at(tomorrow, CHILD, now).state == "pending"
    assert standing_at(tomorrow, CHILD, now + timedelta(days=1)).state == "active"


@pytest.mark.parametrize(
    ("age", "required"), [(0, {G1, G2}), (14, {G1, G2}), (15, {G1, G2, YOUTH}), (17, {G1, G2, YOUTH}), (18, {YOUTH})]
)
def test_the_required_signatories_follow_from_the_age_on_the_day(age: int, required: set[Signatory]) -> None:
    """Under 15 all guardians; 15-17 the youth as well; from 18 the youth alone."""
    assert form().signing(FIRST.replace(year=FIRST.year - age)).required_on(FIRST) == required


@pytest.mark.parametrize(
    ("years", "before", "after"), [(15, {G1, G2}, {G1, G2, YOUTH}), (18, {G1, G2, YOUTH}, {YOUTH})]
)
def test_the_rule_changes_at_local_midnight_of_the_birthday(
    years: int, before: set[Signatory], after: set[Signatory]
) -> None:
    """23.59 is the old rule and 00.00 the new one, by Swedish clocks and not by UTC."""
    signing = form().signing(BIRTHDAY.replace(year=BIRTHDAY.year - years))
    midnight = start_of(BIRTHDAY)

    assert signing.required_on(local_day(midnight - timedelta(minutes=1))) == before
    assert signing.required_on(local_day(midnight)) == after
    assert midnight.astimezone(UTC).date() == date(2027, 1, 19)


def test_a_form_completed_on_the_fifteenth_birthday_needs_the_youth() -> None:
    """The day of the last signature decides, to the minute of local midnight."""
    evening, midnight = start_of(BIRTHDAY) - timedelta(minutes=1), start_of(BIRTHDAY)
    first = signature(G1, at(FIRST))

    assert standing_at(facts(form(), first, signature(G2, evening)), TURNS_15, at(BIRTHDAY)).state == "active"
    late = facts(form(), first, signature(G2, midnight))
    assert standing_at(late, TURNS_15, at(BIRTHDAY)).state == "pending"
    assert standing_at(late.having(signature(YOUTH, at(BIRTHDAY))), TURNS_15, at(BIRTHDAY)).state == "active"


def test_a_birthday_alone_does_not_complete_a_form() -> None:
    """At 18 the youth's own act is needed: a missing guardian is not waived by the calendar."""
    known = facts(form(), signature(G1, at(FIRST)), signature(YOUTH, at(FIRST)))
    now = at(date(2027, 2, 1))

    assert standing_at(known, TURNS_18, now).state == "pending"
    assert standing_at(known.having(signature(G2, at(BIRTHDAY))), TURNS_18, now).state == "pending"
    assert standing_at(known.having(signature(YOUTH, at(BIRTHDAY))), TURNS_18, now).state == "active"


def test_what_guardians_opened_ends_at_local_midnight_of_the_eighteenth_birthday() -> None:
    """The youth's signature at 17 does not carry it on, and a signature at 18 does not bring it back."""
    known = SIGNED.having(signature(YOUTH, at(FIRST)))
    midnight = start_of(BIRTHDAY)

    assert standing_at(known, TURNS_18, midnight - timedelta(minutes=1)).state == "active"
    ended = Standing("invalidated", (), "turned_18", midnight)
    assert standing_at(known, TURNS_18, midnight) == ended
    assert standing_at(known.having(signature(YOUTH, at(BIRTHDAY))), TURNS_18, at(LAST)) == ended


def test_what_a_grown_youth_opened_alone_does_not_end_on_a_birthday() -> None:
    """From 18 on no birthday changes anything."""
    known = facts(form(guardians=()), signature(YOUTH, at(FIRST)))

    assert standing_at(known, date(2008, 1, 20), at(LAST)).state == "active"


def test_at_fifteen_the_youth_may_withdraw_and_before_that_may_not() -> None:
    """Those may withdraw who must sign that day, each alone, whether they have signed or not."""
    child = SIGNED.having(withdrawal(YOUTH, start_of(BIRTHDAY) - timedelta(minutes=1)))
    youth = SIGNED.having(withdrawal(YOUTH, start_of(BIRTHDAY)))

    assert standing_at(child, TURNS_15, at(BIRTHDAY)).state == "active"
    assert standing_at(youth, TURNS_15, at(BIRTHDAY)).state == "withdrawn"


def test_a_required_signatorys_no_ends_the_form_and_a_childs_is_recorded() -> None:
    """A guardian's no ends it, signed before or not; a child under 15 is heard and decides nothing."""
    moment = at(date(2026, 11, 20))
    one = facts(form(), signature(G1, at(FIRST)))
    ended = Standing("declined", (), "declined", moment)

    assert standing_at(one.having(decline(G2, moment)), CHILD, moment) == ended
    assert standing_at(SIGNED.having(decline(G2, moment)), CHILD, moment) == ended
    assert standing_at(SIGNED.having(decline(YOUTH, moment)), CHILD, moment).state == "active"
    assert standing_at(SIGNED.having(decline(YOUTH, moment)), date(2011, 1, 1), moment).state == "declined"
    assert standing_at(SIGNED.having(decline(G2, moment, told_by=POLICE)), CHILD, moment).state == "active"
    assert standing_at(SIGNED.having(decline(NOBODY, moment)), CHILD, moment).state == "active"


def test_a_prevented_guardians_signature_is_not_waited_for_from_the_moment_it_is_recorded() -> None:
    """Föräldrabalken 6 kap. 13 §: the other guardian signs alone, and the youth of 15 as well as before."""
    recorded_at = at(date(2026, 11, 18))
    known = facts(form(), signature(G1, at(FIRST)), prevention(G2, recorded_at))

    assert standing_at(known, CHILD, recorded_at - timedelta(hours=1)).state == "pending"
    assert standing_at(known, CHILD, recorded_at).state == "active"
    assert opened_at(known, CHILD, recorded_at) == recorded_at
    assert standing_at(known, date(2011, 1, 1), recorded_at).state == "pending"


def test_one_guardian_at_least_must_sign_and_only_who_collects_the_form_can_excuse_another() -> None:
    """Where all are said to be prevented nobody is, and a stranger excuses nobody."""
    now = at(date(2026, 12, 1))
    one = facts(form(), signature(G1, at(FIRST)))

    both = one.having(prevention(G2, at(FIRST))).having(prevention(G1, at(FIRST)))
    assert standing_at(both, CHILD, now).state == "pending"
    assert standing_at(one.having(prevention(G2, at(FIRST), told_by=POLICE)), CHILD, now).state == "pending"
    alone = facts(form(guardians=("g1",)), prevention(G1, at(FIRST)))
    assert standing_at(alone, CHILD, now).state == "pending"


def test_a_prevented_guardian_who_says_no_after_all_is_heard() -> None:
    """To be prevented takes away a duty, not a right: the no ends the consent."""
    later = at(date(2026, 12, 1))
    known = facts(form(), signature(G1, at(FIRST)), prevention(G2, at(FIRST)))

    assert standing_at(known.having(withdrawal(G2, later)), CHILD, later).reason == "withdrawn"
    assert standing_at(known.having(decline(G2, later)), CHILD, later).reason == "declined"
    assert standing_at(known.having(signature(G2, later)), CHILD, later).state == "active"


def test_a_renewed_consent_is_superseded_by_a_form_of_the_same_agency_only() -> None:
    """A form of another agency, about another youth or programme takes nobody's place."""
    moment = at(date(2027, 4, 1))

    assert standing_at(SIGNED.having(supersession(moment)), CHILD, moment) == Standing(
        "superseded", (), "superseded", moment
    )
    assert standing_at(SIGNED.having(supersession(moment, collected_by=POLICE)), CHILD, moment).state == "active"


def test_a_change_of_guardianship_ends_what_rests_on_guardians() -> None:
    """Not before its day, not before it is heard of; and not what the youth alone has signed."""
    day = date(2026, 12, 7)
    known = SIGNED.having(circumstance("guardianship_changed", day, at(date(2026, 12, 1)), found_form=True))
    youth = facts(form(guardians=()), signature(YOUTH, at(FIRST)), known.circumstances[0])

    assert standing_at(known, CHILD, start_of(day) - timedelta(minutes=1)).state == "active"
    ended = Standing("invalidated", (), "invalidated", start_of(day))
    assert standing_at(known, CHILD, start_of(day)) == ended
    assert standing_at(youth, date(2008, 1, 1), at(LAST)).state == "active"


@pytest.mark.parametrize(
    ("on", "signed_on", "found_form", "is_over"),
    [
        (FIRST + timedelta(days=1), FIRST + timedelta(days=2), False, True),
        (FIRST, FIRST - timedelta(days=2), False, True),
        (FIRST, FIRST, False, False),
        (FIRST, FIRST, True, True),
        (FIRST - timedelta(days=9), FIRST, True, True),
        (FIRST - timedelta(days=9), FIRST, False, False),
    ],
)
def test_a_form_that_comes_after_a_change_is_of_the_time_before_by_its_first_day_or_a_signature(
    on: date, signed_on: date, *, found_form: bool, is_over: bool
) -> None:
    """A late form is caught; a new one, made after the change, is not; what the house had when it heard always is."""
    change = circumstance("guardianship_changed", on, at(FIRST, 9), found_form=found_form)
    known = facts(form(), change, signature(G1, at(signed_on)), signature(G2, at(signed_on)))

    assert (standing_at(known, CHILD, at(LAST)).state == "invalidated") == is_over


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("secrecy_marking", "active"),
        ("protected_registration", "invalidated"),
        ("fictitious_identity", "invalidated"),
    ],
)
def test_a_protected_identity_ends_every_consent_and_a_marking_asks_for_a_review(
    kind: CircumstanceKind, state: str
) -> None:
    """OSL 21 kap. 3 and 3 a §§: where the youth lives is spread no further; a marking is a warning to look twice."""
    change = circumstance(kind, FIRST, at(date(2026, 12, 1)), found_form=True)
    known = SIGNED.having(change)

    assert standing_at(known, CHILD, at(date(2026, 12, 2))).state == state
    assert [(each.reason, each.due_on) for each in reviews_after_changes(known, CHILD)] == [
        ("protected_identity", date(2026, 12, 15))
    ]


def test_of_several_ends_the_first_is_the_end() -> None:
    """How a consent ended never changes with what comes after."""
    ends: list[Told] = [
        withdrawal(G1, at(date(2026, 12, 3))),
        decline(G2, at(date(2026, 12, 2))),
        supersession(at(date(2026, 12, 4))),
        circumstance("guardianship_changed", date(2026, 12, 1), at(date(2026, 12, 1), 9), found_form=True),
    ]
    for order in permutations(ends):
        known = SIGNED
        for end in order:
            known = known.having(end)
        assert standing_at(known, CHILD, at(LAST)).ended_at == at(date(2026, 12, 1), 9)


def test_the_collecting_agency_is_warned_a_month_before_a_birthday_that_changes_who_must_sign() -> None:
    """From 30 days before until the day itself, while the consent is open, and by the birthday at the latest."""
    signed = SIGNED.having(signature(YOUTH, at(FIRST)))

    for born, reason in ((TURNS_15, "turns_15"), (TURNS_18, "turns_18")):
        assert list(reviews_while_open(signed, born, start_of(date(2026, 12, 20)) - timedelta(minutes=1))) == []
        for moment in (start_of(date(2026, 12, 21)), at(date(2027, 1, 19))):
            [review] = reviews_while_open(signed, born, moment)
            assert (review.reason, review.due_on) == (reason, BIRTHDAY)
        assert list(reviews_while_open(signed, born, start_of(BIRTHDAY))) == []


def test_a_child_that_nobody_has_heard_is_to_be_heard() -> None:
    """Two weeks after the first day the agency is reminded, unless the child has said yes or no."""
    day = FIRST + timedelta(days=14)

    assert list(reviews_while_open(SIGNED, CHILD, start_of(day) - timedelta(minutes=1))) == []
    [review] = reviews_while_open(SIGNED, CHILD, start_of(day))
    assert review == ("child_view_missing", day + timedelta(days=14), "")
    for view in (signature(YOUTH, at(FIRST)), decline(YOUTH, at(FIRST))):
        assert list(reviews_while_open(SIGNED.having(view), CHILD, start_of(day))) == []


def test_a_short_consent_is_not_said_to_expire_before_it_has_begun() -> None:
    """Of the two notices those are said whose day is within the validity."""
    assert expiring_on(form()) == [LAST - timedelta(days=30), LAST - timedelta(days=7)]
    short = form().model_copy(update={"valid_to": FIRST + timedelta(days=20)})
    assert expiring_on(short) == [FIRST + timedelta(days=13)]


def test_a_consent_is_looked_at_on_every_day_that_may_change_something() -> None:
    """First and last day, notices, birthdays and the warnings before them: within the validity and no others."""
    days = days_to_look(SIGNED, TURNS_18)

    assert {FIRST, date(2026, 12, 21), BIRTHDAY, date(2027, 4, 15), date(2027, 5, 8), date(2027, 5, 16)} <= set(days)
    assert min(days) == FIRST
    assert max(days) == LAST + timedelta(days=1)


def test_strangers_bind_nobody() -> None:
    """A signature that the collecting agency does not vouch for, or a withdrawal from outside the scope, is nothing."""
    now = at(date(2026, 12, 1))
    signed = facts(form(), signature(G1, at(FIRST)), signature(G2, at(FIRST)))

    foreign = facts(form(), signature(G1, at(FIRST)), signature(G2, at(FIRST), told_by=POLICE))
    assert standing_at(foreign, CHILD, now).state == "pending"
    assert standing_at(signed.having(withdrawal(G1, now, told_by=STRANGER)), CHILD, now).state == "active"
    assert standing_at(signed.having(withdrawal(NOBODY, now)), CHILD, now).state == "active"
    assert standing_at(signed.having(withdrawal(G1, now, told_by=POLICE)), CHILD, now).state == "withdrawn"


def test_without_known_guardians_a_minor_cannot_consent() -> None:
    """Nobody required is not everybody signed."""
    known = facts(form(guardians=()), signature(YOUTH, at(FIRST)))

    assert opened_at(known, date(2010, 1, 1), at(date(2026, 12, 1))) is None


@pytest.mark.parametrize("years", [15, 18])
def test_born_on_29_february_the_rule_changes_on_the_birthday_that_the_house_reckons(years: int) -> None:
    """The change is where the age is, in leap years and others."""
    born = date(2012, 2, 29)
    birthday = birthday_in(born.year + years, born)
    signing = form().model_copy(update={"valid_from": birthday - timedelta(days=30)}).signing(born)

    assert birthday in [change.day for change in signing.changes]
    assert signing.required_on(birthday) != signing.required_on(birthday - timedelta(days=1))
    assert age_on(born, birthday) == years
    assert age_on(born, birthday - timedelta(days=1)) == years - 1


def test_who_turns_fifteen_before_the_first_day_signs_from_the_start() -> None:
    """What is signed ahead is judged by the first day of validity, not by the day of signing."""
    born = date(2011, 11, 10)
    ahead = facts(form(), signature(G1, at(date(2026, 11, 1))), signature(G2, at(date(2026, 11, 1))))

    assert standing_at(ahead, born, at(FIRST)).state == "pending"
    assert standing_at(ahead.having(signature(YOUTH, at(date(2026, 11, 2)))), born, at(FIRST)).state == "active"


def test_a_known_fact_is_kept_once() -> None:
    """What is told twice is stored once, and the first form stays."""
    told: list[Told] = [form(), signature(G1, at(FIRST)), withdrawal(G1, at(FIRST))]

    assert facts(*told, *told, form(guardians=())) == facts(*told)


def test_each_agency_is_told_its_own_part_of_the_scope() -> None:
    """Receivers of the same categories share a row, and what passes between others is not there."""
    told = what_it_may_tell(CELLS, SCHOOL)
    heard = what_it_may_be_told(CELLS, SCHOOL)

    assert [row.model_dump(by_alias=True) for row in told] == [{"to": (POLICE, SOCIAL), "categories": ("behaviour",)}]
    assert [row.model_dump(by_alias=True) for row in heard] == [{"from": POLICE, "categories": ("risk_environment",)}]
    assert what_it_may_tell(CELLS, SOCIAL) == ()
