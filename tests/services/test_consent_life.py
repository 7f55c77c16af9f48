"""What happens to a consent while it lasts: birthdays, changes around the youth, the last day coming nearer."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from deploy.demo.story import local
from services.consent.handlers import follow_guardianship
from shared.agencies import Agency
from shared.clock import start_of
from shared.events.agencies import GuardianshipChanged
from tests.house import House, sample
from tests.live.youths import number_of_series
from tests.services.consent_story import (
    ACTIVATED,
    ENDED,
    EXPIRING,
    FORM_ID,
    LEISURE,
    POLICE,
    REVIEW,
    SCHOOL,
    SCOPE,
    SOCIAL,
    about,
    declined,
    guardianship_changed,
    identity_protected,
    issued,
    kept,
    said,
    say,
    signed,
    withdrawn,
)

CHILD = sample("in", "consent-form.issued.v1")["data"]["youth"]["personal_identity_number"]
TURNS_15 = number_of_series(19)
"""Born on 20 January 2012, so that the fifteenth birthday is within the sample's validity."""
BORN_ON_LEAP_DAY = number_of_series(59)
LAST = date(2027, 5, 15)


def reasons(house: House) -> list[tuple[str, str]]:
    """Return what the collecting agency has been asked to look at, and by when."""
    return [(told["reason"], told["due_on"]) for told in house.told(SOCIAL, REVIEW)]


async def opened(house: House, **changes: Any) -> None:
    """Have the sample's form issued, changed, and signed by both guardians and the child: nothing is missing."""
    ids = {"form_id": changes["form_id"]} if "form_id" in changes else {}
    at = {"signed_at": house.clock.now().isoformat()}
    await say(house, issued(**changes), *(signed(who, **ids, **at) for who in (None, "g1", "g2")))


async def test_the_scope_is_told_30_and_7_days_before_the_last_day(house: House) -> None:
    """Each agency of the scope twice, as in the contract's sample, each time once."""
    await opened(house)

    await house.turn_clock(start_of(date(2027, 4, 15)) - timedelta(seconds=1))
    assert house.told(SCHOOL, EXPIRING) == []
    await house.turn_clock(start_of(date(2027, 4, 15)))
    assert [house.told(agency, EXPIRING) for agency in SCOPE] == [[sample("out", EXPIRING)["data"]]] * 4
    await house.turn_clock(start_of(date(2027, 5, 8)))

    assert [each["days_left"] for each in house.told(POLICE, EXPIRING)] == [30, 7]


async def test_what_is_not_active_or_has_ended_is_not_said_to_expire(house: House) -> None:
    """A pending form and a withdrawn consent are silent on those days, and nothing of them is left waiting."""
    await say(house, issued(form_id="pending"), signed("g1", form_id="pending"))
    await opened(house)
    await say(house, withdrawn("g1", received_at=house.clock.now().isoformat()))

    await house.turn_clock(start_of(LAST) + timedelta(days=1))

    assert house.told(SCHOOL, EXPIRING) == []
    assert await house.rows("consent", "outbox") == []


async def test_a_notice_whose_day_has_passed_when_the_form_comes_is_not_said(house: House) -> None:
    """A form that comes 20 days before its last day is announced as expiring 7 days before, and only then."""
    await house.turn_clock(local("2027-04-25T10:00"))
    await opened(house)
    assert house.told(SCHOOL, EXPIRING) == []

    await house.turn_clock(start_of(date(2027, 5, 8)))

    assert [each["days_left"] for each in house.told(SCHOOL, EXPIRING)] == [7]


@pytest.mark.parametrize(("number", "birthday"), [(TURNS_15, date(2027, 1, 20)), (BORN_ON_LEAP_DAY, date(2027, 2, 28))])
async def test_a_fifteenth_birthday_is_a_review_and_no_end(house: House, number: str, birthday: date) -> None:
    """The collecting agency is told 30 days before, due that day; the consent goes on, and the youth may end it."""
    await opened(house, **about(number))

    await house.turn_clock(start_of(birthday - timedelta(days=30)) - timedelta(seconds=1))
    assert reasons(house) == []
    await house.turn_clock(start_of(birthday - timedelta(days=30)))
    assert reasons(house) == [("turns_15", str(birthday))]
    await house.turn_clock(start_of(birthday))
    assert said(house, ENDED) == []

    assert await say(house, withdrawn(None, received_at=house.clock.now().isoformat())) == []
    assert [event["reason"] for event in said(house, ENDED)] == ["withdrawn"]
    assert [house.told(agency, REVIEW) for agency in SCOPE if agency != SOCIAL] == [[], [], []]


async def test_a_consent_that_opens_just_before_the_birthday_is_reviewed_at_once(house: House) -> None:
    """Where the thirtieth day before has passed, the agency is told with the opening."""
    house.clock.moment = local("2027-01-10T10:00")

    await opened(house, **about(TURNS_15))

    assert reasons(house) == [("turns_15", "2027-01-20")]


