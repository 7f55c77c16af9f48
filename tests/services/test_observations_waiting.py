"""What `observations` has decided to tell and has not got out yet: the end of a consent reaches it too."""

from __future__ import annotations

import pytest

from deploy.demo.story import local
from tests.house import House
from tests.services.observations_story import (
    DENIED,
    DISCLOSED,
    FORM,
    LEISURE,
    NOTICED,
    NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    TO_SOCIAL,
    activated,
    broker_away,
    broker_back,
    cells,
    disclosed,
    ended,
    hear,
    narrowed,
    noticed,
    observation,
    registered,
    said,
    say,
    send,
    standing_tellings,
    waiting,
)


async def test_an_end_takes_back_what_waits(house: House) -> None:
    """With the broker away a disclosure waits, sealed; the consent ends; with the broker back its agency gets a no."""
    await hear(house, activated(house))
    broker_away(house)
    await send(house, SCHOOL, observation("o1"))
    (row,) = await waiting(house, DISCLOSED)
    assert NUMBER.encode() not in row["body"]
    await hear(house, ended(house))
    assert [] == await waiting(house, DISCLOSED)
    await broker_back(house)
    assert [] == house.told(SOCIAL)
    assert {"submission.accepted.v1", DENIED} == {each.headers["ce-type"] for each in house.received[SCHOOL]}
    assert 1 == len(said(house, "consent.enforced.v1"))


async def test_a_withdrawal_in_part_takes_back_that_part(house: House) -> None:
    """What the school would have told social services is taken back; the other two disclosures go out."""
    await hear(house, activated(house, (*TO_SOCIAL, *cells((SCHOOL, POLICE)))))
    broker_away(house)
    await send(house, SCHOOL, observation("o1"))
    await send(house, POLICE, observation("o2"))
    await hear(house, narrowed(house, *cells((POLICE, SOCIAL), (SCHOOL, POLICE))))
    await broker_back(house)
    assert (["o2"], ["o1"]) == (disclosed(house, SOCIAL), disclosed(house, POLICE))


async def test_an_end_takes_back_a_notice_that_waits(house: House) -> None:
    """The three observations were told; the notice that joins them was not, and no longer may be."""
    await hear(house, activated(house))
    await say(house, SCHOOL, observation("o1"))
    await say(house, POLICE, observation("o2"))
    broker_away(house)
    await send(house, SOCIAL, observation("o3"))
    (row,) = await waiting(house, NOTICED)
    assert NUMBER.encode() not in row["body"]
    await hear(house, ended(house))
    await broker_back(house)
    assert [] == noticed(house, SOCIAL)


async def test_a_withdrawal_in_part_takes_what_it_closes_out_of_a_notice(house: House) -> None:
    """Four agencies' observations stood in the notice that waits; without the youth centre's there are still three."""
    await hear(house, activated(house))
    broker_away(house)
    for agency, id_ in ((SCHOOL, "o1"), (POLICE, "o2"), (LEISURE, "o3"), (SOCIAL, "o4")):
        await send(house, agency, observation(id_))
    await hear(house, narrowed(house, *cells((SCHOOL, SOCIAL), (POLICE, SOCIAL))))
    (_,) = await waiting(house, NOTICED)
    await broker_back(house)
    assert [([SCHOOL, POLICE, SOCIAL], ["o1", "o2", "o4"])] == noticed(house, SOCIAL)


async def test_what_was_taken_back_has_not_been_seen(house: House) -> None:
    """Two disclosures are taken back; the receiver's own observation makes no concern of what it never had."""
    await hear(house, activated(house))
    broker_away(house)
    await send(house, SCHOOL, observation("o1"))
    await send(house, POLICE, observation("o2"))
    await hear(house, ended(house))
    await broker_back(house)
    await say(house, SOCIAL, observation("o3"))
    assert [] == noticed(house, SOCIAL)

    await hear(house, activated(house, form="form-2"))

    assert ["o1", "o2"] == disclosed(house, SOCIAL)
    assert [([SCHOOL, POLICE, SOCIAL], ["o1", "o2", "o3"])] == noticed(house, SOCIAL)
    by_id = {told["disclosure_id"]: told["observation"]["observation_id"] for told in house.told(SOCIAL, DISCLOSED)}
    rows = await standing_tellings(house)
    assert [("o1", "form-2"), ("o2", "form-2")] == sorted((by_id[row.about], row.basis_id) for row in rows)
    assert {("disclosed", 4), ("taken_back", 2)} == {
        (act, len(await registered(house, act))) for act in ("disclosed", "taken_back")
    }


async def test_what_another_consent_opens_goes_out_on_that(house: House) -> None:
    """Two consents open the same; the one it waits on ends. It is told once, on the other; so is the notice."""
    await hear(house, activated(house), activated(house, form="form-2"))
    await say(house, SCHOOL, observation("o1"))
    broker_away(house)
    await send(house, POLICE, observation("o2"))
    await send(house, SOCIAL, observation("o3"))
    (first,) = await waiting(house, DISCLOSED)
    await hear(house, ended(house))
    (second,) = await waiting(house, DISCLOSED)
    assert first["message_id"] == second["message_id"]
    await broker_back(house)
    assert [("o1", FORM), ("o2", "form-2")] == [
        (told["observation"]["observation_id"], told["basis"]["form_id"]) for told in house.told(SOCIAL, DISCLOSED)
    ]
    assert {FORM, "form-2"} == {row.basis_id for row in await standing_tellings(house)}
    assert [FORM] == [row.basis_id for row in await registered(house, "taken_back")]
    assert [([SCHOOL, POLICE, SOCIAL], ["o1", "o2", "o3"])] == noticed(house, SOCIAL)


async def test_what_waits_over_the_last_day_is_not_told_after_it(house: House) -> None:
    """Disclosure and notice know by themselves until when they are good: the end may be heard of late."""
    await hear(house, activated(house))
    await say(house, SCHOOL, observation("o1"))
    await say(house, POLICE, observation("o2"))
    house.clock.moment = local("2027-05-15T23:59")
    broker_away(house)
    await send(house, SOCIAL, observation("o3"))
    await send(house, SCHOOL, observation("o4"))
    assert (1, 1) == (len(await waiting(house, DISCLOSED)), len(await waiting(house, NOTICED)))
    house.clock.moment = local("2027-05-16T00:00")
    await broker_back(house)
    assert (["o1", "o2"], []) == (disclosed(house, SOCIAL), noticed(house, SOCIAL))


@pytest.mark.parametrize("left", [(), TO_SOCIAL[1:]], ids=["whole", "in part"])
async def test_what_went_out_is_not_told_again_at_an_end(house: House, left: tuple[object, ...]) -> None:
    """Another consent opens it too, and the receiver has it: no message under the same id or another."""
    await hear(house, activated(house), activated(house, form="form-2"))
    for agency, id_ in ((SCHOOL, "o1"), (POLICE, "o2"), (LEISURE, "o3")):
        await say(house, agency, observation(id_))
    before = len(house.received[SOCIAL])
    await hear(house, narrowed(house, *TO_SOCIAL[1:]) if left else ended(house))
    assert before == len(house.received[SOCIAL])
