"""The question «may we tell them this today?», on a real database: answered by the gate, and remembered as asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.register import Entry
from tests.house import House, sample
from tests.services.assessment_story import ANSWERED, ASKED, CHILD, MADE_AT, YOUTH, asked, made
from tests.services.consent_story import (
    FORM_ID,
    LEISURE,
    ONE_ROW,
    POLICE,
    SCHOOL,
    SOCIAL,
    codes,
    issued,
    say,
    signed,
    withdrawn,
)
from tests.services.observations_story import broker_away, send


async def _answer(house: House, agency: str = SOCIAL, **changes: Any) -> dict[str, Any]:
    question = asked(**changes)
    assert [] == await say(house, question, agency=agency)
    [answer] = [each for each in house.told(agency, ANSWERED) if each["question_id"] == question["data"]["question_id"]]
    return answer


async def test_the_answer_is_the_contracts_sample(house: House) -> None:
    """After the sample's assessment the sample's question gets the sample's answer."""
    house.clock.moment = MADE_AT
    await say(house, made())
    house.clock.moment = datetime.fromisoformat("2026-11-16T10:05:01+01:00")
    await say(house, sample("in", ASKED))
    assert [sample("out", ANSWERED)["data"]] == house.told(SOCIAL, ANSWERED)


async def test_a_question_is_remembered_as_asked(house: House) -> None:
    """A row in the register with the answer's code and basis; nothing is disclosed and nobody else is told."""
    house.clock.moment = MADE_AT
    await say(house, made())
    answer = await _answer(house)
    [row] = [each for each in map(Entry.of, await house.rows("consent", "register")) if each.act == "asked"]
    assert (answer["question_id"], "has_basis", "osl_10_18a_under21") == (row.about, row.code, row.provision)
    assert answer["basis"]["assessment_id"] == row.basis_id
    assert [] == house.told(POLICE) + house.told(SCHOOL)


async def test_an_unknown_youth_is_answered_and_stays_unknown(house: House) -> None:
    """No basis, what can be done instead, and no person, key or content in the vault."""
    answer = await _answer(house)
    assert ("may_not", "no_basis") == (answer["answer"], answer["code"])
    assert "make_assessment_osl_10_18a_under21" in answer["you_can"]
    assert "Du kan: begära samtycke · bedöma enligt 10 kap. 18 a § OSL" in answer["message"]
    assert [] == await house.rooms["consent"].vault._db.find("persons", {})


async def test_nobody_too_old_is_pointed_to_the_under_21_provision(house: House) -> None:
    """What would be refused is not held out: neither 10:18 a nor a child's concern report."""
    answer = await _answer(house, youth={"personal_identity_number": "198507099805"})
    assert ["request_consent", "make_assessment_osl_10_18b", "make_assessment_osl_10_18c", "make_harm_test"] == (
        answer["you_can"]
    )


async def test_a_consent_answers_for_its_own_cells_while_it_is_open(house: House) -> None:
    """May while active, may not before and after; of an end it is said that there was something."""
    await say(house, issued(scope=ONE_ROW), signed("g1"))
    ask = {"agency": SCHOOL, "youth": CHILD, "to": POLICE}
    assert "no_basis" == (await _answer(house, **ask, category="behaviour"))["code"]
    await say(house, signed("g2"))
    answer = await _answer(house, **ask, category="behaviour")
    assert ("may", FORM_ID, "consent") == (answer["answer"], answer["basis"]["form_id"], answer["basis"]["kind"])
    assert "10 kap. 1 § och 12 kap. 2 § OSL" == answer["paragraph"]
    assert "no_basis" == (await _answer(house, **ask, category="wellbeing"))["code"]
    assert "no_basis" == (await _answer(house, **{**ask, "to": LEISURE}, category="behaviour"))["code"]
    house.clock.moment = datetime.fromisoformat("2026-12-01T14:05:30+01:00")
    await say(house, withdrawn("g2"))
    assert "basis_ended" == (await _answer(house, **ask, category="behaviour"))["code"]


