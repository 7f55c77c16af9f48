"""From the event to the mail server and back: letters written once, sent, tried again, given up, forgotten."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.notifier.channels.smtp import Connection, MailServer
from services.notifier.documents import forget_addresses
from services.notifier.sending.loops import send_due
from shared.outgoing import event_message
from shared.room import Room
from tests.house import House
from tests.services.mail_sink import TAKEN, MailSink, free_port
from tests.services.notifier_room import ALONE, deliveries, hear, letters, send_all, states
from tests.services.notifier_samples import (
    ORGANISER,
    POLICE,
    SOCIAL,
    actions_reminded,
    meeting_cancelled,
    meeting_moved,
    move_proposed,
    reminder_time_reached,
    series_announced,
)


async def test_everybody_called_is_invited_once(room: Room) -> None:
    """The organiser and each of those called get an invitation; the same announcement heard again changes nothing."""
    await hear(room, series_announced(), series_announced())

    (delivery,) = await deliveries(room)

    assert [SOCIAL, POLICE, ORGANISER] == [letter.recipient for letter in await letters(room)]
    assert ("invitation", ["created"] * 3) == (delivery.kind, await states(room))


async def test_the_queue_repeats_and_the_letters_do_not(house: House, room: Room) -> None:
    """What is published twice under two ids reaches its handler twice and makes one letter a mailbox."""
    another: dict[str, Any] = {"meeting_id": "another", "occurrence": datetime(2026, 12, 1, 9)}
    of_meetings = (meeting_moved(), reminder_time_reached(sequence=2), meeting_cancelled(**another), move_proposed())
    for event in (series_announced(), *of_meetings, actions_reminded()):
        for _ in range(2):
            await house.post(event_message(event, "meetings", house.clock.now()))
    await house.settle()

    once = {"invitation": 3, "move": 3, "cancellation": 3, "question": 1, "actions_due": 1, "reminder": 3}
    assert once == Counter(each.kind for each in await deliveries(room) for _ in each.letters)


async def test_a_new_sequence_and_another_time_are_new_letters(room: Room) -> None:
    """A changed series is told again, a meeting reminded of again at its new time; two reminders are two letters."""
    later = {"starts_at": "2026-11-25T08:00:00Z", "ends_at": "2026-11-25T09:00:00Z"}
    await hear(room, series_announced(**ALONE), series_announced(**ALONE, change="changed", sequence=1))
    await hear(room, reminder_time_reached(**ALONE), reminder_time_reached(**ALONE, before="PT2H"))
    await hear(room, reminder_time_reached(**ALONE, **later), reminder_time_reached(**ALONE, **later))

    kinds = sorted(delivery.kind for delivery in await deliveries(room))
    assert ["change", "invitation"] + ["reminder"] * 3 == kinds


async def test_nobody_is_reminded_of_a_meeting_that_has_begun(house: House, room: Room) -> None:
    """From the meeting's start a reminder that comes late makes no letter."""
    house.clock.moment = reminder_time_reached().meeting.starts_at

    await hear(room, reminder_time_reached())

    assert [] == await letters(room)


