"""Whatever comes first, and however often: the same agendas stand in the end, point by point. On a real database."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from shared.events.event import Event
from tests.house import House, changed
from tests.services.agenda_samples import areas, measure, moved
from tests.services.meetings_samples import (
    COORDINATOR,
    MEETING_OVER,
    NUMBER,
    OTHER_NUMBER,
    POLICE,
    SCHOOL,
    SOCIAL,
    activated,
    at,
    cells,
    concern,
    ended,
    hear,
    last_agenda,
    minutes,
    plan,
)

YOUTH = {"personal_identity_number": NUMBER}


def everything(house: House) -> list[Event | dict[str, Any]]:
    """Return what the coordinator and other services say about two meetings; the first is over, the next is ahead."""
    second = minutes()["data"]["prioritised"][0] | {"youth": {"personal_identity_number": OTHER_NUMBER}}
    return [
        plan(),
        minutes(prioritised=[*minutes()["data"]["prioritised"], second]),
        moved("2026-12-09T10:00:00", occurrence="2026-12-08T09:00:00"),
        areas("Centrum"),
        measure("Centrum"),
        activated(house),
        activated(house, cells((SCHOOL, POLICE)), number=OTHER_NUMBER, form="form-2"),
        ended(house, form="form-3"),
        activated(house, cells((SCHOOL, SOCIAL)), number=OTHER_NUMBER, form="form-3"),
        ended(house, form="form-3").model_copy(update={"person_ref": activated(house, number=OTHER_NUMBER).person_ref}),
        concern(house, SOCIAL),
        concern(house, SOCIAL, OTHER_NUMBER, "concern-2"),
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_every_point_is_the_same_whatever_came_first(house: House, seed: int) -> None:
    """Series, minutes, a move, consents and their ends, places, answers: shuffled and doubled."""
    order = Random(seed)
    house.clock.moment = MEETING_OVER
    house.say(SOCIAL, changed("meeting-invitation.answered.v1", {"occurrence": "2026-12-01T09:00:00"}))
    said = everything(house)
    await hear(house, *order.sample(said, len(said)), order=order, repeat=0.3)
    await house.turn_clock(at("2026-11-30T09:05"))
    social, police = last_agenda(house, SOCIAL), last_agenda(house, POLICE)
    assert ["concern-1"] == [each["concern_id"] for each in social["concerns"]]
    assert [("2026-12-01", YOUTH)] == [(each["due_on"], each["youth"]) for each in social["open_actions"]]
    assert [{"youth": YOUTH, "by": [SOCIAL, POLICE]}] == social["priorities"]
    others = {"youth": {"personal_identity_number": OTHER_NUMBER}, "by": [POLICE]}
    assert [{"youth": YOUTH, "by": [POLICE]}, others] == police["priorities"]
    for agenda in (social, police, last_agenda(house, COORDINATOR)):
        following = {"occurrence": "2026-12-08T09:00:00", "starts_at": "2026-12-09T10:00:00+01:00"}
        assert following == agenda["next_meeting"]
        assert ["measure-1"] == [each["measure_id"] for each in agenda["places"]["areas"][0]["measures"]]
        assert [1] == [each["actions"] for each in agenda["decisions"]["actions"]]
        assert ["accepted"] == [each["answer"] for each in agenda["attendance"]["expected"] if "answer" in each]
    assert not house.dead