@pytest.mark.parametrize(("serial", "birthday"), [(19, date(2030, 1, 20)), (59, date(2030, 2, 28))])
async def test_a_consent_of_guardians_ends_on_the_eighteenth_birthday(
    house: House, serial: int, birthday: date
) -> None:
    """At local midnight, for all, and the services know it from the opening; a month before, it is due for review."""
    house.clock.moment = local("2029-11-16T10:15")
    await opened(house, valid_from="2029-11-16", valid_to="2030-05-15", **about(number_of_series(serial)))
    assert [str(birthday - timedelta(days=1))] == [event["valid_to"] for event in said(house, ACTIVATED)]

    await house.turn_clock(start_of(birthday) - timedelta(seconds=1))
    assert reasons(house) == [("turns_18", str(birthday))]
    assert said(house, ENDED) == []
    await house.turn_clock(start_of(birthday))

    [event] = said(house, ENDED)
    assert (event["reason"], datetime.fromisoformat(event["ended_at"])) == ("turned_18", start_of(birthday))
    assert [len(house.told(agency, ENDED)) for agency in SCOPE] == [1, 1, 1, 1]


async def test_a_child_that_nobody_has_heard_is_asked_for_two_weeks_on(house: House) -> None:
    """The child's view is recorded, never required: the agency is reminded once, and not where the child has spoken."""
    for form_id in ("heard", FORM_ID):
        await say(house, issued(form_id=form_id), signed("g1", form_id=form_id), signed("g2", form_id=form_id))
    await say(house, declined(None, form_id="heard", declined_at=house.clock.now().isoformat()))

    await house.turn_clock(start_of(date(2026, 11, 30)))
    await house.turn_clock(local("2026-12-24T12:00"))

    [told] = house.told(SOCIAL, REVIEW)
    assert (told["form_id"], told["reason"], told["due_on"]) == (FORM_ID, "child_view_missing", "2026-12-14")


async def test_a_change_of_guardianship_ends_every_form_that_rests_on_guardians(house: House) -> None:
    """Active or pending, whichever authority reports it; each collecting agency is asked to look again, as sampled."""
    await opened(house)
    await say(house, issued(form_id="pending", collected_by=POLICE), agency=POLICE)
    await say(house, issued(form_id="grown", **about("198507099805")), signed(None, form_id="grown"))
    house.clock.moment = local("2026-12-07T09:00")

    assert await say(house, guardianship_changed(), agency=SCHOOL) == []

    assert {event["form_id"]: event["reason"] for event in said(house, ENDED)} == {
        FORM_ID: "invalidated",
        "pending": "invalidated",
    }
    assert house.told(SOCIAL, REVIEW) == [sample("out", REVIEW)["data"]]
    assert [told["form_id"] for told in house.told(POLICE, REVIEW)] == ["pending"]
    assert len(house.told(SCHOOL, ENDED)) == 1, "the school never heard of the pending form"


async def test_a_change_to_come_ends_the_consent_on_its_day(house: House) -> None:
    """A court decision may be known before it takes effect: the review is asked for at once, the end comes then."""
    await opened(house)

    await say(house, guardianship_changed(changed_on="2026-12-01"))
    assert reasons(house) == [("guardianship_changed", "2026-11-30")]
    assert said(house, ENDED) == []
    await house.turn_clock(start_of(date(2026, 12, 1)))

    assert [event["reason"] for event in said(house, ENDED)] == ["invalidated"]


async def test_a_form_from_before_the_change_that_comes_after_it_is_caught_too(house: House) -> None:
    """Its first day is earlier than the change; a form made for the new guardians opens as any other."""
    house.clock.moment = local("2026-12-07T09:00")
    await say(house, guardianship_changed())

    await opened(house)
    await opened(house, form_id="new", valid_from="2026-12-07", valid_to="2027-05-15")

    assert {event["form_id"]: event["reason"] for event in said(house, ENDED)} == {FORM_ID: "invalidated"}
    assert [event["form_id"] for event in said(house, ACTIVATED)] == ["new"]
    assert [told["form_id"] for told in house.told(SOCIAL, REVIEW)] == [FORM_ID]


@pytest.mark.parametrize("kind", ["protected_registration", "fictitious_identity"])
async def test_a_protected_identity_ends_all_consents_about_the_youth(house: House, kind: str) -> None:
    """Those of the youth alone as well, and nobody else's; the collecting agency looks again."""
    await say(house, issued(**about("198507099805")), signed(None))
    await opened(house, form_id="another youth's")

    await say(house, identity_protected(kind=kind, set_on="2026-11-16", **about("198507099805")))

    assert [(event["form_id"], event["reason"]) for event in said(house, ENDED)] == [(FORM_ID, "invalidated")]
    assert reasons(house) == [("protected_identity", "2026-11-30")]


