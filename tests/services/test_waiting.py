"""`samverkan waiting`: whatever waits in the house is on its list, and leaves it when it has got what it waited for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.operators.waiting_command import OVERDUE, waiting_in
from shared.outbox import OUTBOX
from tests.house import House, sample
from tests.services import consent_story as consent
from tests.services import meetings_samples as meetings
from tests.services import observations_story as observations
from tests.services.observations_story import SCHOOL, SOCIAL

Seen = tuple[str, str, str, str, str]


async def _waiting(house: House) -> list[Seen]:
    """Return what waits: kind, whose, for what, type and id."""
    databases = {name: room.db for name, room in house.rooms.items()}
    found = await waiting_in(databases, house.clock.now())
    return [(each.kind, each.whose, each.waits_for, each.type, each.id) for each in found]


async def test_nothing_waits_in_an_empty_house(house: House) -> None:
    """An empty list is an answer."""
    assert [] == await _waiting(house)


async def test_a_signature_without_its_form_and_a_form_without_its_signatures_wait(house: House) -> None:
    """Early is what came before its form; the form that comes waits itself until all have signed."""
    signature, form = consent.signed(), consent.issued()
    form_id = form["data"]["form_id"]
    await observations.send(house, SOCIAL, signature)
    assert [("early", SOCIAL, "form", signature["type"], form_id)] == await _waiting(house)
    await observations.send(house, SOCIAL, form)
    assert [("half_signed", SOCIAL, "signatures", form["type"], form_id)] == await _waiting(house)
    await observations.send(house, SOCIAL, consent.signed("g2"))
    assert [] == await _waiting(house)


async def test_an_observation_that_nobody_may_be_told_of_waits(house: House) -> None:
    """It is its own agency's until a basis comes; only its id is shown."""
    seen = observations.observation("o1")
    await observations.send(house, SCHOOL, seen)
    assert [("observation", SCHOOL, "basis", seen["type"], "o1")] == await _waiting(house)
    await observations.hear(house, observations.activated(house))
    assert [] == await _waiting(house)


async def test_minutes_wait_for_their_series(house: House) -> None:
    """Minutes may come before the series is planned."""
    minutes = meetings.minutes()
    await observations.send(house, meetings.COORDINATOR, minutes)
    ((kind, whose, waits_for, type_, id_),) = await _waiting(house)
    assert ("minutes", meetings.COORDINATOR, "series", minutes["type"]) == (kind, whose, waits_for, type_)
    assert id_.startswith(minutes["data"]["series_id"])
    await observations.send(house, meetings.COORDINATOR, meetings.plan())
    assert [] == await _waiting(house)


async def test_what_is_said_of_a_series_waits_for_its_plan(house: House) -> None:
    """A move, a cancellation, a change, an end and an answer to an invitation, each under its own type."""
    early = [
        meetings.move("2026-12-22T09:00:00", "2026-12-21T13:00:00"),
        meetings.cancel("2026-12-29T09:00:00"),
        meetings.change(2),
        meetings.end("2027-01-31"),
    ]
    for each in early:
        await observations.send(house, meetings.COORDINATOR, each)
    answered = sample("in", "meeting-invitation.answered.v1")
    await observations.send(house, meetings.SOCIAL, answered)
    waiting = await _waiting(house)
    assert {"series"} == {kind for kind, *_ in waiting} == {waits_for for _, _, waits_for, *_ in waiting}
    assert {each["type"] for each in (*early, answered)} == {type_ for *_, type_, _ in waiting}
    assert {meetings.COORDINATOR, meetings.SOCIAL} == {whose for _, whose, *_ in waiting}
    await observations.send(house, meetings.COORDINATOR, meetings.plan())
    assert [] == await _waiting(house)


async def test_what_the_broker_does_not_take_waits_to_go_out(house: House) -> None:
    """It is late when its time passed a minute ago, and belongs to the one who is to have it."""
    await observations.hear(house, observations.activated(house))
    observations.broker_away(house)
    await observations.send(house, SCHOOL, observations.observation("o1"))
    assert [] == await _waiting(house)
    house.clock.moment += OVERDUE
    late = sorted((kind, whose, type_) for kind, whose, _, type_, _ in await _waiting(house))
    told = [SCHOOL, "submission.accepted.v1"], [SOCIAL, observations.DISCLOSED]
    assert sorted(("outbox", whose, type_) for whose, type_ in told) == late


async def test_the_longest_wait_of_a_kind_comes_first(house: House) -> None:
    """Since when is the house's clock when it was accepted."""
    await observations.send(house, SCHOOL, observations.observation("later-named-o1"))
    first = house.clock.now()
    await house.turn_clock(first + timedelta(hours=1))
    await observations.send(house, SCHOOL, observations.observation("a-later-one"))
    databases = {name: room.db for name, room in house.rooms.items()}
    found = await waiting_in(databases, house.clock.now())
    assert [first, first + timedelta(hours=1)] == [each.since for each in found]
    assert ["later-named-o1", "a-later-one"] == [each.id for each in found]


@pytest.mark.parametrize("service", ["consent", "observations", "meetings", "reporting", "notifier"])
async def test_an_outbox_is_looked_into_in_every_service(house: House, service: str) -> None:
    """A late row of any service is on the list."""
    row = {"_id": "1", "exchange": "events", "routing_key": "thing.happened.v1", "message_id": "m1"}
    await house.rooms[service].db.put(OUTBOX, row | {"due_at": house.clock.now() - OVERDUE})
    assert [("outbox", service, "broker", "thing.happened.v1", "m1")] == await _waiting(house)