async def test_a_letter_taken_is_recorded_as_sent(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """Each recipient gets its letter, and no address reaches a log."""
    await hear(room, reminder_time_reached())
    with capture_logs() as lines:
        await send_all(room, connection)

    assert {SOCIAL.email, POLICE.email, ORGANISER.email} == {str(letter["To"]) for letter in sink.taken}
    assert 3 == len(sink.taken)
    assert {"sent"} == set(await states(room))
    assert "@" not in json.dumps(lines, default=str)


async def test_a_letter_put_off_is_sent_later_under_the_same_id(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """After 451 nothing happens until the wait is over; then the letter goes, and both attempts are on record."""
    sink.to_recipients += ["451 4.7.1 Later", TAKEN]
    await hear(room, reminder_time_reached(**ALONE))

    await send_all(room, connection)
    (put_off,) = await letters(room)
    assert ("created", []) == (put_off.state, sink.taken)
    assert put_off.next_attempt_at > house.clock.now()

    house.clock.moment = put_off.next_attempt_at
    await send_all(room, connection)
    (sent,) = await letters(room)
    assert [("deferred", 451), ("taken", 250)] == [(attempt.reason, attempt.code) for attempt in sent.attempts]
    assert [f"<{sent.id}@kommunen.example>"] == [letter["Message-ID"] for letter in sink.taken]


@pytest.mark.parametrize("answer", ["550 5.1.1 No such mailbox", "554 5.7.1 No"])
async def test_a_letter_refused_for_good_is_not_tried_again(
    house: House, room: Room, connection: Connection, sink: MailSink, answer: str
) -> None:
    """5xx ends a letter, and a day later it is not tried either."""
    sink.to_recipients.append(answer)
    await hear(room, reminder_time_reached(**ALONE))

    await send_all(room, connection)
    house.clock.moment += timedelta(days=1)
    await send_all(room, connection)

    assert ["failed"] == await states(room)
    assert [] == sink.taken


async def test_an_address_that_is_none_fails_without_a_word_to_the_server(
    house: House, room: Room, connection: Connection, sink: MailSink
) -> None:
    """Two addresses in one are no mailbox: the letter fails, the others are sent, and the organiser is told."""
    two = POLICE.model_copy(update={"email": "a@polisen.example, b@polisen.example"})
    await hear(room, reminder_time_reached(invited=(two,)))

    await send_all(room, connection)

    assert ["failed", "sent", "sent"] == sorted(await states(room))
    assert [ORGANISER.email] * 2 == [letter["To"] for letter in sink.taken]


async def test_a_letter_nobody_takes_expires_when_the_meeting_begins(house: House, room: Room) -> None:
    """With the server away the waits grow to half an hour, the last ends at the start, and then it is given up."""
    away = Connection(MailServer.at(f"smtp://127.0.0.1:{free_port()}"))
    await hear(room, reminder_time_reached(**ALONE))
    begins = reminder_time_reached().meeting.starts_at
    (reminder,) = await letters(room)
    house.clock.moment = begins - timedelta(hours=2)

    while reminder.state != "expired":
        await send_all(room, away)
        (reminder,) = await letters(room)
        house.clock.moment = max(house.clock.moment, reminder.next_attempt_at)

    assert house.clock.moment == begins
    assert {"unreachable"} == {attempt.reason for attempt in reminder.attempts}
    assert 9 <= len(reminder.attempts) <= 20


async def test_a_letter_that_cannot_be_written_holds_up_no_other(
    room: Room, connection: Connection, sink: MailSink
) -> None:
    """What a letter may not show puts off that letter alone, and no name or number of it reaches a log."""
    await hear(room, reminder_time_reached(**ALONE, meeting_id="broken"), reminder_time_reached(meeting_id="another"))
    (broken,) = [each.letters[0].id for each in await deliveries(room) if each.about != "another"]
    await room.db.change("deliveries", {"letters.id": broken}, {"$set": {"facts_as_stored.place": "hos 201306152388"}})

    with capture_logs() as lines:
        await send_all(room, connection)

    assert 3 == len(sink.taken)
    assert [broken] == [line["delivery_id"] for line in lines if line["event"] == "letter not handled"]
    assert ["unwritten"] == [each.attempts[0].reason for each in await letters(room) if each.state == "created"]
    assert "2388" not in json.dumps(lines, default=str)


async def test_addresses_are_forgotten_thirty_days_after_the_meeting(
    house: House, room: Room, connection: Connection
) -> None:
    """Addresses and place go; that a letter was sent, when and to which agency, stays."""
    await hear(room, reminder_time_reached())
    await send_all(room, connection)
    ends = reminder_time_reached().meeting.ends_at

    assert 0 == await forget_addresses(room.db, ends + timedelta(days=29))
    assert 1 == await forget_addresses(room.db, ends + timedelta(days=30))

    assert "@" not in json.dumps(await room.db.find("deliveries", {}), default=str)
    assert {"sent"} == set(await states(room))
    assert 0 == await forget_addresses(room.db, ends + timedelta(days=31))


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"smtp_url": None}, "SMTP_URL: "),
        ({"smtp_url": "mail.kommunen.example"}, "SMTP_URL: "),
        ({"mail_window": "18-07"}, "SAMVERKAN_MAIL_WINDOW: "),
        ({"mail_from": "Samverkan"}, "SAMVERKAN_MAIL_FROM: "),
    ],
)
async def test_a_bad_setting_is_one_line(
    room: Room, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], line: str
) -> None:
    """A service that cannot send says which setting is wrong and leaves."""
    room.settings = room.settings.model_copy(update=changed)

    with pytest.raises(SystemExit, match="2"):
        await send_due(room)

    assert [True] == [printed.startswith(line) for printed in capsys.readouterr().err.splitlines()]
