"""What calendars answer: read from whatever they send, believed only from those we have called, said on once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.incoming.mailbox import opened, take_in_mails
from services.notifier.incoming.replies import Reply
from shared.events.meetings import Answered
from shared.events.notifier import InvitationReplied
from shared.outgoing import Outgoing
from shared.room import Room
from tests.house import House
from tests.services.calendar_replies import ATTENDEE, SERIES, STAMP, Program, a_reply, calendar_of, mail_with
from tests.services.notifier_room import hear
from tests.services.notifier_samples import reminder_time_reached
from tests.services.test_notifier_bounces import names_in, put

STAMPED_AT = datetime(2026, 11, 18, 9, 15, tzinfo=UTC)
OCCURRENCE = datetime(2026, 12, 1, 9)


@pytest.mark.parametrize("program", get_args(Program))
@pytest.mark.parametrize("one_occurrence", [False, True], ids=["series", "occurrence"])
@pytest.mark.parametrize("answer", get_args(Answered))
def test_a_reply_is_read_whichever_calendar_sends_it(program: Program, one_occurrence: bool, answer: Answered) -> None:
    """Series or occurrence, in a Windows zone, in UTC or in ours: the same answer about the same local start."""
    occurrence = OCCURRENCE if one_occurrence else None

    found = opened(a_reply(program, answer.upper(), one_occurrence=one_occurrence))

    assert (Reply(SERIES, occurrence, ATTENDEE, answer, STAMPED_AT),) == found


APPLE = calendar_of("apple", one_occurrence=True)
BROKEN = {
    "no calendar": "",
    "another method": APPLE.replace("METHOD:REPLY", "METHOD:REQUEST"),
    "no method": APPLE.replace("METHOD:REPLY\n", ""),
    "somebody else's event": APPLE.replace("@samverkan", "@google.com"),
    "no stamp": APPLE.replace(f"DTSTAMP:{STAMP}\n", ""),
    "a stamp that is none": APPLE.replace(STAMP, "i dag"),
    "delegated": APPLE.replace("PARTSTAT=ACCEPTED", "PARTSTAT=DELEGATED"),
    "no answer": APPLE.replace(";PARTSTAT=ACCEPTED", ""),
    "another attendee": APPLE.replace(ATTENDEE, "nagon@annan.example"),
    "this and all that follow": APPLE.replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;"),
    "a whole day": APPLE.replace(";TZID=Europe/Stockholm:20261201T090000", ";VALUE=DATE:20261201"),
    "an occurrence that is none": APPLE.replace("20261201T090000", "99999999T999999"),
    "the end of time": APPLE.replace("TZID=Europe/Stockholm:20261201T090000", "TZID=US/Hawaii:99991231T235959"),
    "two calendars": APPLE + APPLE,
    "half a calendar": APPLE[: len(APPLE) // 2],
    "one good answer and one that is unclear": APPLE.replace(
        "END:VCALENDAR", "BEGIN:VEVENT\nUID:x\nEND:VEVENT\nEND:VCALENDAR"
    ),
    "too large": APPLE.replace("SUMMARY:", f"SUMMARY:{'x' * 100_000}"),
}  # fmt: skip


@pytest.mark.parametrize("calendar", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_unclear_is_no_reply(calendar: str) -> None:
    """One answer, from its sender, about the series or one occurrence, with its moment: or none at all."""
    assert opened(mail_with(calendar)) is None


@pytest.mark.parametrize(
    "sender",
    ["annan@polisen.example", f"{ATTENDEE}, annan@polisen.example", "", f'"{ATTENDEE}" <annan@polisen.example>'],
)
def test_only_the_sender_answers_for_itself(sender: str) -> None:
    """A mail from somebody else, from two, from nobody, or with the attendee as a mere name, is no reply."""
    assert opened(mail_with(APPLE, sender=sender)) is None


def the_reply_in(mail: bytes) -> Reply:
    """Return the one answer in a mail."""
    found = opened(mail)
    assert isinstance(found, tuple)
    (reply,) = found
    return reply


def test_a_senders_own_time_zone_is_never_worked_out() -> None:
    """A zone whose rule fires every second since 1601 would keep the process busy for ever; its name is enough."""
    busy = calendar_of("outlook", one_occurrence=True).replace("FREQ=YEARLY;INTERVAL=1", "FREQ=SECONDLY")

    assert OCCURRENCE == the_reply_in(mail_with(busy, "outlook")).occurrence


def test_many_attendees_and_one_answer() -> None:
    """Where a calendar sends the whole list along, the sender's own line counts."""
    others = "".join(f"ATTENDEE;PARTSTAT=DECLINED:mailto:{number}@x.example\n" for number in range(300))

    assert "accepted" == the_reply_in(mail_with(APPLE.replace("ORGANIZER", f"{others}ORGANIZER"))).answer


