"""What a permit is good for, and that no two decisions about a person are committed on the same bases."""

from __future__ import annotations

import pytest

from services.observations.documents import Observation, content_of
from shared import gate
from shared.gate import Bases, Permit
from shared.mongo import Stale
from tests.house import House
from tests.services.observations_story import (
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    TO_SOCIAL,
    about,
    activated,
    cells,
    ended,
    hear,
    observation,
    ref,
    say,
)


async def _permit(house: House, from_: str, to: str, category: str = "behaviour", number: str = NUMBER) -> Permit:
    tx = house.rooms["observations"].begin()
    bases = await gate.bases_of(tx, ref(house, number))
    permit = gate.may_tell(bases, from_=from_, to=to, category=category, at=tx.now)
    assert isinstance(permit, Permit)
    return permit


async def test_content_is_read_with_a_permit_for_that_observation_only(house: House) -> None:
    """One for another person, another agency's observation or another category is refused, and nothing is opened."""
    await hear(house, activated(house, (*TO_SOCIAL, *cells((SCHOOL, SOCIAL), category="wellbeing"))))
    await hear(house, activated(house, form="form-2", number=OTHER_NUMBER))
    await say(
        house, SCHOOL, observation("o1", summary="Text", payload={"a": 1}), observation("o2", **about(OTHER_NUMBER))
    )
    tx = house.rooms["observations"].begin()
    stored = await tx.get(Observation, "o1")
    assert stored is not None
    content = await content_of(tx, stored, await _permit(house, SCHOOL, SOCIAL))
    assert {"summary": "Text", "payload": {"a": 1}} == content
    for wrong in (
        await _permit(house, POLICE, SOCIAL),
        await _permit(house, SCHOOL, SOCIAL, "wellbeing"),
        await _permit(house, SCHOOL, SOCIAL, number=OTHER_NUMBER),
    ):
        with pytest.raises(ValueError, match="the permit is not for observation o1"):
            await content_of(tx, stored, wrong)


@pytest.mark.parametrize("is_known", [False, True], ids=["nothing known", "something known"])
async def test_two_decisions_on_one_person_are_never_committed_on_the_same_bases(house: House, is_known: bool) -> None:
    """Whoever has asked for the bases holds them: the second commit fails, whether or not either changed them."""
    room = house.rooms["observations"]
    if is_known:
        await hear(house, activated(house))
    one, other, about_another = room.begin(), room.begin(), room.begin()
    for tx in (one, other):
        await gate.bases_of(tx, ref(house))
    await gate.bases_of(about_another, ref(house, OTHER_NUMBER))
    await one.commit()
    with pytest.raises(Stale):
        await other.commit()
    await about_another.commit()


async def test_what_a_service_knows_of_a_person_is_kept_as_it_was_learnt(house: House) -> None:
    """Read back from the database it answers as before: open to the last day, closed by an end."""
    room = house.rooms["observations"]
    await hear(house, activated(house))
    assert "form-1" == (await _permit(house, SCHOOL, SOCIAL)).basis_id
    await hear(house, ended(house))
    bases = await room.begin().get(Bases, ref(house))
    assert bases is not None
    assert [] == gate.receivers_of(bases, from_=SCHOOL, category="behaviour", at=house.clock.now())
    (basis,) = bases.consents
    assert (TO_SOCIAL, house.clock.now()) == (basis.cells, basis.ended_at)
