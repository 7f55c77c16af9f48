"""What holds for every story a form can have: any people, any moments, any order, any repetition."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from services.consent.facts import YOUTH, Form, Signature, Withdrawal
from services.consent.rules import CLOCK_TOLERANCE, required_signatories, standing_at, start_of
from shared.clock import local_day
from shared.person import age_on
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
    facts,
    form,
    signature,
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
FORMS = st.builds(form, BIRTHS, st.sampled_from([(), ("g1",), ("g1", "g2")]))
SIGNATURES = st.builds(signature, PEOPLE, MOMENTS, SENDERS)
WITHDRAWALS = st.builds(
    withdrawal, PEOPLE, MOMENTS, st.none() | st.lists(st.sampled_from(CELLS), min_size=1).map(tuple), SENDERS
)
EVERYBODY = st.tuples(*(st.builds(signature, st.just(who), EARLY) for who in (G1, G2, YOUTH))).map(list)
SIGNED = st.one_of(EVERYBODY, EVERYBODY, st.lists(SIGNATURES, max_size=6))
STORIES = st.tuples(FORMS, SIGNED, st.lists(WITHDRAWALS, max_size=2)).map(
    lambda parts: [parts[0], *parts[1], *parts[2]]
)
RANK = {"waiting": 0, "pending": 1, "active": 2, "partly_withdrawn": 3, "withdrawn": 4, "expired": 4}


def _form_in(story: Story) -> Form:
    [issued] = [fact for fact in story if isinstance(fact, Form)]
    return issued


@given(STORIES, MOMENTS, st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_the_facts_gives_the_same_standing(
    story: Story, now: datetime, random: Random
) -> None:
    """The fold sees all facts at once: shuffled and doubled, they are worth the same."""
    shuffled = story * 2
    random.shuffle(shuffled)

    assert standing_at(facts(*shuffled), now) == standing_at(facts(*story), now)


@given(STORIES, MOMENTS)
def test_a_consent_that_opens_anything_has_every_required_signature(story: Story, now: datetime) -> None:
    """Active means that all whom the rule named on some day of validity had signed by then."""
    standing = standing_at(facts(*story), now)
    issued = _form_in(story)
    signed = [
        fact
        for fact in story
        if isinstance(fact, Signature) and fact.told_by == SOCIAL and fact.signed_at <= now + CLOCK_TOLERANCE
    ]

    if standing.cells:
        days = {FIRST, *(max(FIRST, local_day(fact.signed_at)) for fact in signed)}
        assert FIRST <= local_day(now) <= LAST
        assert any(
            (required := required_signatories(issued, day))
            and required <= {fact.signatory for fact in signed if local_day(fact.signed_at) <= day}
            for day in days
        )


@given(STORIES, MOMENTS, MOMENTS)
def test_time_never_brings_a_consent_back(story: Story, one: datetime, other: datetime) -> None:
    """As time passes a consent goes from pending to active to ended, never the other way."""
    earlier, later = sorted([one, other])
    # What is received has happened: a withdrawal is never dated after the moment that is asked about.
    known = facts(*(fact for fact in story if not isinstance(fact, Withdrawal) or fact.stops_at <= earlier))

    assert RANK[standing_at(known, earlier).state] <= RANK[standing_at(known, later).state]


@given(STORIES, st.one_of(SIGNATURES, WITHDRAWALS), MOMENTS)
def test_one_more_fact_never_brings_a_consent_back(story: Story, fact: Signature | Withdrawal, now: datetime) -> None:
    """A later signature does not revive what has ended, and a withdrawal never opens anything."""
    before, after = standing_at(facts(*story), now), standing_at(facts(*story, fact), now)

    assert RANK[before.state] <= RANK[after.state]
    if isinstance(fact, Withdrawal):
        assert set(after.cells) <= set(before.cells)
    elif before.ended_at:
        assert after == before


@given(STORIES, MOMENTS, MOMENTS)
def test_a_guardian_signing_again_has_no_effect(story: Story, now: datetime, again_at: datetime) -> None:
    """One guardian's second signature changes nothing, whenever it is dated after the first."""
    first = signature(G1, min(now, again_at))
    again = signature(G1, max(now, again_at))

    assert standing_at(facts(*story, first, again), again_at) == standing_at(facts(*story, first), again_at)


@given(st.lists(st.builds(signature, st.sampled_from([G1, NOBODY, YOUTH]), MOMENTS), max_size=8), MOMENTS)
def test_one_guardian_never_attests_for_another(signatures: list[Signature], now: datetime) -> None:
    """Whatever one guardian, a stranger and the child sign, the other guardian's signature is still missing."""
    assert not standing_at(facts(form(), *signatures), now).cells


@given(STORIES, MOMENTS)
def test_a_whole_withdrawal_by_one_required_signatory_leaves_nothing(story: Story, now: datetime) -> None:
    """Any one of those who must sign ends the consent for all."""
    issued = _form_in(story)
    for signatory in required_signatories(issued, local_day(now)):
        standing = standing_at(facts(*story, withdrawal(signatory, now)), now)

        assert standing.cells == ()
        assert standing.ended_at is not None
        assert standing.ended_at <= now


@given(BIRTHS, st.dates(FIRST, LAST))
@example(LAST.replace(year=LAST.year - 15), LAST)
@example(FIRST.replace(year=FIRST.year - 18), FIRST)
def test_the_kept_days_give_the_rule_that_the_date_of_birth_gives(born: date, day: date) -> None:
    """No date of birth is kept, and nothing is lost by it."""
    age = age_on(born, day)
    guardians, youth = {G1, G2} if age < 18 else set(), {YOUTH} if age >= 15 else set()

    assert required_signatories(form(born), day) == guardians | youth
