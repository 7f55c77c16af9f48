"""What `observations` stores, whom it tells, and when it stops, on a real database."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from deploy.demo.story import story
from tests.house import House, sample
from tests.services.observations_story import (
    DISCLOSED,
    FORM,
    LEISURE,
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    TO_SOCIAL,
    about,
    activated,
    cells,
    disclosed,
    ended,
    everything_stored,
    hear,
    narrowed,
    observation,
    ref,
    registered,
    said,
    say,
)

MARKERS = ("BLÅSIPPA", "GULVIVA", "SMULTRON")
ODD: dict[str, Any] = {
    "svenska": 'åäö ÅÄÖ é 漢字 🦊 \u200d \ufeff \u2028 " \\ / \t \n',
    "": "an empty name",
    "$set": {"a.b": {"$gt": 1}, "_id": None},
    "numbers": [0, -1, 2**63 - 1, -(2**63), 2**53 + 1, 1.0, -0.5, 0.1, 1e22, 5e-324, 1.7976931348623157e308],
    "empty": [{}, [], "", None, True, False, [[]], {"": {}}],
    "order": {"z": 1, "a": 2, "m": 3},
    "deep": {"1": [{"2": [{"3": [{"4": [{"5": [{"6": [{"7": "bottom"}]}]}]}]}]}]},
}


async def test_the_storys_agencies_are_told_what_the_consent_opens_and_nothing_else(house: House) -> None:
    """Form, signatures and three observations of the demo: eight disclosures, each with its basis, and no ninth."""
    for step in story()[:6]:
        house.clock.moment = step.at
        house.say(step.agency, step.event)
        await house.settle()

    school, police, leisure = (step.event["data"]["observation_id"] for step in story()[3:6])
    expected = {
        SOCIAL: {school, police, leisure},
        POLICE: {school, leisure},
        SCHOOL: {police, leisure},
        LEISURE: {school},
    }
    assert expected == {agency: set(disclosed(house, agency)) for agency in house.received}
    told = house.told(SOCIAL, DISCLOSED)[0]
    assert sample("out", DISCLOSED)["data"] | {key: told[key] for key in ("disclosure_id", "disclosed_at")} == told


async def test_every_telling_has_its_row_in_the_register(house: House) -> None:
    """What was told of whom, by whom, to whom, when and on which basis; the row names the disclosure by its id."""
    await hear(house, activated(house, cells((SCHOOL, SOCIAL), (SCHOOL, POLICE))))
    await say(house, SCHOOL, observation("o1"))
    (told,) = house.told(SOCIAL, DISCLOSED)
    rows = {row.received_by: row for row in await registered(house, "disclosed")}
    assert {SOCIAL, POLICE} == set(rows)
    row = rows[SOCIAL]
    assert told["disclosure_id"] == row.about
    assert (ref(house), "behaviour", SCHOOL, "rule") == (
        row.person_ref,
        row.category,
        row.released_by,
        row.decided_by,
    )
    assert told["basis"] == {
        "kind": row.basis_kind,
        "form_id": row.basis_id,
        "provision": row.provision,
        "valid_until": str(row.valid_until),
    }
    assert house.clock.now() == row.at


async def test_an_observation_is_told_as_it_was_sent(house: House) -> None:
    """Text, nesting, order, great and small numbers, nothing at all: byte for byte the agency's own JSON."""
    payloads: list[dict[str, Any]] = [ODD, {}, {"only": None}]
    await hear(house, activated(house))
    for place, payload in enumerate(payloads):
        assert [] == await say(house, SCHOOL, observation(f"o{place}", payload=payload))
    told = [each["observation"]["payload"] for each in house.told(SOCIAL, DISCLOSED)]
    assert [json.dumps(each) for each in payloads] == [json.dumps(each) for each in told]


async def test_a_summary_is_told_where_there_is_one(house: House) -> None:
    """It is the agency's to give or to leave out; the question about a concern report is never told."""
    left_out = observation("o3", concern_report="to_be_made")
    del left_out["data"]["summary"]
    events = observation("o1", summary="Åt 🦊\nrad två", concern_report="made"), observation("o2", summary=None)
    await hear(house, activated(house))
    assert [] == await say(house, SCHOOL, *events, left_out)
    told = [each["observation"] for each in house.told(SOCIAL, DISCLOSED)]
    assert ["Åt 🦊\nrad två", "absent", "absent"] == [each.get("summary", "absent") for each in told]
    assert not any("concern_report" in each for each in told)


async def test_nothing_personal_is_readable_in_any_database(house: House) -> None:
    """Number, summary and payload: nowhere in the clear, told or waiting, in no service's rows, not in the vault's."""
    blue, yellow, wild = MARKERS
    await hear(house, activated(house))
    content = {"summary": f"{blue} {NUMBER}", "payload": {yellow: [wild, 201306152388, "130615-2388"]}}
    for agency, id_ in ((SCHOOL, "o1"), (POLICE, "o2"), (LEISURE, "o3")):
        await say(house, agency, observation(id_, **content))
    assert [] != await say(house, SCHOOL, observation("o1", summary=blue))
    assert 3 == len(disclosed(house, SOCIAL))
    stored = await everything_stored(house)
    assert ref(house) in stored
    for secret in (*MARKERS, NUMBER, "1306152388", "130615-2388"):
        assert secret not in stored


