"""What the house does with an assessment under another provision than consent, on a real database, among the others."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

from shared.register import Entry
from tests.house import House, sample
from tests.live.youths import number_of_series
from tests.services.assessment_story import ACCEPTED, ASSESSMENT, DISCLOSED, MADE, MADE_AT, YOUTH, made, observed
from tests.services.consent_story import LEISURE, POLICE, SCHOOL, SOCIAL, codes, said, say


async def test_an_assessment_opens_what_it_names_and_nothing_else(house: House) -> None:
    """Said once with its cells; the register has a row of it, decided by a function; the free text lies sealed."""
    house.clock.moment = MADE_AT
    assert [] == await say(house, made())
    [event] = said(house, ACCEPTED)
    assert (ASSESSMENT, "osl_10_18a_under21", "2026-11-30") == (
        event["assessment_id"], event["provision"], event["valid_to"]
    )  # fmt: skip
    assert [{"released_by": SOCIAL, "received_by": POLICE, "category": "risk_environment"}] == event["cells"]
    [row] = [Entry.of(each) for each in await house.rows("consent", "register")]
    assert ("assessed", ASSESSMENT, "function", POLICE) == (row.act, row.about, row.decided_by, row.received_by)
    [kept] = await house.rows("consent", "assessments")
    assert ["concrete_circumstances", "unsuitable", "concerns_committed_crime"] == list(kept["answered"])
    assert "rekrytering" not in str(kept)
    assert YOUTH["personal_identity_number"] not in str(kept)


async def test_what_waited_is_told_the_police_and_nobody_else(house: House) -> None:
    """An observation waits for a basis; the assessment lets it go to the police, not to school and leisure."""
    house.clock.moment = MADE_AT
    await say(house, observed())
    assert [] == house.told(POLICE, DISCLOSED)
    await say(house, made())
    [told] = house.told(POLICE, DISCLOSED)
    assert ("assessment", ASSESSMENT) == (told["basis"]["kind"], told["basis"]["assessment_id"])
    assert [] == house.told(SCHOOL, DISCLOSED) + house.told(LEISURE, DISCLOSED)


async def test_the_same_assessment_again_has_no_effect_and_other_content_is_a_conflict(house: House) -> None:
    """One id is one assessment, whatever is sent and by whom."""
    house.clock.moment = MADE_AT
    assert [] == await say(house, made(), made())
    assert 1 == len(said(house, ACCEPTED)) == len(await house.rows("consent", "register"))
    assert [("/assessment_id", "conflict")] == codes(await say(house, made(valid_until="2026-11-29")))
    assert [("/assessment_id", "conflict")] == codes(await say(house, made(**{"from": SCHOOL}), agency=SCHOOL))
    assert 1 == len(said(house, ACCEPTED))


async def test_all_that_is_wrong_is_said_at_once_and_nothing_is_kept(house: House) -> None:
    """Direction, a committed crime, a missing answer, in one rejection; no text quotes what was written."""
    house.clock.moment = MADE_AT
    faults = await say(house, made(to=[SCHOOL], answers={"concerns_committed_crime": True, "mood": "hemligt"}))
    assert {
        ("/to/0", "wrong_value"), ("/answers/concrete_circumstances", "missing_field"),
        ("/answers/unsuitable", "missing_field"), ("/answers/concerns_committed_crime", "wrong_value"),
        ("/answers/mood", "wrong_value"),
    } == set(codes(faults))  # fmt: skip
    assert "hemligt" not in str(faults)
    assert [] == await house.rows("consent", "assessments") == await house.rows("consent", "register")


async def test_another_agencys_assessment_is_not_ones_own_to_send(house: House) -> None:
    """Only the agency that releases the content assesses it."""
    house.clock.moment = MADE_AT
    assert [("/from", "not_your_agency")] == codes(await say(house, made(), agency=POLICE))


async def test_a_youth_who_is_21_today_is_refused_and_the_text_says_what_remains(house: House) -> None:
    """The day before is the last day: the assessment made then ends with it, and one made today is refused."""
    number = number_of_series(0)
    born = date(int(number[:4]), int(number[4:6]), int(number[6:8]))
    eve = datetime.fromisoformat(f"{born.replace(year=born.year + 21)}T12:00:00+01:00") - timedelta(days=1)
    youth = {"personal_identity_number": number}
    answers = sample("in", MADE)["data"]["answers"]
    for days, expected in ((0, []), (1, ["/youth/personal_identity_number"])):
        at = eve + timedelta(days=days)
        house.clock.moment = at
        event = made(
            assessment_id=str(uuid4()), youth=youth, answers=answers, decided_at=at.isoformat(),
            valid_until=str(at.date() + timedelta(days=5)),
        )  # fmt: skip
        faults = await say(house, event)
        assert expected == [pointer for pointer, _ in codes(faults)]
    [event] = said(house, ACCEPTED)
    assert str(eve.date()) == event["valid_to"]
    assert "begära samtycke" in str(faults)


async def test_an_assessment_closes_by_itself_after_its_last_day(house: House) -> None:
    """What is seen after the last day waits again."""
    house.clock.moment = MADE_AT
    await say(house, made())
    await house.turn_clock(datetime.fromisoformat("2026-12-01T00:00:00+01:00"))
    await say(house, observed())
    assert [] == house.told(POLICE, DISCLOSED)
