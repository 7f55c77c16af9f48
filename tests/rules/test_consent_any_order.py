"""What holds for every story a form can have: any people, any moments, any order, any repetition."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from shared.clock import CLOCK_TOLERANCE, local_day, start_of
from shared.consents.facts import Circumstance, Decline, Form, Prevention, Signature, Supersession, Withdrawal
from shared.consents.standing import standing_at
from shared.person import age_on
from shared.policy.signing import YOUTH
from tests.rules.consent_facts import (
    CELLS,
    FIRST,
    G1,
    G2,
    LAST,
    NOBODY,
    POLICE,
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

Story = list[Told]

# A few moments, some of them the very first or last of the validity: generated ones crowd at one end of their range.
ENDS_AT = start_of(LAST + timedelta(days=1))
MOMENTS = st.sampled_from(
    [*(at(FIRST, 24 * days) for days in range(-40, 240, 20)), start_of(FIRST), ENDS_AT - timedelta(hours=1), ENDS_AT]
)
EARLY = st.sampled_from([at(FIRST, 24 * days) for days in range(-20, 21, 10)])
PEOPLE = st.sampled_from([G1, G2, NOBODY, YOUTH])
SENDERS = st.sampled_from([SOCIAL, SOCIAL, SOCIAL, POLICE, STRANGER])
BIRTHS = st.one_of(
    st.dates(date(2005, 1, 1), date(2016, 1, 1)),
    st.dates(date(2011, 11, 10), date(2012, 5, 20)),  # turns 15 around and within the validity
    st.dates(date(2008, 11, 10), date(2009, 5, 20)),  # turns 18 around and within the validity
)
FORMS = st.builds(form, st.sampled_from([(), ("g1",), ("g1", "g2")]))
SIGNATURES = st.builds(signature, PEOPLE, MOMENTS, SENDERS)
NOES = st.one_of(
    st.builds(
        withdrawal, PEOPLE, MOMENTS, st.none() | st.lists(st.sampled_from(CELLS), min_size=1).map(tuple), SENDERS
    ),
    st.builds(decline, PEOPLE, MOMENTS, SENDERS),
)
CHANGES = st.builds(
    circumstance,
    st.sampled_from(["guardianship_changed", "secrecy_marking", "protected_registration"]),
    st.dates(FIRST - timedelta(days=40), LAST),
    MOMENTS,
    found_form=st.booleans(),
)
ENDS = st.one_of(NOES, NOES, CHANGES, st.builds(supersession, MOMENTS, SENDERS))
PREVENTIONS = st.builds(prevention, st.sampled_from([G1, G2, NOBODY]), EARLY, SENDERS)
EVERYBODY = st.tuples(*(st.builds(signature, st.just(who), EARLY) for who in (G1, G2, YOUTH))).map(list)
SIGNED = st.one_of(EVERYBODY, EVERYBODY, st.lists(SIGNATURES, max_size=6))
STORIES = st.tuples(FORMS, SIGNED, st.lists(PREVENTIONS, max_size=1), st.lists(ENDS, max_size=2)).map(
    lambda parts: [parts[0], *parts[1], *parts[2], *parts[3]]
)
RANK = {"draft": 0, "pending": 1, "active": 2, "partly_withdrawn": 3}
"""Every other state is an end, and ranks above these."""


def _rank(story: Story, born: date, now: datetime) -> int:
    return RANK.get(standing_at(facts(*story), born, now).state, 4)


def _form_in(story: Story) -> Form:
    [issued] = [fact for fact in story if isinstance(fact, Form)]
    return issued


def _heard_of_at(fact: Told) -> datetime | None:
    """Return when a fact that ends something was heard of at the earliest: what is received has happened."""
    match fact:
        case Withdrawal() | Decline() | Supersession():
            return fact.at
        case Circumstance():
            return fact.heard_at
        case _:
            return None


@given(STORIES, BIRTHS, MOMENTS, st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_the_facts_gives_the_same_standing(
    story: Story, born: date, now: datetime, random: Random
) -> None:
    """The fold sees all facts at once: shuffled and doubled, they are worth the same."""
    shuffled = story * 2
    random.shuffle(shuffled)

    assert standing_at(facts(*shuffled), born, now) == standing_at(facts(*story), born, now)


@given(STORIES, BIRTHS, MOMENTS)
def test_a_consent_that_opens_anything_has_every_required_signature(story: Story, born: date, now: datetime) -> None:
    """Active means that all whom the rule named on some day of validity had signed by then, or were prevented."""
    standing = standing_at(facts(*story), born, now)
    signing = _form_in(story).signing(born)
    by = now + CLOCK_TOLERANCE
    told = [
        each for each in story if isinstance(each, Signature | Prevention) and each.told_by == SOCIAL and each.at <= by
    ]
    signed = [each for each in told if isinstance(each, Signature)]
    prevented = {each.signatory for each in told if isinstance(each, Prevention)}

    if standing.cells:
        days = {FIRST, *(max(FIRST, local_day(fact.at)) for fact in told)}
        assert FIRST <= local_day(now) <= LAST
        assert any(
            (required := signing.required_on(day))
            and required <= {each.signatory for each in signed if local_day(each.at) <= day} | prevented
            for day in days
        )
        assert any(each.signatory in signing.required_on(local_day(each.at)) for each in signed)


@given(STORIES, BIRTHS, MOMENTS, MOMENTS)
def test_time_never_brings_a_consent_back(story: Story, born: date, one: datetime, other: datetime) -> None:
    """As time passes a consent goes from pending to active to ended, never the other way."""
    earlier, later = sorted([one, other])
    known = [fact for fact in story if (heard := _heard_of_at(fact)) is None or heard <= earlier]

    assert _rank(known, born, earlier) <= _rank(known, born, later)


@given(STORIES, BIRTHS, st.one_of(SIGNATURES, PREVENTIONS, ENDS), MOMENTS)
def test_one_more_fact_never_brings_a_consent_back(story: Story, born: date, fact: Told, now: datetime) -> None:
    """A later signature does not revive what has ended, and nothing but a signature or a prevention opens anything."""
    before = standing_at(facts(*story), born, now)
    after = standing_at(facts(*story, fact), born, now)

    assert _rank(story, born, now) <= _rank([*story, fact], born, now)
    if not isinstance(fact, Signature | Prevention):
        assert set(after.cells) <= set(before.cells)
    if before.ended_at:
        assert after.ended_at is not None
        assert after.ended_at <= before.ended_at


@given(STORIES, BIRTHS, MOMENTS, MOMENTS)
def test_a_guardian_signing_again_has_no_effect(story: Story, born: date, now: datetime, again_at: datetime) -> None:
    """One guardian's second signature changes nothing, whenever it is dated after the first."""
    first = signature(G1, min(now, again_at))
    again = signature(G1, max(now, again_at))

    once, twice = facts(*story, first), facts(*story, first, again)
    assert standing_at(twice, born, again_at) == standing_at(once, born, again_at)