async def test_an_observation_waits_for_its_basis(house: House) -> None:
    """No basis, no disclosure: its own agency alone knows of it, until a consent opens it to others."""
    await say(house, SCHOOL, observation("o1"))
    await say(house, POLICE, observation("o2", category="wellbeing"))
    assert {SCHOOL, POLICE} == set(house.received)

    await hear(house, activated(house, cells((SCHOOL, SOCIAL), (POLICE, SOCIAL))))

    assert ["o1"] == disclosed(house, SOCIAL)
    assert [] == disclosed(house, POLICE)
    assert [] == disclosed(house, SCHOOL)


async def test_a_consent_opens_nothing_about_another_youth(house: House) -> None:
    """It is about one person: what is known of others waits for theirs."""
    await hear(house, activated(house))
    await say(house, SCHOOL, observation("o1", **about(OTHER_NUMBER)))
    assert [] == house.told(SOCIAL)
    await hear(house, activated(house, form="form-2", number=OTHER_NUMBER))
    (told,) = house.told(SOCIAL, DISCLOSED)
    assert OTHER_NUMBER == told["observation"]["youth"]["personal_identity_number"]


async def test_nothing_is_told_after_the_end(house: House) -> None:
    """An observation the next minute stays with its own agency; the end is confirmed, once for each end."""
    await hear(house, activated(house))
    await say(house, SCHOOL, observation("o1"))
    await hear(house, ended(house))
    await say(house, SCHOOL, observation("o2"))
    await hear(house, activated(house), narrowed(house, *TO_SOCIAL))

    assert ["o1"] == disclosed(house, SOCIAL)
    (enforced,) = said(house, "consent.enforced.v1")
    assert ("observations", FORM) == (enforced["by"], enforced["form_id"])


async def test_an_end_that_comes_first_is_an_end(house: House) -> None:
    """A withdrawal heard before the consent: confirmed, and nothing is ever told on that consent."""
    await say(house, SCHOOL, observation("o1"))
    await hear(house, ended(house), activated(house))
    assert [] == house.told(SOCIAL)
    assert 1 == len(said(house, "consent.enforced.v1"))


async def test_a_withdrawal_in_part_stops_just_that_part(house: House) -> None:
    """The school may no longer tell social services; the police may, and the school may still tell the police."""
    await hear(house, activated(house, (*TO_SOCIAL, *cells((SCHOOL, POLICE)))))
    await hear(house, narrowed(house, *cells((POLICE, SOCIAL), (SCHOOL, POLICE))))
    await say(house, SCHOOL, observation("o1"))
    await say(house, POLICE, observation("o2"))
    assert ["o2"] == disclosed(house, SOCIAL)
    assert ["o1"] == disclosed(house, POLICE)


async def test_a_consent_heard_of_in_its_narrowed_form_first_opens_what_is_left(house: House) -> None:
    """The later revision holds, whichever is heard first, and what waited is told on it."""
    await say(house, SCHOOL, observation("o1"))
    await say(house, POLICE, observation("o2"))
    await hear(house, narrowed(house, *cells((POLICE, SOCIAL))), activated(house))
    assert ["o2"] == disclosed(house, SOCIAL)


async def test_a_new_consent_tells_what_waits_and_never_the_same_twice(house: House) -> None:
    """After an end a new form opens the same cells and more: what was told is not told again."""
    await hear(house, activated(house))
    await say(house, SCHOOL, observation("o1"))
    await hear(house, ended(house))
    await say(house, SCHOOL, observation("o2"))

    await hear(house, activated(house, (*TO_SOCIAL, *cells((SCHOOL, POLICE))), form="form-2"))

    assert ["o1", "o2"] == disclosed(house, SOCIAL)
    assert ["o1", "o2"] == disclosed(house, POLICE)
    assert [FORM, "form-2"] == [told["basis"]["form_id"] for told in house.told(SOCIAL, DISCLOSED)]
    assert 4 == len([each for each in house.travelled if each.routing_key.endswith(DISCLOSED)])


async def test_a_consent_opens_from_its_first_day_to_its_last(house: House) -> None:
    """The moment of telling counts, by Swedish days, even where an end has not been heard of yet."""
    await hear(house, activated(house))
    expected: list[str] = []
    for moment, is_open in (
        ("2026-11-15T23:59:59+01:00", False),
        ("2027-05-15T23:59:59+02:00", True),
        ("2027-05-16T00:00:00+02:00", False),
    ):
        house.clock.moment = datetime.fromisoformat(moment)
        await say(house, SCHOOL, observation(moment))
        expected += ["2026-11-15T23:59:59+01:00", moment] if is_open else []
        assert sorted(expected) == disclosed(house, SOCIAL)
