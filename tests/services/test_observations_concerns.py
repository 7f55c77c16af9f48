"""Three agencies within 28 days: who learns of it, when again, and that no two handlers can miss it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from deploy.demo.story import story
from services.observations import handlers
from shared.agencies import AgencyRegistry, ConcernRule
from shared.events.agencies import ObservationSubmitted
from shared.events.event import Event
from shared.mongo import Stale
from shared.outgoing import event_message
from shared.transaction import Transaction
from tests.house import House, sample
from tests.services.observations_story import (
    COORDINATOR,
    DISCLOSED,
    LEISURE,
    NOTICED,
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
    hear,
    narrowed,
    noticed,
    observation,
    ref,
    said,
    say,
)

E = TypeVar("E", bound=Event)
Handling = Callable[[Transaction], Awaitable[None]]
NUMBERS = (NUMBER, OTHER_NUMBER, "198507099805", "191212121212")


async def test_each_agency_learns_of_a_concern_with_what_it_may_see(house: House) -> None:
    """The demo's three observations: three agencies see all three; the youth centre sees two and learns nothing."""
    for step in story()[:6]:
        house.clock.moment = step.at
        await say(house, step.agency, step.event)
    (told,) = house.told(SOCIAL, NOTICED)
    assert sample("out", NOTICED)["data"] | {"concern_id": told["concern_id"]} == told
    assert [told] == house.told(SCHOOL, NOTICED) == house.told(POLICE, NOTICED)
    assert [] == house.told(LEISURE, NOTICED)
    events = said(house, NOTICED)
    assert {SOCIAL, SCHOOL, POLICE} == {each["noticed_by"] for each in events}
    assert {ref(house)} == {each["person_ref"] for each in events}
    assert NUMBER not in str(events)


async def test_a_concern_is_noticed_again_when_a_fourth_agency_has_seen_something(house: House) -> None:
    """Once an agency, whatever comes from the same three; again for the fourth, under an id of its own."""
    await hear(house, activated(house, (*TO_SOCIAL, *cells((COORDINATOR, SOCIAL)))))
    for agency, id_ in ((SCHOOL, "o1"), (POLICE, "o2"), (LEISURE, "o3"), (SCHOOL, "o4"), (POLICE, "o5")):
        await say(house, agency, observation(id_))
    assert [([SCHOOL, POLICE, LEISURE], ["o1", "o2", "o3"])] == noticed(house, SOCIAL)
    await say(house, COORDINATOR, observation("o6"))
    _, (seen_by, ids) = noticed(house, SOCIAL)
    assert {SCHOOL, POLICE, LEISURE, COORDINATOR} == set(seen_by)
    assert ["o1", "o2", "o3", "o4", "o5", "o6"] == ids
    assert 2 == len(house.told(SOCIAL, NOTICED)) == len(said(house, NOTICED))
    assert [] == noticed(house, SCHOOL) + noticed(house, POLICE) + noticed(house, LEISURE)


async def test_no_concern_is_noticed_on_a_consent_that_has_ended(house: House) -> None:
    """Social services were told two agencies' observations; their own, after the end, makes no notice of them."""
    await hear(house, activated(house))
    await say(house, SCHOOL, observation("o1"))
    await say(house, POLICE, observation("o2"))
    await hear(house, ended(house))
    await say(house, SOCIAL, observation("o3"))
    assert ["o1", "o2"] == disclosed(house, SOCIAL)
    assert [] == noticed(house, SOCIAL) + said(house, NOTICED)


async def test_two_municipalities_do_not_mix(house: House) -> None:
    """The same youth in two municipalities is two persons: no consent and no concern reaches across."""
    falun = ("2080-school", "2080-police", "2080-social-services")
    await hear(house, activated(house, (*TO_SOCIAL, *cells(("2080-school", SOCIAL)))))
    await hear(house, activated(house, cells((falun[1], falun[2])), "form-2", municipality="2080"))
    for agency, id_ in (("2080-school", "o1"), (falun[1], "o2"), (SCHOOL, "o3"), (POLICE, "o4"), (falun[2], "o5")):
        await say(house, agency, observation(id_))
    assert (["o3", "o4"], ["o2"]) == (disclosed(house, SOCIAL), disclosed(house, falun[2]))
    assert [] == said(house, NOTICED)
    persons = {row["_id"]: row["person_ref"] for row in await house.rows("observations", "observations")}
    assert {ref(house, municipality="2080"), ref(house)} == set(persons.values())
    assert persons["o1"] == persons["o2"] != persons["o3"]