@settings(max_examples=150)
@given(st.integers(0, len(APPLE)), st.integers(0, 200), st.binary(max_size=80))
def test_nothing_that_is_sent_stops_the_reading(start: int, length: int, noise: bytes) -> None:
    """Any part of a reply may be gone or be anything: it is a reply, or it is none, and nothing is raised."""
    whole = mail_with(APPLE)

    assert isinstance(opened(whole[:start] + noise + whole[start + length :]), tuple | None)


def replied(house: House) -> list[InvitationReplied]:
    """Return what the notifier has said of replies, each message once."""
    said: dict[str, Outgoing] = {
        each.message_id: each for each in house.travelled if each.routing_key == InvitationReplied.type
    }
    return [InvitationReplied.model_validate_json(each.body) for each in said.values()]


async def test_a_reply_from_somebody_called_is_said_on(house: House, room: Room, tmp_path: Path) -> None:
    """The event has ids, codes and moments, in the calendar's words nothing: not what somebody wrote beside it."""
    await hear(room, reminder_time_reached())
    put(tmp_path, "1.eml", a_reply("outlook", "DECLINED", attendee=ATTENDEE.upper(), one_occurrence=True))
    house.clock.moment = datetime(2026, 11, 19, 8, tzinfo=UTC)

    assert 1 == await take_in_mails(room, tmp_path)

    (said,) = replied(house)
    assert (SERIES, OCCURRENCE, ATTENDEE, "declined", STAMPED_AT) == tuple(dict(said).values())
    assert "Kim" not in json.dumps(
        [row for each in ("inbox", "outbox") for row in await room.db.find(each, {})], default=str
    )
    assert ["read"] == names_in(tmp_path)


async def test_a_reply_is_said_on_once_however_often_it_comes(house: House, room: Room, tmp_path: Path) -> None:
    """After a crash before the move, by another way, with other headers: one answer is one event."""
    await hear(room, reminder_time_reached())
    reply = a_reply()
    for place, name, raw in (
        (tmp_path, "1.eml", reply),
        (tmp_path / "new", "1700000000.M1.mx", reply),
        (tmp_path / "cur", "1:2,S", b"Received: by mx.example\r\n" + reply),
    ):
        put(place, name, raw)
        await take_in_mails(room, tmp_path)

    assert 1 == len(replied(house))
    put(tmp_path, "2.eml", a_reply("outlook", "DECLINED", stamp="20261119T091500Z"))
    await take_in_mails(room, tmp_path)
    assert ["accepted", "declined"] == [each.answer for each in replied(house)]


async def test_an_answer_stamped_in_the_future_was_given_when_it_came(house: House, room: Room, tmp_path: Path) -> None:
    """A clock ahead must not make an answer hold against all later ones."""
    await hear(room, reminder_time_reached())

    await take_in_mails(room, put(tmp_path, "1.eml", a_reply(stamp="20991231T000000Z")))

    assert [house.clock.now()] == [each.replied_at for each in replied(house)]


@pytest.mark.parametrize(
    "reply",
    [
        a_reply(attendee="nagon@annan.example"),
        a_reply(series="another-series"),
        a_reply().replace(b"@samverkan", b"@samverkan.example"),
    ],
    ids=["a mailbox not called", "a series of nobody's", "an event that is not ours"],
)
async def test_an_answer_from_nobody_we_have_called_is_put_aside(
    house: House, room: Room, tmp_path: Path, reply: bytes
) -> None:
    """Nothing is said, nothing is thrown away, and the next mail is read."""
    await hear(room, reminder_time_reached())
    put(tmp_path, "1.eml", reply)
    put(tmp_path, "2.eml", a_reply())

    assert 1 == await take_in_mails(room, tmp_path)

    assert 1 == len(replied(house))
    assert [reply] == [path.read_bytes() for path in (tmp_path / "aside").iterdir()]