async def test_a_secrecy_marking_asks_for_a_review_and_ends_nothing(house: House) -> None:
    """The marking is a warning flag: somebody must look, by two weeks on."""
    await opened(house)

    await say(house, identity_protected(kind="secrecy_marking", set_on="2026-11-16"))

    assert said(house, ENDED) == []
    assert reasons(house) == [("protected_identity", "2026-11-30")]


async def test_the_same_change_told_again_has_no_second_effect(house: House) -> None:
    """A form that was made after it is not ended by its being told once more."""
    house.clock.moment = local("2026-12-07T09:00")
    await say(house, guardianship_changed())
    await opened(house, valid_from="2026-12-07")

    assert await say(house, guardianship_changed()) == []

    assert said(house, ENDED) == []


async def test_a_form_and_a_change_that_meet_never_pass_each_other(house: House) -> None:
    """Both hold the youth's document: who commits second is run again, and the form has ended in either case."""
    house.say(SOCIAL, issued())
    house.say(SOCIAL, guardianship_changed(changed_on="2026-11-17"))
    arrivals, house.waiting = house.waiting, []

    await asyncio.gather(*(house._deliver(arrival) for arrival in arrivals))
    await house.turn_clock(local("2026-11-18T08:00"))

    assert [event["reason"] for event in said(house, ENDED)] == ["invalidated"]


async def test_nothing_of_the_age_is_kept_with_a_consent(house: House) -> None:
    """Neither the day of birth nor a birthday is in the documents; a look posted for a birthday goes with the end."""
    await opened(house, **about(TURNS_15))

    stored = repr([await house.rows("consent", name) for name in ("consents", "circumstances")])
    assert not [day for day in ("2012-01-20", "2027-01-20", "20120120") if day in stored]
    await say(house, withdrawn("g1", received_at=house.clock.now().isoformat()))
    assert await house.rows("consent", "outbox") == []


async def test_a_change_skips_forms_of_before_an_erasure(house: House) -> None:
    """A youth who was erased and is met again: the dark form is left alone, the new one is ended."""
    await opened(house)
    form = (await kept(house)).facts.form
    assert form is not None
    await house.rooms["consent"].vault.forget(form.person_ref, house.clock.now(), "test", "test")
    await opened(house, form_id="new")

    assert await say(house, guardianship_changed(changed_on="2026-11-16")) == []

    assert [event["form_id"] for event in said(house, ENDED)] == ["new"]


async def test_only_an_agency_of_a_municipality_reports_changes(house: House) -> None:
    """The change is about a youth of the sender's own municipality, and a county board has none."""
    room = house.rooms["consent"]
    change = GuardianshipChanged.model_validate(guardianship_changed()["data"])
    county = Agency(id="20-county-board", kind="county_board", name="Länsstyrelsen")

    with pytest.raises(Exception, match="not_an_authority"):
        async with room.transaction() as tx:
            await follow_guardianship(change, county, tx)


async def test_an_agency_to_which_a_consent_never_opened_learns_of_neither_its_expiring_nor_its_end(
    house: House,
) -> None:
    """Its part was withdrawn before the last signature: it was not told of the opening, and nothing after that."""
    row = {"to": [POLICE], "categories": ["behaviour"]}
    scope = [row | {"from": SCHOOL}, row | {"from": LEISURE}]
    early, late = ((house.clock.now() - timedelta(hours=back)).isoformat() for back in (2, 1))
    await say(house, issued(scope=scope), signed("g1", signed_at=early))
    await say(house, withdrawn("g1", received_at=early, scope=scope[1:]), signed("g2", signed_at=late))
    assert [1, 1, 0] == [len(house.told(each, ACTIVATED)) for each in (SCHOOL, POLICE, LEISURE)]

    await house.turn_clock(start_of(date(2027, 4, 15)))
    assert [1, 1, 0] == [len(house.told(each, EXPIRING)) for each in (SCHOOL, POLICE, LEISURE)]
    await house.turn_clock(start_of(date(2027, 5, 16)))
    assert [1, 1, 0] == [len(house.told(each, ENDED)) for each in (SCHOOL, POLICE, LEISURE)]


async def test_a_change_after_a_consent_was_invalidated_is_nothing_for_its_agency(house: House) -> None:
    """The end has been told and reviewed; that an identity is protected later is no longer about that consent."""
    await opened(house)
    await house.turn_clock(local("2026-12-08T10:00"))
    await say(house, guardianship_changed())
    before = reasons(house)
    assert ["guardianship_changed"] == [reason for reason, _ in before]

    await house.turn_clock(local("2026-12-10T10:00"))
    await say(house, identity_protected(), agency=SCHOOL)

    assert before == reasons(house)
