"""Who holds a letter: claims, leases, kills, replicas, and a stop in the middle of the work."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.notifier.channels.smtp import Connection
from services.notifier.documents import Attempt
from services.notifier.letters.letter import letter_of
from services.notifier.sending import sending
from services.notifier.sending.loops import send_due
from services.notifier.sending.sending import Pace, WayOut, record, send_batch
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import PAUSE, TAKEN, MailSink
from tests.services.notifier_room import (
    ALONE,
    claim_one,
    deliveries,
    hear,
    let_leases_lapse,
    letters,
    send_all,
    send_once,
    states,
)
from tests.services.notifier_samples import POLICE, SENDER, reminder_time_reached


async def test_a_kill_after_the_servers_yes_sends_the_same_letter_again(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """At least once: a lapsed claim is taken over, the duplicate has the same Message-ID and bytes."""
    await hear(room, reminder_time_reached(**ALONE))
    claimed = (await claim_one(room)).delivery
    now = house.clock.now()
    await connection.send(letter_of(claimed, claimed.letters[0], SENDER, now), now)  # and here the process dies

    assert 0 == await send_once(room, connection)
    await let_leases_lapse(room)
    await send_all(room, connection)

    first, second = sink.taken
    assert first.as_bytes() == second.as_bytes()
    assert ["sent"] == await states(room)


async def test_who_lost_its_claim_writes_nothing(house: House, room: Room, connection: Connection) -> None:
    """A process that comes back after its lease finds another's outcome, and leaves it as it is."""
    await hear(room, reminder_time_reached(**ALONE))
    late = await claim_one(room)
    await let_leases_lapse(room)
    await send_all(room, connection)

    late.delivery.letters[0].expire()
    await record(room, late, is_last=True)

    assert ["sent"] == await states(room)


async def test_a_late_outcome_does_not_touch_a_letter_in_anothers_hand(house: House, room: Room) -> None:
    """While the second holder is still at it, what the first one found out late is dropped, and the second's stands."""
    await hear(room, reminder_time_reached(**ALONE))
    first = await claim_one(room)
    await let_leases_lapse(room)
    second = await claim_one(room)

    first.delivery.letters[0].note(Attempt(at=house.clock.now(), reason="timeout"), 0, first.delivery.not_after)
    await record(room, first, is_last=True)
    assert ["claimed"] == [delivery.state for delivery in await deliveries(room)]
    assert [()] == [letter.attempts for letter in await letters(room)]

    second.delivery.letters[0].note(Attempt(at=house.clock.now(), reason="taken"), 0, second.delivery.not_after)
    await record(room, second, is_last=True)
    assert ["sent"] == await states(room)


async def test_who_stops_gives_its_letters_back(room: Room, connection: Connection, sink: MailSink) -> None:
    """A replica told to stop leaves what it has claimed to the others at once, and they send it."""
    await hear(room, reminder_time_reached())
    room.stopping.set()
    await send_once(room, connection)
    assert ([], ["created"]) == (sink.taken, [delivery.state for delivery in await deliveries(room)])

    room.stopping.clear()
    await send_all(room, connection)
    assert 3 == len(sink.taken)


async def test_a_letter_is_not_begun_on_a_lease_that_has_ended(
    room: Room, connection: Connection, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder whose lease has ended gives the letters back instead of sending them: another may hold them too."""
    await hear(room, reminder_time_reached(**ALONE))
    monkeypatch.setattr(sending, "LEASE", timedelta(0))

    await send_once(room, connection)

    assert ([], ["created"]) == (sink.taken, [delivery.state for delivery in await deliveries(room)])


async def test_a_lease_is_lengthened_while_a_slow_server_is_waited_for(
    room: Room, connection: Connection, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody takes letters over from a process that is there, however long the mail server takes."""
    monkeypatch.setattr(sending, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(sending, "RENEW_SECONDS", 0.1)
    sink.to_texts.append(PAUSE)
    await hear(room, reminder_time_reached(**ALONE))

    slow = asyncio.create_task(send_once(room, connection))
    await asyncio.sleep(1.3)
    assert 0 == await send_once(room, connection)
    await slow

    assert (1, ["sent"]) == (len(sink.taken), await states(room))


async def test_many_loops_send_each_letter_once(house: House, room: Room, sink: MailSink) -> None:
    """Three replicas' loops share the letters of six meetings: each goes out once, and all stop when they are told."""
    many = tuple(POLICE.model_copy(update={"email": f"polis{number}@polisen.example"}) for number in range(9))
    await hear(room, *[reminder_time_reached(meeting_id=f"meeting {number}", invited=many) for number in range(6)])

    loops = [asyncio.create_task(send_due(room)) for _ in range(3)]
    async with asyncio.timeout(30):
        while len(sink.taken) < 60:  # noqa: ASYNC110 - it is the loops that get it done
            await asyncio.sleep(0.05)
        room.stopping.set()
        await asyncio.gather(*loops)

    assert 60 == len(sink.taken) == len({letter["Message-ID"] for letter in sink.taken})
    assert {"sent"} == set(await states(room))


async def test_a_crowd_is_written_in_bundles_and_each_mailbox_once(
    room: Room, connection: Connection, sink: MailSink
) -> None:
    """120 mailboxes make three deliveries; the same event with one more invited makes one letter more."""
    crowd = tuple(POLICE.model_copy(update={"email": f"polis{number}@polisen.example"}) for number in range(120))
    await hear(room, reminder_time_reached(invited=crowd[:119]), reminder_time_reached(invited=crowd[:119]))
    assert [50, 50, 20] == sorted((len(each.letters) for each in await deliveries(room)), reverse=True)

    await hear(room, reminder_time_reached(invited=crowd))
    await send_all(room, connection)

    assert 121 == len(sink.taken) == len({letter["Message-ID"] for letter in sink.taken})
    assert 121 == len({str(letter["To"]) for letter in sink.taken})


def test_letters_go_no_faster_than_the_pace() -> None:
    """With a limit the letters' turns lie that far apart; time that nobody used is not made up for."""
    pace = Pace(per_second=4)

    assert [0.0, 0.25, 0.5] == [pace.wait_from(100.0) for _ in range(3)]
    assert [0.0, 0.25] == [pace.wait_from(200.0) for _ in range(2)]


async def test_a_limit_slows_letters_and_loses_none(room: Room, sink: MailSink, connection: Connection) -> None:
    """Under a limit every letter still goes."""
    await hear(room, reminder_time_reached())

    await send_batch(room, WayOut(SENDER, [connection], pace=Pace(per_second=1000)))

    assert 3 == len(sink.taken)


async def test_what_is_known_is_written_down_while_the_rest_is_under_way(
    room: Room, connection: Connection, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a slow letter the others' outcomes are stored already, and the delivery is still held."""
    monkeypatch.setattr(sending, "RECORD_SECONDS", 0.0)
    sink.to_texts += [TAKEN, PAUSE]
    await hear(room, reminder_time_reached())

    sending_all = asyncio.create_task(send_all(room, connection))
    await asyncio.sleep(1.0)
    stored = (sorted(await states(room)), [each.state for each in await deliveries(room)])
    await sending_all

    assert (["created", "created", "sent"], ["claimed"]) == stored
    assert ["sent"] * 3 == await states(room)
