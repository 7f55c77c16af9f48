"""What `observations` says no to on the person track, and what it takes in again without a second effect."""

from __future__ import annotations

from typing import Any

from tests.house import House
from tests.services.observations_story import (
    CHURCH,
    DISCLOSED,
    HOUSING,
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    about,
    activated,
    disclosed,
    hear,
    observation,
    say,
    send,
)

CONFLICT = [("/observation_id", "conflict")]
STORED = ("observations", "register", "concerns", "bases")


async def _stored(house: House) -> list[list[dict[str, Any]]]:
    return [await house.rows("observations", name) for name in STORED]


async def test_a_known_id_with_other_content_is_a_conflict(house: House) -> None:
    """Whatever differs, or if another agency says the same: refused, nothing told, nothing stored."""
    await hear(house, activated(house))
    assert [] == await say(house, SCHOOL, observation("o1", payload={"a": 1, "b": [1, 2]}))
    before = await _stored(house)
    for changes in (
        {"payload": {"a": 1.0, "b": [1, 2]}},
        {"payload": {"a": True, "b": [1, 2]}},
        {"payload": {"a": 1, "b": [2, 1]}},
        {"payload": {"a": 1, "b": [1, 2], "c": None}},
        {"payload": {"a": 1, "b": [1, 2]}, "summary": None},
        {"payload": {"a": 1, "b": [1, 2]}, "observed_on": "2026-11-13"},
        {"payload": {"a": 1, "b": [1, 2]}, "concern_report": "made"},
        {"payload": {"a": 1, "b": [1, 2]}, **about(OTHER_NUMBER)},
    ):
        assert CONFLICT == await say(house, SCHOOL, observation("o1", **changes))
    assert CONFLICT == await say(house, POLICE, observation("o1", payload={"a": 1, "b": [1, 2]}))
    assert before == await _stored(house)
    assert 1 == len(house.received[SOCIAL])


async def test_the_same_content_in_a_new_submission_is_accepted_without_effect(house: House) -> None:
    """A system that has lost its own record may send it again, in another order of names: one observation."""
    await hear(house, activated(house))
    await say(house, SCHOOL, observation("o1", payload={"a": 1, "b": {"c": 2, "d": 3}}))
    before = await _stored(house)
    assert [] == await say(house, SCHOOL, observation("o1", payload={"b": {"d": 3, "c": 2}, "a": 1}))
    assert before == await _stored(house)
    assert 1 == len(house.received[SOCIAL])


async def test_the_same_submission_gets_the_same_answer(house: House) -> None:
    """Sent again under its id, accepted or refused: the answer it had, under the id that answer had."""
    await hear(house, activated(house))
    fine, wrong = observation("o1"), observation("o1", summary="annat")
    await send(house, SCHOOL, fine, wrong, fine, wrong)
    answers = [(each.headers["ce-type"], each.message_id, each.body) for each in house.received[SCHOOL]]
    assert ["submission.accepted.v1", "submission.rejected.v1"] == [type_ for type_, _, _ in answers[:2]]
    assert answers[:2] == answers[2:]
    assert ["o1"] == disclosed(house, SOCIAL)
    assert 1 == sum(each.headers["ce-type"] == DISCLOSED for each in house.received[SOCIAL])


async def test_only_authorities_are_on_the_person_track(house: House) -> None:
    """Others are refused before anything is stored about anybody, the youth's number included."""
    for agency in (HOUSING, CHURCH, "21-county-board"):
        assert [("", "not_an_authority")] == await say(house, agency, observation("o1"))
    assert [[], [], [], []] == await _stored(house)
    assert [] == await house.rooms["observations"].vault._db.find("persons", {})


async def test_an_observation_with_many_faults_is_told_all_of_them(house: House) -> None:
    """Each at its place, and none of them quotes a value."""
    event = observation("o1", category="weather", observed_on="12/11", severity=2, **about(NUMBER[:-1] + "9"))
    del event["data"]["concern_report"]
    faults = await say(house, SCHOOL, event)
    assert {
        ("/youth/personal_identity_number", "invalid_personal_identity_number"),
        ("/category", "wrong_value"),
        ("/observed_on", "wrong_value"),
        ("/severity", "wrong_value"),
        ("/concern_report", "missing_field"),
    } == set(faults)
    assert NUMBER[:-1] not in str(house.told(SCHOOL))
    assert [[], [], [], []] == await _stored(house)


async def test_what_no_service_takes_in_is_answered(house: House) -> None:
    """A type that is unknown or not there yet, or another version of one that is: exactly one answer."""
    for type_, code in (
        ("observation.submitted.v2", "unknown_version"),
        ("weather.reported.v1", "unknown_type"),
        ("promise.made.v1", "unknown_type"),
        ("observation.submitted", "unknown_type"),
        ("observation.disclosed.v1", "unknown_type"),
    ):
        assert [("", code)] == await say(house, SCHOOL, observation("o1") | {"type": type_})
    assert [[], [], [], []] == await _stored(house)
