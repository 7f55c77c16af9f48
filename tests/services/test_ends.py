"""An end that has been noted stops what waits, before the service that holds it has heard."""

from __future__ import annotations

import pytest

from shared.events.event import Cell
from shared.gate import Bases
from shared.mongo import Stale
from tests.house import House
from tests.services.observations_story import (
    DISCLOSED,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    broker_away,
    broker_back,
    cells,
    disclosed,
    ended,
    hear,
    narrowed,
    observation,
    send,
    waiting,
)

BOTH = cells((SCHOOL, SOCIAL), (SCHOOL, POLICE))


async def test_what_waits_does_not_go_out_once_its_consents_end_is_noted(house: House) -> None:
    """The end is noted and has not been heard: nothing goes out. Heard, it takes the telling back."""
    room = house.rooms["observations"]
    await hear(house, activated(house, BOTH))
    broker_away(house)
    await send(house, SCHOOL, observation("o1"))
    await room.vault.ends.note(ended(house), "one")
    await broker_back(house)
    assert [] == disclosed(house, SOCIAL) + disclosed(house, POLICE)
    assert 2 == len(await waiting(house, DISCLOSED))
    await hear(house, ended(house))
    assert [] == await waiting(house, DISCLOSED)


async def test_a_noted_withdrawal_in_part_stops_that_part(house: House) -> None:
    """What the school would have told social services waits; the police are told."""
    room = house.rooms["observations"]
    await hear(house, activated(house, BOTH))
    broker_away(house)
    await send(house, SCHOOL, observation("o1"))
    await room.vault.ends.note(narrowed(house, *cells((SCHOOL, POLICE))), "one")
    await broker_back(house)
    assert ([], ["o1"]) == (disclosed(house, SOCIAL), disclosed(house, POLICE))


@pytest.mark.parametrize("left", [(), cells((SCHOOL, POLICE))], ids=["end", "narrowing"])
async def test_saying_that_a_consent_has_ended_notes_it(house: House, left: tuple[Cell, ...]) -> None:
    """Whoever says it, in the same breath: the note is there when the message goes out, another consent's is not."""
    room = house.rooms["consent"]
    name = f"form-1:{SCHOOL}:{SOCIAL}:behaviour"
    assert not await room.vault.ends.forbid(["form-1", name])
    async with room.transaction() as tx:
        tx.emit(narrowed(house, *left) if left else ended(house))
    assert await room.vault.ends.forbid(["form-1", name])
    assert not await room.vault.ends.forbid(["form-2", name.replace("form-1", "form-2")])


async def test_an_end_whose_commit_came_to_nothing_forbids_nothing(house: House) -> None:
    """Somebody was first: run again the handler may end nothing, and what waits must not wait for ever."""
    room = house.rooms["consent"]
    lost = room.begin()
    lost.save(Bases(id="person", version=7))
    lost.emit(ended(house))
    with pytest.raises(Stale):
        await lost.commit()
    assert not await room.vault.ends.forbid(["form-1"])


async def test_two_narrowings_decided_at_one_moment_both_stand_until_one_is_refused(house: House) -> None:
    """They bear one revision; the note of the one that is refused goes, and the other's is left as it was."""
    notes = house.rooms["consent"].vault.ends
    of_police, of_social = (narrowed(house, *cells((SCHOOL, left))) for left in (SOCIAL, POLICE))
    await notes.note(of_police, "one")
    await notes.note(of_social, "another")
    await notes.strike(of_social, "another")
    assert await notes.forbid([f"form-1:{SCHOOL}:{POLICE}:behaviour"])
    assert not await notes.forbid([f"form-1:{SCHOOL}:{SOCIAL}:behaviour"])
