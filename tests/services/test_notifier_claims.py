"""Who holds a letter: claims, leases, kills, replicas, and a stop in the middle of the work."""

from __future__ import annotations

import asyncio

import pytest

from services.notifier import sending
from services.notifier.documents import Attempt
from services.notifier.letters import letter_of
from services.notifier.post import Connection
from services.notifier.sending import record, send_batch, send_due
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import MailSink
from tests.services.notifier_room import ALONE, claim_one, deliveries, hear, let_leases_lapse, send_all
from tests.services.notifier_samples import POLICE, SENDER, meeting_called


async def test_a_kill_after_the_servers_yes_sends_the_same_letter_again(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """At least once: a lapsed claim is taken over, the duplicate has the same Message-ID and bytes."""
    await hear(room, meeting_called(**ALONE))
    claimed = await claim_one(room)
    await connection.send(letter_of(claimed, SENDER), house.clock.now())  # and here the process dies

    assert 0 == await send_batch(room, [connection], SENDER)
    await let_leases_lapse(room)
    await send_all(room, connection)

    first, second = sink.taken
    assert first.as_bytes() == second.as_bytes()
    assert ["sent"] == [delivery.state for delivery in await deliveries(room)]


async def test_who_lost_its_claim_writes_nothing(house: House, room: Room, connection: Connection) -> None:
    """A process that comes back after its lease finds another's outcome, and leaves it as it is."""
    await hear(room, meeting_called(**ALONE))
    late = await claim_one(room)
    await let_leases_lapse(room)
    await send_all(room, connection)

    late.expire()
    await record(room, late)

    assert ["sent"] == [delivery.state for delivery in await deliveries(room)]


async def test_a_late_outcome_does_not_touch_a_letter_in_anothers_hand(house: House, room: Room) -> None:
    """While the second holder is still at it, what the first one found out late is dropped, and the second's stands."""
    await hear(room, meeting_called(**ALONE))
    first = await claim_one(room)
    await let_leases_lapse(room)
    second = await claim_one(room)

    first.note(Attempt(at=house.clock.now(), reason="timeout"), luck=0)
    await record(room, first)
    assert ["claimed"] == [delivery.state for delivery in await deliveries(room)]

    second.note(Attempt(at=house.clock.now(), reason="taken", code=250), luck=0)
    await record(room, second)
    assert ["sent"] == [delivery.state for delivery in await deliveries(room)]


async def test_who_stops_gives_its_letters_back(room: Room, connection: Connection, sink: MailSink) -> None:
    """A replica told to stop leaves what it has claimed to the others at once, and they send it."""
    await hear(room, meeting_called())
    room.stopping.set()
    await send_batch(room, [connection], SENDER)
    assert ([], {"created"}) == (sink.taken, {delivery.state for delivery in await deliveries(room)})

    room.stopping.clear()
    await send_all(room, connection)
    assert 3 == len(sink.taken)


async def test_a_letter_is_not_begun_on_a_lease_that_may_end(
    room: Room, connection: Connection, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder whose lease ends within the longest attempt gives the letter back instead of sending it."""
    await hear(room, meeting_called(**ALONE))
    monkeypatch.setattr(sending, "LEASE", sending.LONGEST_ATTEMPT)

    await send_batch(room, [connection], SENDER)

    assert ([], ["created"]) == (sink.taken, [delivery.state for delivery in await deliveries(room)])


async def test_many_loops_send_each_letter_once(house: House, room: Room, sink: MailSink) -> None:
    """Three replicas' loops share 60 letters, each goes out once, and all stop when they are told to."""
    many = tuple(POLICE.model_copy(update={"email": f"polis{number}@polisen.example"}) for number in range(59))
    await hear(room, meeting_called(invited=many))

    loops = [asyncio.create_task(send_due(room)) for _ in range(3)]
    async with asyncio.timeout(30):
        while len(sink.taken) < 60:  # noqa: ASYNC110 - it is the loops that get it done
            await asyncio.sleep(0.05)
        room.stopping.set()
        await asyncio.gather(*loops)

    assert 60 == len(sink.taken) == len({letter["Message-ID"] for letter in sink.taken})
    assert {"sent"} == {delivery.state for delivery in await deliveries(room)}
