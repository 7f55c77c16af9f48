"""The last day of a basis: what still waits on it goes away, counts as not told, and is told on another basis."""

from __future__ import annotations

from datetime import datetime, timedelta

from deploy.demo.story import local
from services.observations.documents import Concern
from shared.events.consent import SecrecyAssessmentAccepted
from shared.events.observations import BasisEndReached
from shared.outbox import OUTBOX
from tests.house import House
from tests.services.observations_story import (
    DISCLOSED,
    FORM,
    LEISURE,
    NOTICED,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    broker_away,
    broker_back,
    cells,
    disclosed,
    hear,
    noticed,
    observation,
    ref,
    registered,
    said,
    say,
    send,
    standing_tellings,
    waiting,
)

ENDS = BasisEndReached.type
LAST_DAY = local("2026-11-30T23:59")
MIDNIGHT = local("2026-12-01T00:00")


def assessed(house: House) -> SecrecyAssessmentAccepted:
    """Return an accepted assessment: social services may tell the police, to the end of November."""
    return SecrecyAssessmentAccepted(
        assessment_id="assessment-1",
        person_ref=ref(house),
        provision="osl_10_18a_under21",
        valid_from=house.clock.now(),
        valid_to=LAST_DAY.date(),
        cells=cells((SOCIAL, POLICE)),
    )


async def _posted(house: House) -> list[tuple[str, datetime]]:
    rows = [row for row in await house.rows("observations", OUTBOX) if row["routing_key"] == ENDS]
    return sorted((row["_id"], row["due_at"]) for row in rows)


async def _told_on_the_last_day(house: House) -> None:
    """Have one observation told while the broker is away, a minute before the assessment ends."""
    await hear(house, assessed(house))
    house.clock.moment = LAST_DAY
    broker_away(house)
    await send(house, SOCIAL, observation("o1"))
    assert 1 == len(await waiting(house, DISCLOSED)) == len(await standing_tellings(house))


async def test_what_waits_over_an_assessments_last_day_is_taken_back(house: House) -> None:
    """Nothing lies in the outbox for ever, the register says taken back, and the observation counts as not told."""
    await _told_on_the_last_day(house)
    house.clock.moment = MIDNIGHT
    await broker_back(house)
    assert ([], []) == (disclosed(house, POLICE), await waiting(house, DISCLOSED))
    assert [] == await standing_tellings(house)
    assert ["assessment-1"] == [row.basis_id for row in await registered(house, "taken_back")]
    assert [[]] == [row["told_to"] for row in await house.rows("observations", "observations")]
    assert [] == await _posted(house)


async def test_what_another_basis_opens_then_goes_out_on_that(house: House) -> None:
    """A consent opens the same and lasts longer: told once, on the consent."""
    await _told_on_the_last_day(house)
    await hear(house, activated(house, cells((SOCIAL, POLICE))))
    assert ["assessment-1"] == [row.basis_id for row in await standing_tellings(house)]
    house.clock.moment = MIDNIGHT
    await broker_back(house)
    assert [("o1", FORM)] == [
        (told["observation"]["observation_id"], told["basis"]["form_id"]) for told in house.told(POLICE, DISCLOSED)
    ]
    assert [FORM] == [row.basis_id for row in await standing_tellings(house)]


async def test_a_basis_that_comes_later_tells_what_was_taken_back(house: House) -> None:
    """Nobody has had it when the last day is over, so the next consent opens it."""
    await _told_on_the_last_day(house)
    house.clock.moment = MIDNIGHT
    await broker_back(house)
    await hear(house, activated(house, cells((SOCIAL, POLICE))))
    assert ["o1"] == disclosed(house, POLICE)
    assert [FORM] == [row.basis_id for row in await standing_tellings(house)]


async def test_a_notice_that_waits_over_a_consents_last_day_is_taken_back(house: House) -> None:
    """`consent` may be away, and its end unheard: notice and disclosure go all the same, and are told on the next."""
    await hear(house, activated(house))
    await say(house, SCHOOL, observation("o1"))
    await say(house, POLICE, observation("o2"))
    house.clock.moment = local("2027-05-15T23:59")
    broker_away(house)
    await send(house, LEISURE, observation("o3", observed_on="2026-11-17"))
    assert (1, 1) == (len(await waiting(house, DISCLOSED)), len(await waiting(house, NOTICED)))
    house.clock.moment = local("2027-05-16T00:00")
    await broker_back(house)
    assert ([], []) == (await waiting(house, DISCLOSED), await waiting(house, NOTICED))
    assert (["o1", "o2"], []) == (disclosed(house, SOCIAL), noticed(house, SOCIAL))
    assert [()] == [Concern.of(row).notices for row in await house.rows("observations", "concerns")]
    renewed = activated(house, form="form-2")
    until = house.clock.now().date() + timedelta(days=90)
    await hear(house, renewed.model_copy(update={"valid_from": house.clock.now().date(), "valid_to": until}))
    assert ["o1", "o2", "o3"] == disclosed(house, SOCIAL)
    assert [([SCHOOL, POLICE, LEISURE], ["o1", "o2", "o3"])] == noticed(house, SOCIAL)


async def test_one_look_is_posted_a_person_and_basis_and_only_when_something_was_told(house: House) -> None:
    """A consent that nobody has been told on posts nothing; many observations and a notice on one post one."""
    await hear(house, activated(house))
    assert [] == await _posted(house)
    for agency, id_ in ((SCHOOL, "o1"), (POLICE, "o2"), (LEISURE, "o3"), (SCHOOL, "o4")):
        await say(house, agency, observation(id_))
    ((_, due_at),) = await _posted(house)
    assert local("2027-05-16T00:00") == due_at
    before = len(house.received[SOCIAL])
    await house.turn_clock(due_at)
    assert (1, []) == (len(said(house, ENDS)), await _posted(house))
    assert before == len(house.received[SOCIAL])
    assert [] == await registered(house, "taken_back")


async def test_a_look_that_comes_early_is_posted_again(house: House) -> None:
    """A replica whose clock is ahead sends it before the last day is over here: nothing is taken back, yet."""
    await _told_on_the_last_day(house)
    (posted,) = await _posted(house)
    await hear(house, BasisEndReached(person_ref=ref(house), basis_id="assessment-1", ends_at=MIDNIGHT))
    assert 1 == len(await waiting(house, DISCLOSED))
    assert [posted] == await _posted(house)
    await broker_back(house)
    assert ["o1"] == disclosed(house, POLICE)


async def test_what_rests_on_another_basis_is_left_alone(house: House) -> None:
    """Only what rests on the basis whose last day it is goes."""
    await _told_on_the_last_day(house)
    await hear(house, activated(house))
    await send(house, SCHOOL, observation("o2"))
    house.clock.moment = MIDNIGHT
    await broker_back(house)
    assert (["o2"], []) == (disclosed(house, SOCIAL), disclosed(house, POLICE))