async def test_of_what_was_withdrawn_in_part_it_is_said_that_there_was_a_basis(house: House) -> None:
    """One cell is withdrawn and the other stands: ended, and may."""
    ask = {"agency": SCHOOL, "youth": CHILD, "to": POLICE}
    part = [ONE_ROW[0] | {"categories": ["behaviour"]}]
    now = house.clock.now().isoformat()
    await say(house, issued(scope=ONE_ROW), signed("g1", signed_at=now), signed("g2", signed_at=now))
    house.clock.moment += timedelta(hours=1)
    await say(house, withdrawn("g2", received_at=house.clock.now().isoformat(), scope=part))
    assert "basis_ended" == (await _answer(house, **ask, category="behaviour"))["code"]
    assert "may" == (await _answer(house, **ask, category="school_absence"))["answer"]
    assert "no_basis" == (await _answer(house, **ask, category="wellbeing"))["code"]


async def test_of_what_was_withdrawn_before_the_consent_began_there_never_was_a_basis(house: House) -> None:
    """Of the cell that was never open the answer is `no_basis`, before the last signature and after it."""
    ask = {"agency": SCHOOL, "youth": CHILD, "to": POLICE, "category": "behaviour"}
    part = [ONE_ROW[0] | {"categories": ["behaviour"]}]
    early = house.clock.now().isoformat()
    await say(house, issued(scope=ONE_ROW), signed("g1", signed_at=early))
    await say(house, withdrawn("g1", received_at=early, scope=part))
    assert "no_basis" == (await _answer(house, **ask))["code"]
    house.clock.moment += timedelta(hours=1)
    await say(house, signed("g2", signed_at=house.clock.now().isoformat()))
    assert "no_basis" == (await _answer(house, **ask))["code"]


@pytest.mark.parametrize("to", ["2080-housing-kopparstaden", "2080-church"])
async def test_to_others_than_authorities_the_answer_is_no(house: House, to: str) -> None:
    """The question is taken in, and the answer says why nothing will ever open it."""
    answer = await _answer(house, to=to)
    assert ("may_not", "not_an_authority", []) == (answer["answer"], answer["code"], answer["you_can"])
    assert "bara till myndigheter" in answer["message"]


async def test_the_same_question_again_has_no_effect_and_other_content_is_a_conflict(house: House) -> None:
    """One id is one question with one answer, also when the law or the bases have changed since."""
    question = asked(question_id="q-1")
    assert [] == await say(house, question)
    house.clock.moment += timedelta(minutes=5)
    await say(house, question | {"id": str(uuid4())})
    assert 1 == len(house.told(SOCIAL, ANSWERED)) == len(await house.rows("consent", "register"))
    assert [("/question_id", "conflict")] == codes(await say(house, asked(question_id="q-1", category="other")))
    assert [("/question_id", "conflict")] == codes(await say(house, asked(question_id="q-1"), agency=SCHOOL))


async def test_nobody_asks_whether_it_may_tell_itself(house: House) -> None:
    """There is nothing to answer, so it is refused with its place."""
    assert [("/to", "wrong_value")] == codes(await say(house, asked(to=SOCIAL)))


async def test_an_answer_about_a_known_youth_waits_sealed(house: House) -> None:
    """What lies in the outbox about somebody the house knows is under that person's key; no row holds a number."""
    house.clock.moment = MADE_AT
    await say(house, made())
    broker_away(house, "consent")
    await send(house, SOCIAL, asked())
    number = YOUTH["personal_identity_number"]
    waiting = {row["routing_key"]: row for row in await house.rows("consent", "outbox")}
    assert house.rooms["consent"].secret.person_ref("2182", number) == waiting[f"{SOCIAL}.{ANSWERED}"]["sealed_for"]
    assert b"has_basis" not in waiting[f"{SOCIAL}.{ANSWERED}"]["body"]
    for collection in ("outbox", "questions", "register"):
        assert number not in str(await house.rows("consent", collection))