@given(st.lists(st.builds(signature, st.sampled_from([G1, NOBODY, YOUTH]), MOMENTS), max_size=8), MOMENTS)
def test_one_guardian_never_attests_for_another(signatures: list[Signature], now: datetime) -> None:
    """Whatever one guardian, a stranger and the child sign, the other guardian's signature is still missing."""
    assert not standing_at(facts(form(), *signatures), date(2013, 6, 15), now).cells


@given(STORIES, BIRTHS, MOMENTS, st.booleans())
def test_a_no_by_one_required_signatory_leaves_nothing(story: Story, born: date, now: datetime, signed: bool) -> None:
    """Any one of those who must sign ends the consent for all, prevented from signing or not."""
    for signatory in _form_in(story).signing(born).required_on(local_day(now)):
        no = withdrawal(signatory, now) if signed else decline(signatory, now)
        standing = standing_at(facts(*story, no), born, now)

        assert standing.cells == ()
        assert standing.ended_at is not None
        assert standing.ended_at <= now


@given(STORIES, st.dates(date(2008, 11, 17), date(2009, 5, 14)))
def test_nothing_that_guardians_opened_is_open_at_eighteen(story: Story, born: date) -> None:
    """Whatever was signed before the birthday, from its local midnight on it opens nothing."""
    birthday = born.replace(year=born.year + 18)
    before = [fact for fact in story if not isinstance(fact, Signature | Prevention) or fact.at < start_of(birthday)]

    assert standing_at(facts(*before), born, start_of(birthday)).cells == ()


@given(STORIES, BIRTHS, MOMENTS)
def test_a_change_of_guardianship_leaves_nothing_of_what_guardians_signed(
    story: Story, born: date, now: datetime
) -> None:
    """Of the forms the house has when it hears of the change, none that needs guardians is open from that day on."""
    day = local_day(now)
    change = circumstance("guardianship_changed", day, now, found_form=True)

    if _form_in(story).signing(born).needs_guardians(day):
        assert standing_at(facts(*story, change), born, now).cells == ()


@given(BIRTHS, st.dates(FIRST, LAST))
@example(LAST.replace(year=LAST.year - 15), LAST)
@example(FIRST.replace(year=FIRST.year - 18), FIRST)
def test_the_rule_of_a_day_is_the_one_that_the_age_gives(born: date, day: date) -> None:
    """Under 15 the guardians, from 15 the youth as well, from 18 the youth alone."""
    age = age_on(born, day)
    guardians, youth = {G1, G2} if age < 18 else set(), {YOUTH} if age >= 15 else set()

    assert form().signing(born).required_on(day) == guardians | youth
