"""Whoever calls a meeting is told, once, that a letter to somebody called does not come through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.notifier.channels.smtp import Connection
from services.notifier.documents import Delivery
from services.notifier.incoming.mailbox import take_in_mails
from services.notifier.sending.sending import _write
from services.notifier.sending.undelivered import word_to_organiser
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import TAKEN, MailSink
from tests.services.notifier_room import claim_one, deliveries, hear, let_leases_lapse, send_all
from tests.services.notifier_samples import MEETING, ORGANISER, POLICE, reminder_time_reached
from tests.services.test_notifier_bounces import a_report, put

GONE = "550 5.1.1 No such mailbox"
ONE_CALLED: dict[str, Any] = {"invited": (POLICE,)}
"""A meeting to which the organiser calls one more: two letters."""
NEXT_WEEK: dict[str, Any] = {
    **ONE_CALLED,
    "meeting_id": f"{MEETING['series_id']}:2026-12-01T09:00:00",
    "occurrence": "2026-12-01T09:00:00",
    "starts_at": "2026-12-01T08:00:00Z",
    "ends_at": "2026-12-01T09:00:00Z",
    "sequence": 2,
}
ANOTHER_SERIES: dict[str, Any] = {**NEXT_WEEK, "series_id": "another", "meeting_id": "another:2026-12-01T09:00:00"}


async def told(room: Room) -> list[Delivery]:
    """Return what the organiser has been told of letters that do not come through."""
    return [each for each in await deliveries(room) if each.kind == "undelivered"]


async def refused_once(room: Room, connection: Connection, sink: MailSink, answer: str, **changed: Any) -> None:
    """Send reminders of a meeting, the second of which, to the police, the server refuses."""
    sink.to_recipients[:] = [TAKEN, answer]
    await hear(room, reminder_time_reached(**{**ONE_CALLED, **changed}))
    await send_all(room, connection)


@pytest.mark.parametrize("answer", [GONE, "550 5.7.1 Not from you"])
async def test_the_organiser_is_told_of_a_letter_refused_for_good(
    house: House, room: Room, connection: Connection, sink: MailSink, answer: str
) -> None:
    """One letter, to the organiser's mailbox alone, that names neither the mailbox nor anybody's words."""
    await refused_once(room, connection, sink, answer)

    (delivery,) = await told(room)
    assert ([ORGANISER.email], ["sent"]) == (
        [letter.recipient.email for letter in delivery.letters],
        [letter.state for letter in delivery.letters],
    )
    assert [ORGANISER.email, ORGANISER.email] == [each["To"] for each in sink.taken]
    assert POLICE.email not in str(sink.taken[-1])


async def test_the_organiser_is_told_of_a_letter_that_came_back(
    house: House, room: Room, connection: Connection, sink: MailSink, tmp_path: Path
) -> None:
    """A bounce tells as a refusal does; reports of it that are read again, or differ, tell nothing more."""
    await hear(room, reminder_time_reached(**ONE_CALLED))
    await send_all(room, connection)
    lost = next(each for row in await deliveries(room) for each in row.letters if each.recipient.email == POLICE.email)
    for number in range(3):
        put(tmp_path, f"{number}.eml", a_report(lost.id) + b"\r\n" * number)
        assert 1 == await take_in_mails(room, tmp_path)
    await send_all(room, connection)

    assert 1 == len(await told(room))
    assert 3 == len(sink.taken)


async def test_the_organiser_is_told_once_for_each_series(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """Next week's suppressed letter says nothing more; the organiser of another series has not been told yet."""
    await refused_once(room, connection, sink, GONE)
    for meeting in (NEXT_WEEK, NEXT_WEEK | {"sequence": 3, "starts_at": "2026-12-02T08:00:00Z"}):
        await hear(room, reminder_time_reached(**meeting))
        await send_all(room, connection)
    assert 1 == len(await told(room))

    await hear(room, reminder_time_reached(**ANOTHER_SERIES))
    await send_all(room, connection)
    assert ["another", MEETING["series_id"]] == sorted(each.series_id for each in await told(room))


async def test_nobody_is_told_that_the_organiser_cannot_be_reached(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """Neither of its reminder nor of the letter about a letter: that would go on for ever."""
    sink.to_recipients[:] = [GONE, GONE]
    await hear(room, reminder_time_reached(**ONE_CALLED))
    await send_all(room, connection)

    (delivery,) = await told(room)
    assert ["suppressed"] == [letter.state for letter in delivery.letters]
    assert [] == sink.taken


@pytest.mark.parametrize("answer", ["451 4.3.0 Later", TAKEN])
async def test_what_is_not_final_is_not_told(
    house: House, room: Room, connection: Connection, sink: MailSink, answer: str
) -> None:
    """A letter that waits, or has gone, is nobody's trouble."""
    await refused_once(room, connection, sink, answer)

    assert [] == await told(room)


async def test_a_kill_between_the_word_and_the_outcome_tells_once(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """The word is stored before the outcome: refused again for the next holder, it is the same word, as it stands."""
    await hear(room, reminder_time_reached(**ONE_CALLED))
    held = await claim_one(room)
    for letter in held.delivery.letters:
        letter.withdraw()
    lost = held.delivery.letters[1]
    lost.state = "failed"
    word = word_to_organiser(room, held.delivery, lost, lost.id)
    assert word is not None
    held.words.append(word)
    held.is_lost = True
    held.delivery.version += 7  # another holds it: what follows is stored, the outcome is not
    await _write(room, held)
    await send_all(room, connection)
    await let_leases_lapse(room)
    sink.to_recipients[:] = [TAKEN, GONE]
    await send_all(room, connection)

    (delivery,) = await told(room)
    assert ["sent"] == [letter.state for letter in delivery.letters]
    assert 2 == len(sink.taken)