async def test_each_municipality_has_its_own_numbers(house: House) -> None:
    """Two agencies within three days are a concern where the file says so, and not next door."""
    room = house.rooms["observations"]
    rule = ConcernRule(agencies=2, days=3)
    municipalities = [
        each.model_copy(update={"concern_rule": rule}) if each.code == "2080" else each
        for each in room.agencies.municipalities
    ]
    registry = AgencyRegistry(list(room.agencies.all), municipalities)
    room._around = dataclasses.replace(room._around, agencies=registry)
    for code in ("2080", "2182"):
        pairs = cells((f"{code}-school", f"{code}-police"))
        await hear(house, activated(house, pairs, f"form-{code}", municipality=code))
        await say(house, f"{code}-police", observation(f"{code}-1", observed_on="2026-11-10"))
        await say(house, f"{code}-school", observation(f"{code}-2", observed_on="2026-11-13"))
        assert [] == noticed(house, f"{code}-police")
        await say(house, f"{code}-school", observation(f"{code}-3", observed_on="2026-11-12"))
    (told,) = house.told("2080-police", NOTICED)
    assert ({"agencies": 2, "days": 3}, ["2080-1", "2080-3"]) == (told["rule"], told["observation_ids"])
    assert [] == noticed(house, POLICE)


def _taking_in(house: House, agency: str, id_: str, number: str) -> Handling:
    sender = house.rooms["observations"].agencies.get(agency)
    assert sender is not None
    submitted = ObservationSubmitted.model_validate(observation(id_, **about(number))["data"])
    return lambda tx: handlers.take_in_observation(submitted, sender, tx)


async def _at_once(house: House, first: Handling, second: Handling) -> None:
    """Let both decide on what there was before either; the one that commits last must decide again."""
    room = house.rooms["observations"]
    one, other = room.begin(), room.begin()
    await first(one)
    await second(other)
    await room.relay.publish(await one.commit())
    with pytest.raises(Stale):
        await other.commit()
    async with room.transaction() as again:
        await second(again)
    await house.settle()


def _told_about(house: House, number: str) -> list[str]:
    told = [each["observation"] for each in house.told(SOCIAL, DISCLOSED)]
    return sorted(each["observation_id"] for each in told if each["youth"] == about(number)["youth"])


async def test_two_observations_at_once_miss_nothing(house: House) -> None:
    """Neither sees the other's row: the second is decided again, and the concern of the three is noticed."""
    for number, is_known, order in zip(NUMBERS, (True, True, False, False), (1, -1, 1, -1), strict=True):
        first, second, third = (f"{number[:6]}-{count}" for count in range(3))
        if is_known:
            await hear(house, activated(house, number=number, form=number[:6]))
            await say(house, SCHOOL, observation(first, **about(number)))
        pair = (_taking_in(house, POLICE, second, number), _taking_in(house, LEISURE, third, number))
        await _at_once(house, *pair[::order])
        if not is_known:
            await say(house, SCHOOL, observation(first, **about(number)))
            await hear(house, activated(house, number=number, form=number[:6]))
        assert [first, second, third] == _told_about(house, number)
        assert [first, second, third] == sorted(noticed(house, SOCIAL)[-1][1])
    assert len(NUMBERS) == len(noticed(house, SOCIAL))


async def test_an_observation_and_its_basis_at_once_find_each_other(house: House) -> None:
    """The consent is heard while the observation is taken in: it is told, once, whichever is first."""
    for number, order in zip(NUMBERS[:2], (1, -1), strict=True):
        begins = activated(house, number=number, form=number[:6])
        pair = (_taking_in(house, SCHOOL, number[:6], number), _hearing(handlers.tell_what_waited, begins))
        await _at_once(house, *pair[::order])
        assert [number[:6]] == _told_about(house, number)


async def test_an_observation_and_a_withdrawal_at_once_do_not_pass_each_other(house: House) -> None:
    """Told before the withdrawal was acted on, or not at all: never decided on what is no longer so."""
    for number, is_whole, order in zip(NUMBERS, (True, True, False, False), (1, -1, 1, -1), strict=True):
        form = number[:6]
        await hear(house, activated(house, number=number, form=form))
        withdrawal = (
            _hearing(handlers.stop_telling, ended(house, form, number))
            if is_whole
            else _hearing(handlers.tell_less, narrowed(house, *TO_SOCIAL[1:], form=form, number=number))
        )
        await _at_once(house, *(_taking_in(house, SCHOOL, form, number), withdrawal)[::order])
        assert ([form] if order == 1 else []) == _told_about(house, number)


def _hearing(handler: Callable[[E, Transaction], Awaitable[None]], event: E) -> Handling:
    return lambda tx: handler(event, tx)


async def test_many_at_once_are_all_told_and_noticed_once(house: House) -> None:
    """Consent and observations of three agencies before the handlers at the same time, some of them twice."""
    sent = [(agency, observation(f"{agency}-{count}")) for agency in (SCHOOL, POLICE, LEISURE) for count in range(2)]
    for agency, event in [*sent, *sent[:3]]:
        house.say(agency, event | {"source": f"/agency/{agency}"})
    await house.post(event_message(activated(house), "somebody", house.clock.now()))
    arrivals = [each for each in house.waiting if each.queue.startswith("observations.")]
    house.waiting.clear()
    await asyncio.gather(*(house._deliver(each) for each in arrivals))
    await house.settle()
    assert {event["data"]["observation_id"] for _, event in sent} == set(disclosed(house, SOCIAL))
    assert 6 == len([each for each in house.received[SOCIAL] if each.headers["ce-type"] == DISCLOSED])
    assert 1 == len(noticed(house, SOCIAL))
    assert [] == house.dead
